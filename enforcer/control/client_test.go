package control

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
)

// A program that made place while it was about to answer costs the asker nothing: the next one answers. Who never answers is told of.
func TestAnAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	const whole = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"node\": \"lb1\"}\n"
	tests := []struct {
		name    string
		answers []string // to one connection after the other; the last one goes on
		ok      bool
	}{
		{"before it began", []string{"", whole}, true},
		{"in the middle", []string{whole[:len(whole)-5], whole}, true},
		{"again and again", []string{""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				for n := 0; ; n++ {
					conn, err := l.Accept()
					if err != nil {
						return // closed
					}
					var request [4096]byte
					_, _ = conn.Read(request[:]) // what it asks does not matter
					fmt.Fprint(conn, tt.answers[min(n, len(tt.answers)-1)])
					_ = conn.Close() // as above
				}
			}()
			s, err := Dial(path).Status(t.Context())
			if (err == nil) != tt.ok || tt.ok && s.Node != "lb1" {
				t.Errorf("got node %q and %v", s.Node, err)
			}
			_ = l.Close() // ends the server
			<-done
		})
	}
}
