package checks

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWeightInAText(t *testing.T) {
	for _, test := range []struct {
		text    string
		percent bool
		want    int64
		err     string
	}{
		{"10", false, 10, ""},
		{" 65535\r\n", false, 65535, ""},
		{"65536", false, 0, "no weight"},
		{"-1", false, 0, "no weight"},
		{"75%", false, 0, "no weight"},
		{"", false, 0, "no weight"},
		{"75%", true, 75, ""},
		{"75", true, 75, ""},
		{"up 50%\n", true, 50, ""},
		{"up", true, 100, ""},
		{"ready,up", true, 100, ""},
		{"drain", true, 0, ""},
		{"75% maxconn:30", true, 75, ""},
		{"down#disk full", true, 0, `it says "down#disk full"`},
		{"maint", true, 0, "it says"},
		{"maxconn:30", true, 0, "no share"},
		{"", true, 0, "no share"},
		{"many", true, 0, "no share"},
	} {
		w := WeightConfig{Percent: test.percent}
		got, err := w.read(test.text)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q, percent: %v: got %d, %v; want %d, %q", test.text, test.percent, got, err, test.want, test.err)
		}
	}
}

// TestWeightOfAnyText: whatever is answered, the weight is one that IPVS takes.
func TestWeightOfAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := WeightConfig{Percent: rapid.Bool().Draw(t, "percent")}
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`(up|ready|drain|down|[0-9]{1,7}%?|maxconn:[0-9]+|[ ,#]){0,6}`)).Draw(t, "text")
		if n, err := w.read(text); n < 0 || n > maxWeight || err != nil && n != 0 {
			t.Errorf("%q: got %d, %v", text, n, err)
		}
	})
}

// tells is a server that sends a text, after the request if there is to be one, and hangs up unless hold is set.
func tells(t *testing.T, text string, asked, hold bool) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if asked {
					r := bufio.NewReader(conn)
					for line, err := r.ReadString('\n'); err == nil && strings.TrimSpace(line) != ""; line, err = r.ReadString('\n') {
					}
				}
				_, _ = io.WriteString(conn, text)
				if hold {
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestWeightOfAnswers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	for _, test := range []struct {
		name   string
		kind   string
		weight WeightConfig
		answer string
		hold   bool
		want   int64
		err    string
	}{
		{"an agent's line", "tcp", WeightConfig{Percent: true}, "75%\n", true, 75, ""},
		{"an agent that ends without a newline", "tcp", WeightConfig{Percent: true}, "75%", false, 75, ""},
		{"an agent that takes itself out", "tcp", WeightConfig{Percent: true}, "down\n", false, 0, `says "down"`},
		{"an agent that says nothing", "tcp", WeightConfig{Percent: true}, "", false, 0, "hung up without a line"},
		{"an agent that is silent", "tcp", WeightConfig{Percent: true}, "", true, 0, "no answer in time"},
		{"an endless line", "tcp", WeightConfig{Percent: true}, strings.Repeat("7", 1<<16), false, 0, "more than 256 bytes"},
		{"a header", "http", WeightConfig{Header: "X-Weight"}, ok + "X-Weight: 12\r\nContent-Length: 2\r\n\r\nhi", false, 12, ""},
		{"a header that is missing", "http", WeightConfig{Header: "X-Weight"}, ok + "Content-Length: 2\r\n\r\nhi", false, 0, "0 headers X-Weight"},
		{"a header twice", "http", WeightConfig{Header: "X-Weight"}, ok + "X-Weight: 1\r\nX-Weight: 2\r\nContent-Length: 0\r\n\r\n", false, 0, "2 headers X-Weight"},
		{"a header of garbage", "http", WeightConfig{Header: "X-Weight"}, ok + "X-Weight: full\r\nContent-Length: 0\r\n\r\n", false, 0, `header X-Weight: "full"`},
		{"a body", "http", WeightConfig{}, ok + "Content-Length: 3\r\n\r\n34\n", false, 34, ""},
		{"a share in a body", "http", WeightConfig{Percent: true}, ok + "Content-Length: 3\r\n\r\n34%", false, 34, ""},
		{"a body that is a page", "http", WeightConfig{}, ok + "Content-Length: 6\r\n\r\n<html>", false, 0, `the body: "<html>"`},
		{"a wrong status says nothing", "http", WeightConfig{}, "HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 1\r\n\r\n3", false, 0, "status 500"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := target(test.kind, tells(t, test.answer, test.kind == "http", test.hold).String())
			c.Weight, c.Timeout = &test.weight, 10*time.Second
			if test.hold && test.want == 0 {
				c.Timeout = 300 * time.Millisecond
			}
			if test.kind == "http" {
				c.HTTP = &HTTPConfig{Method: "GET", Page: Page{Path: "/"}}
			}
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			w := runOnWire(t, Options{})
			if err := w.Set([]Config{c}, nil); err != nil {
				t.Fatal(err)
			}
			if _, measures := check.(Measurer); !measures {
				t.Fatal("it reports no number")
			}
			r := w.await(c.Key, 1)
			if r.Value != test.want || (r.Err == "") != (test.err == "") || !strings.Contains(r.Err, test.err) {
				t.Errorf("got %d and %q, want %d and %q", r.Value, r.Err, test.want, test.err)
			}
		})
	}
}

func TestWeightOfAScript(t *testing.T) {
	for status, passes := range map[string]bool{"0": true, "1": false, "2": true, "255": true} {
		c := config("script")
		c.Kind, c.Timeout, c.Weight = "script", 10*time.Second, &WeightConfig{}
		c.Script = &ScriptConfig{Command: []string{"/bin/sh", "-c", "exit " + status}, User: myself(t).Uid}
		check, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		value, err := check.(Measurer).Measure(t.Context())
		if (err == nil) != passes || value != map[string]int64{"0": 0, "1": 1, "2": 2, "255": 255}[status] {
			t.Errorf("exit %s: got %d, %v; passes: %v", status, value, err, passes)
		}
	}
}

func TestWeightIsChecked(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"kind":   func(c *Config) { c.Kind, c.DNS = "dns", nil },
		"header": func(c *Config) { c.Weight.Header = "X-Weight" },
	} {
		c := target("tcp", "192.0.2.31:80")
		c.Weight = &WeightConfig{}
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: %+v was accepted", name, c)
		}
	}
}
