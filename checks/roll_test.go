package checks

import (
	"fmt"
	"testing"
	"time"
)

// A set that differs in one check costs the loop that one, whatever the others are; an equal set costs it nothing.
func TestTheLoopHearsOnlyOfWhatChanged(t *testing.T) {
	built := 0
	s := NewScheduler(func(Result) {}, Options{New: func(Config) (Check, error) { built++; return instant{}, nil }})
	changes := func(configs []Config) (edits []edit) {
		t.Helper()
		built = 0
		if err := s.Set(configs, nil); err != nil {
			t.Fatal(err)
		}
		for len(s.roll.bell) > 0 {
			<-s.roll.bell
			edits = append(edits, s.roll.take()...)
		}
		if coming := len(edits); built > coming {
			t.Errorf("%d checks were built for %d edits", built, coming)
		}
		return edits
	}
	all := many(3*atOnce+1, time.Hour)
	all[0].HTTP = &HTTPConfig{Method: "GET"}
	if got := changes(all); len(got) != len(all) {
		t.Errorf("%d edits, want %d", len(got), len(all))
	}
	copied := append([]Config(nil), all...)
	copied[0].HTTP = &HTTPConfig{Method: "GET"} // an equal one elsewhere
	if got := changes(copied); len(got) != 0 {
		t.Errorf("an equal set changes %d", len(got))
	}
	copied[0].HTTP = &HTTPConfig{Method: "HEAD"}
	copied[1].Fall = 9
	if got := changes(copied); len(got) != 2 || got[0].key != all[0].Key || got[1].entry.config.Fall != 9 {
		t.Errorf("edits %+v", got)
	}
	if got := changes(copied[1:]); len(got) != 1 || got[0].key != all[0].Key || got[0].entry != nil {
		t.Errorf("edits %+v", got)
	}
	if err := s.Set(append(copied[2:], copied[2]), nil); err == nil {
		t.Error("a key that is there twice passed")
	}
	if got := changes(copied[1:]); len(got) != 0 {
		t.Errorf("a set that was refused changed %d", len(got))
	}
}

// A large set is taken in pieces, so that the loop looks at its probes between them.
func TestALargeSetIsTakenInPieces(t *testing.T) {
	s := NewScheduler(func(Result) {}, Options{New: func(Config) (Check, error) { return instant{}, nil }})
	if err := s.Set(many(2*atOnce+1, time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	r := newRound(s.options, newOutbox(), new(tempo))
	for _, want := range []int{atOnce, 2 * atOnce, 2*atOnce + 1} {
		select {
		case <-s.roll.bell:
		default:
			t.Fatal("nobody rings")
		}
		r.apply(t.Context(), s.roll.take())
		if len(r.entries) != want || len(r.agenda) != want {
			t.Errorf("%d entries, %d on the agenda, want %d", len(r.entries), len(r.agenda), want)
		}
	}
	if len(s.roll.bell) > 0 {
		t.Error("somebody rings for nothing")
	}
}

// Whatever the order of edits, the agenda holds what waits, in order, each where it thinks that it is.
func TestTheAgendaStaysWhole(t *testing.T) {
	s := NewScheduler(func(Result) {}, Options{New: func(Config) (Check, error) { return instant{}, nil }})
	r := newRound(s.options, newOutbox(), new(tempo))
	all := many(100, time.Hour)
	for step := range 50 {
		var set []Config
		resting := 0
		for i, c := range all {
			switch (i*7 + step*13) % 5 {
			case 0:
				continue
			case 1:
				c.Rest = true
				resting++
			case 2:
				c.Interval = time.Duration(step+1) * time.Minute
			case 3:
				c.Target = target("tcp", fmt.Sprintf("10.9.9.%d:80", step+1)).Target
			}
			set = append(set, c)
		}
		if err := s.Set(set, nil); err != nil {
			t.Fatal(err)
		}
		for len(s.roll.bell) > 0 {
			<-s.roll.bell
			r.apply(t.Context(), s.roll.take())
		}
		if len(r.entries) != len(set) || len(r.agenda) != len(set)-resting {
			t.Fatalf("step %d: %d entries of %d, %d on the agenda, %d rest", step, len(r.entries), len(set), len(r.agenda), resting)
		}
		for i, e := range r.agenda {
			if e.place != i || e.resting || r.entries[e.config.Key] != e || i > 0 && r.agenda.Less(i, (i-1)/2) {
				t.Fatalf("step %d: the agenda is broken at %d", step, i)
			}
		}
	}
}
