package control

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// stuck is a client that does not read until it is let go, and then has hung up.
type stuck struct {
	*httptest.ResponseRecorder
	let chan struct{}
}

func (s stuck) Write([]byte) (int, error) { <-s.let; return 0, errors.New("hung up") }

func TestAStreamWritesAllLinesInOrder(t *testing.T) {
	w := httptest.NewRecorder()
	s := newStream(w)
	for i := range 100 {
		s.put(i)
	}
	s.close()
	lines := strings.Fields(w.Body.String())
	if len(lines) != 100 || lines[0] != "0" || lines[99] != "99" {
		t.Errorf("got %q", lines)
	}
}

func TestAStreamDoesNotWaitForItsClient(t *testing.T) {
	w := stuck{httptest.NewRecorder(), make(chan struct{})}
	s := newStream(w)
	put := make(chan struct{})
	go func() {
		defer close(put)
		for i := range 10_000 {
			s.put(i)
		}
	}()
	select {
	case <-put:
	case <-time.After(10 * time.Second):
		t.Fatal("put waits for a client that does not read")
	}
	close(w.let)
	s.close()
}
