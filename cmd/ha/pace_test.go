package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// A hundred addresses are announced one after the other at their pace, while adverts keep theirs.
//
// conform: N06 N01
func TestAnnouncementsArePaced(t *testing.T) {
	netlab.Need(t, "netns")
	const vips, count, pace = 50, 2, 8 * time.Millisecond
	var list []string
	for i := range vips {
		list = append(list, fmt.Sprintf("10.0.0.%d/32", i+1))
	}
	text := with(duelText(3, "100ms", list...), fmt.Sprintf("announce {\n count = %d\n delay = \"0s\"\n pace = %q\n}\n", count, pace))
	d := newDuel(t, text, "ha", "ha")
	d.a.start()
	var said []time.Time
	netlab.WaitFor(t, patience, "all announcements", func() bool {
		said = said[:0]
		for _, f := range d.capture.Frames() {
			if a := announcedIn(f); a.IsValid() && a.Is4() && strings.HasPrefix(a.String(), "10.0.0.") {
				said = append(said, f.At)
			}
		}
		return len(said) >= vips*count
	})
	// A frame that is late makes the next one follow closer; together they take their time.
	if took, least := said[len(said)-1].Sub(said[0]), (vips*count-1)*pace-10*pace; took < least {
		t.Errorf("%d announcements in %v, want at least %v", len(said), took, least)
	}
	var last time.Time
	for _, f := range d.capture.Frames() {
		if !sent(f, d.a) || f.At.After(said[len(said)-1]) {
			continue
		}
		if gap := f.At.Sub(last); !last.IsZero() && gap > 300*time.Millisecond {
			t.Errorf("two adverts were %v apart while addresses were announced, which is a failover", gap)
		}
		last = f.At
	}
}
