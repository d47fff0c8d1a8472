package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ha/planner"
)

// office is a sender that keeps what it gets, or refuses it.
type office struct {
	mu     sync.Mutex
	refuse func(attempt int) error
	tries  []time.Duration // when, since the start
	start  time.Time
	got    [][]uint64
	drops  []int
}

func (o *office) send(_ context.Context, events []Event, dropped int) (string, int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries = append(o.tries, time.Since(o.start))
	if o.refuse != nil {
		if err := o.refuse(len(o.tries)); err != nil {
			return "no", 451, err
		}
	}
	var list []uint64
	for _, e := range events {
		list = append(list, e.Seq)
	}
	o.got, o.drops = append(o.got, list), append(o.drops, dropped)
	return "queued", 250, nil
}

// posting runs a post in virtual time.
func posting(t *testing.T, o *office, test func(p *post, outcomes func() []Outcome)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.start = time.Now()
		var mu sync.Mutex
		var list []Outcome
		p := newPost("notify.ops/mail", 5*time.Second, o, func(r Outcome) { mu.Lock(); defer mu.Unlock(); list = append(list, r) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); p.run(ctx) }()
		test(p, func() []Outcome { mu.Lock(); defer mu.Unlock(); return slices.Clone(list) })
		cancel()
		<-done
	})
}

func TestEventsOfOneMomentGoTogether(t *testing.T) {
	o := &office{}
	posting(t, o, func(p *post, outcomes func() []Outcome) {
		for i := range uint64(3) {
			p.tell(vipEvent(i+1, "web", planner.BecameActive))
			time.Sleep(time.Second)
		}
		<-p.idle()
		p.tell(vipEvent(4, "web", planner.BecameBackup))
		<-p.idle()
		if fmt.Sprint(o.got) != "[[1 2 3] [4]]" {
			t.Errorf("sent %v", o.got)
		}
		if o.tries[0] != 5*time.Second {
			t.Errorf("the first mail went after %v, want 5s", o.tries[0])
		}
		synctest.Wait()
		if list := outcomes(); len(list) != 2 || list[0].Events != 3 || list[0].Said != "queued" || list[0].Err != "" {
			t.Errorf("outcomes %+v", list)
		}
	})
}

func TestAttemptsAreRepeatedLessAndLessOften(t *testing.T) {
	o := &office{refuse: func(attempt int) error {
		if attempt < 5 {
			return errors.New("greylisted")
		}
		return nil
	}}
	posting(t, o, func(p *post, _ func() []Outcome) {
		p.tell(vipEvent(1, "web", planner.BecameActive))
		<-p.idle()
	})
	// A digest before each: 5, then 1+5, 2+5, 4+5, 8+5 later.
	if want := "[5s 11s 18s 27s 40s]"; fmt.Sprint(o.tries) != want {
		t.Errorf("tried at %v, want %s", o.tries, want)
	}
}

func TestWhatCannotBeSentIsGivenUp(t *testing.T) {
	for name, refuse := range map[string]func(int) error{
		"after an hour": func(int) error { return errors.New("no route to host") },
		"at once when another attempt would fail as well": func(int) error { return hopeless{errors.New("no such mailbox")} },
	} {
		t.Run(name, func(t *testing.T) {
			o := &office{refuse: refuse}
			posting(t, o, func(p *post, outcomes func() []Outcome) {
				p.tell(vipEvent(1, "web", planner.BecameActive))
				<-p.idle()
				synctest.Wait()
				last := outcomes()[len(outcomes())-1]
				if last.Dropped != 1 || last.Err == "" {
					t.Errorf("outcome %+v", last)
				}
				first, end := o.tries[0], o.tries[len(o.tries)-1]
				if hour := name == "after an hour"; hour != (end-first > 50*time.Minute) || !hour && len(o.tries) != 1 {
					t.Errorf("tried %d times, from %v to %v", len(o.tries), first, end)
				}
				o.mu.Lock()
				o.refuse = nil
				o.mu.Unlock()
				p.tell(vipEvent(2, "web", planner.BecameBackup))
				<-p.idle()
				if fmt.Sprint(o.got, o.drops) != "[[2]] [1]" { // the next one tells of the loss
					t.Errorf("sent %v, with %v lost before", o.got, o.drops)
				}
			})
		})
	}
}

func TestOldEventsMakeRoom(t *testing.T) {
	blocked := true
	o := &office{refuse: func(int) error {
		if blocked {
			return errors.New("no answer in time")
		}
		return nil
	}}
	posting(t, o, func(p *post, _ func() []Outcome) {
		for i := range uint64(maxPosted + 50) {
			p.tell(vipEvent(i+1, "web", planner.BecameActive))
		}
		time.Sleep(30 * time.Second)
		o.mu.Lock()
		blocked = false
		o.mu.Unlock()
		<-p.idle()
		var all []uint64
		for _, list := range o.got {
			if len(list) > maxTogether {
				t.Errorf("%d events in one piece", len(list))
			}
			all = append(all, list...)
		}
		if len(all) != maxPosted || all[0] != 51 || !slices.IsSorted(all) || o.drops[0] != 50 || o.drops[1] != 0 {
			t.Errorf("%d sent, the first is %d; lost before: %v", len(all), all[0], o.drops)
		}
	})
}
