package worker

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"ha/enforcer/notify"
	"ha/planner"
)

// told collects what became of events.
type told struct {
	mu   sync.Mutex
	list []string
}

func (o *told) note(outcome notify.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, fmt.Sprintf("%s %s: %s%s", outcome.Channel, outcome.Object, outcome.Said, outcome.Err))
}

// echo is a channel that says a word, as whoever runs the test; as root as daemon, since /bin may be a link.
func echo(name, word string) planner.Channel {
	as := fmt.Sprint(os.Geteuid())
	if os.Geteuid() == 0 {
		as = "daemon"
	}
	return planner.Channel{Name: name, Script: &planner.NotifyScript{Command: []string{"/bin/echo", word}, User: as, TimeoutMS: 60_000}}
}

// Events go to the channels that were in force when they happened, however fast the channels change, and even when no worker
// was there yet; drain waits for all of them.
func TestEventsMeetTheirChannels(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	outcomes := &told{}
	c := start(ctx, Options{Env: append(os.Environ(), role+"=worker"), OnTold: outcomes.note}, defaults())
	defer func() { cancel(); c.Wait() }()
	var want []string
	for i := range 20 {
		name, word := fmt.Sprintf("notify.n%d/script", i%2), fmt.Sprintf("word%d", i)
		c.Channels([]planner.Channel{echo(name, word)})
		c.Tell([]string{name}, notify.Event{Seq: uint64(i + 1), Object: fmt.Sprintf("vip.v%d", i), What: planner.BecameActive})
		want = append(want, fmt.Sprintf("%s vip.v%d: %s", name, i, word))
	}
	c.Channels(nil)
	limited, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	c.Drain(limited)
	outcomes.mu.Lock()
	defer outcomes.mu.Unlock()
	slices.Sort(outcomes.list)
	slices.Sort(want)
	if !slices.Equal(outcomes.list, want) {
		t.Errorf("told\n%q, want\n%q", outcomes.list, want)
	}
}

// Without a worker, events are kept up to a bound, with the channels that are theirs.
func TestEventsWithoutAWorkerAreBounded(t *testing.T) {
	c := &Client{herald: newHerald()}
	c.Channels([]planner.Channel{echo("old", "x")})
	for i := range maxTidings + 9 {
		c.Tell([]string{"old"}, notify.Event{Seq: uint64(i + 1)})
	}
	h := &c.herald
	if len(h.tidings) != maxTidings || h.lost != 9 || h.tidings[0].Event.Seq != 10 || len(h.known) != 1 {
		t.Errorf("%d wait, %d lost, the first is %d, channels %v", len(h.tidings), h.lost, h.tidings[0].Event.Seq, h.known)
	}
}
