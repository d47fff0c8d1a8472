package enforcer

import (
	"testing"
	"time"

	"ha/vrrp"
)

// An election outlives its virtual interface for as long as the others do not miss its adverts: two intervals, each time.
func TestAnElectionBridgesAGap(t *testing.T) {
	const s = time.Second
	c := vrrp.Config{Interval: s}
	for _, looks := range []map[time.Duration]bool{
		{5 * s: true, 6 * s: true, 7*s - 1: true},
		{5 * s: true, 7 * s: false, 8 * s: false},
	} {
		var v gap
		for _, at := range []time.Duration{5 * s, 6 * s, 7*s - 1, 7 * s, 8 * s} {
			want, asked := looks[at]
			if !asked {
				continue
			}
			if again, ok := v.bridged(c, at); ok != want || again != 7*s {
				t.Errorf("at %v: got %v, again at %v; want %v, again at %v", at, ok, again, want, 7*s)
			}
		}
	}
}
