package control

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// readWithin is how long a client may take to make room for more of an answer before it is given up.
const readWithin = 30 * time.Second

// stream writes the lines of an answer from a goroutine of its own: whoever has something to say never waits for a
// client that does not read. What is said waits in memory; one line for each step of an apply is not much.
type stream struct {
	mu    sync.Mutex
	lines []any
	ended bool
	fresh chan struct{} // rings when there are lines, or the end; holds one ring
	done  chan struct{}
}

// newStream begins an answer. Nobody else may write to w until close returns.
func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	s := &stream{fresh: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run(w)
	return s
}

// put adds a line. It never blocks.
func (s *stream) put(line any) { s.change(func() { s.lines = append(s.lines, line) }) }

// close returns when everything is written, or the client has been given up.
func (s *stream) close() {
	s.change(func() { s.ended = true })
	<-s.done
}

func (s *stream) change(do func()) {
	s.mu.Lock()
	do()
	s.mu.Unlock()
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

func (s *stream) take() (lines []any, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, s.lines = s.lines, nil
	return lines, s.ended
}

func (s *stream) run(w http.ResponseWriter) {
	defer close(s.done)
	out, flow, gone := json.NewEncoder(w), http.NewResponseController(w), false
	for range s.fresh {
		lines, ended := s.take()
		for _, line := range lines {
			if gone {
				break
			}
			// Where deadlines cannot be set, only this goroutine waits.
			_ = flow.SetWriteDeadline(time.Now().Add(readWithin))
			gone = out.Encode(line) != nil || flow.Flush() != nil
		}
		if ended {
			return
		}
	}
}
