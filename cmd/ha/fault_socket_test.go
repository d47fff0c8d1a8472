package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/planner"
)

// zeros is n bytes of nothing.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// advertTimes are when the adverts of a capture were seen.
func advertTimes(c *netlab.Capture) []time.Time {
	var list []time.Time
	for _, f := range c.Frames() {
		if pdu, _ := advertIn(f); pdu != nil {
			list = append(list, f.At)
		}
	}
	return list
}

// Clients that send garbage, send without end, or never read hold up nobody: adverts keep going, others are answered, and
// an apply is carried out although who asked for it does not listen.
func TestClientsThatMisbehaveHoldUpNobody(t *testing.T) {
	netlab.Need(t, "netns")
	const size = 600 // steps that an apply tells of: more than a socket holds
	r := newRig(t, crowdText(1, 1))
	d := r.director("a")
	d.start()
	d.becomes("Active")
	begin := len(advertTimes(r.capture))

	other := compile(t, loadText(t, crowdText(2, size)), "a")
	request, err := json.Marshal(control.ApplyRequest{Config: other, By: "test", MaxImpact: planner.ImpactOutage})
	if err != nil {
		t.Fatal(err)
	}
	post := func(length int64) string {
		return fmt.Sprintf("POST /v1/apply HTTP/1.1\r\nHost: enforcer\r\nContent-Length: %d\r\n\r\n", length)
	}
	get := func(path string) io.Reader {
		return strings.NewReader("GET " + path + " HTTP/1.1\r\nHost: enforcer\r\n\r\n")
	}
	clients := map[string]func() io.Reader{
		"garbage":       func() io.Reader { return bytes.NewReader(bytes.Repeat([]byte{0xff, 0, '\n', 7}, 4096)) },
		"half a header": func() io.Reader { return strings.NewReader("GET /v1/status HTTP/1.1\r\nHost: enf") },
		"half a body":   func() io.Reader { return strings.NewReader(post(1<<20) + "{") },
		"too large":     func() io.Reader { return io.MultiReader(strings.NewReader(post(65<<20)), zeros(65<<20)) },
		"not JSON":      func() io.Reader { return io.MultiReader(strings.NewReader(post(1<<20)), zeros(1<<20)) },
		"follower":      func() io.Reader { return get("/v1/events?follow=1") },
		"snapshots":     func() io.Reader { return get("/v1/snapshot") },
		"nobody":        func() io.Reader { return strings.NewReader("") },
	}
	connect := func(send io.Reader) {
		t.Helper()
		conn, err := net.Dial("unix", d.socket)
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.Copy(conn, send) // the enforcer may hang up, as it should
		}()
		t.Cleanup(func() { _ = conn.Close(); <-sent }) // never read from
	}
	for _, send := range clients {
		for range 5 {
			connect(send())
		}
	}
	connect(io.MultiReader(strings.NewReader(post(int64(len(request)))), bytes.NewReader(request)))

	netlab.WaitFor(t, patience, "the apply of a client that does not listen", func() bool {
		s := d.status()
		if strings.Contains(strings.Join(s.Problems, "\n"), "in time") {
			t.Fatalf("the enforcer is held up: %q", s.Problems)
		}
		return s.Generation == 2
	})
	d.settled()
	netlab.WaitFor(t, patience, "twelve adverts", func() bool { return len(advertTimes(r.capture)) >= begin+12 })
	times := advertTimes(r.capture)
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); gap > 2*500*time.Millisecond {
			t.Errorf("no advert for %v", gap)
		}
	}
	d.stop()
}
