package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// stream is a client that asks 200 times a second, as far as the machine carries that, until it is stopped.
type stream struct {
	t    *testing.T
	what string
	stop context.CancelFunc
	done chan struct{}

	mu       sync.Mutex
	answers  map[string]int
	total    int
	failures []string
}

// stream begins to ask.
func (f *farm) stream(network, to string) *stream {
	ctx, stop := context.WithCancel(f.t.Context())
	s := &stream{t: f.t, what: network + " " + to, stop: stop, done: make(chan struct{}), answers: map[string]int{}}
	go func() {
		defer close(s.done)
		err := f.watch.Do(func() error {
			pace := time.NewTicker(5 * time.Millisecond)
			defer pace.Stop()
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-pace.C:
					c := caller{network: network, to: to}
					s.note(c.call())
				}
			}
		})
		if err != nil {
			s.note("", err)
		}
	}()
	f.t.Cleanup(func() { stop(); <-s.done })
	return s
}

func (s *stream) note(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failures = append(s.failures, fmt.Sprintf("request %d: %v", s.total+1, err))
	} else {
		s.answers[name]++
	}
	s.total++
}

// goesOn waits for more requests, and tells which servers answered them.
func (s *stream) goesOn(more int) map[string]int {
	s.t.Helper()
	s.mu.Lock()
	until := s.total + more
	s.answers = map[string]int{}
	s.mu.Unlock()
	netlab.WaitFor(s.t, 2*patience, fmt.Sprintf("%d more requests to %s", more, s.what), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.total >= until
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.answers)
}

// unhurt checks that no request failed since the last time.
func (s *stream) unhurt(after string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failures) > 0 {
		s.t.Errorf("%s: %d of %d requests failed after: %s\n%s", s.what, len(s.failures), s.total, after, strings.Join(s.failures[:min(3, len(s.failures))], "\n"))
	}
	s.failures = nil
}

// variant is a form of the two pools of the test below.
type variant struct {
	name      string // of the pools, with -dr and -nat behind
	scheduler string
	listen    []string // addresses
	weights   []int    // of servers 1, 2, 3; -1 leaves one out
}

func (v variant) text() string {
	var b strings.Builder
	b.WriteString(farmText)
	for _, forwarding := range []string{"dr", "nat"} {
		kind, network := "s", "192.0.2."
		shift := 0
		if forwarding == "nat" {
			kind, network, shift = "n", "198.51.100.", 100
		}
		var listen []string
		for _, address := range v.listen {
			listen = append(listen, fmt.Sprintf("%q", net.JoinHostPort(address, fmt.Sprint(80+shift))))
		}
		fmt.Fprintf(&b, "pool \"%s-%s\" {\n  listen = [%s]\n  scheduler = %q\n  forwarding = %q\n", v.name, forwarding, strings.Join(listen, ", "), v.scheduler, forwarding)
		for i, weight := range v.weights {
			if weight >= 0 {
				fmt.Fprintf(&b, "  server \"%s%d\" {\n    address = \"%s%d:%d\"\n    weight = %d\n  }\n", kind, i+1, network, 31+i, 80+shift, weight)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// Two pools are changed in every way while clients ask them 200 times a second, and no request fails. A server takes no new
// ones before it is removed; what it has would hang.
func TestChangesHurtNoRequest(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm", "ip")
	now := variant{name: "web", scheduler: "rr", listen: []string{farmVIP}, weights: []int{1, 1, -1}}
	f := newFarm(t, now.text())
	for i := 1; i <= 3; i++ {
		f.servers[fmt.Sprint("s", i)].serve("tcp", farmVIP+":80")
		f.servers[fmt.Sprint("n", i)].serve("tcp", fmt.Sprintf("198.51.100.%d:180", 30+i))
	}
	f.d.start()
	f.d.becomes("Active")
	streams := []*stream{f.stream("tcp", farmVIP+":80"), f.stream("tcp", farmVIP+":180")}
	for _, step := range []struct {
		what   string
		change func(*variant)
		answer []int // the servers that answer
	}{
		{"nothing", func(*variant) {}, []int{1, 2}},
		{"a server is added", func(v *variant) { v.weights = []int{1, 1, 1} }, []int{1, 2, 3}},
		{"the scheduler changes", func(v *variant) { v.scheduler = "wrr" }, []int{1, 2, 3}},
		{"weights change", func(v *variant) { v.weights = []int{3, 0, 1} }, []int{1, 3}},
		{"the scheduler changes back", func(v *variant) { v.scheduler = "rr" }, []int{1, 3}},
		{"the pool is renamed", func(v *variant) { v.name = "shop" }, []int{1, 3}},
		{"a listener is added", func(v *variant) { v.listen = []string{"192.0.2.2", farmVIP} }, []int{1, 3}},
		{"a listener leaves, the pool is renamed", func(v *variant) { v.listen, v.name = []string{farmVIP}, "store" }, []int{1, 3}},
		{"a server of weight 0 is removed", func(v *variant) { v.weights = []int{3, -1, 1} }, []int{1, 3}},
		{"others take over", func(v *variant) { v.weights = []int{0, 1, 0} }, []int{2}},
		{"the former ones leave", func(v *variant) { v.weights = []int{-1, 1, -1} }, []int{2}},
	} {
		step.change(&now)
		f.d.mustApply(compile(t, loadText(t, now.text()), "a"))
		for _, s := range streams {
			s.goesOn(1) // what was under way
			got := map[int]bool{}
			for name := range s.goesOn(9) {
				got[int(name[1]-'0')] = true
			}
			if want := step.answer; !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
				t.Errorf("%s: %s: servers %v answered, want %v", step.what, s.what, got, want)
			}
			s.unhurt(step.what)
		}
	}
	f.d.settled()
}
