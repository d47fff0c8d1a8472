package enforcer

import (
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

// The sequence number of AH serves both directions. An Active router that crashed may have sent adverts that are not on record, and
// counts ahead of them; a Backup that did so would take the next adverts of the Active one for replays.
func TestOnlyAnActiveRouterCountsAhead(t *testing.T) {
	for _, test := range []struct {
		name    string
		state   vrrp.State
		orderly bool
		ahead   uint32
	}{
		{"an Active router that crashed", vrrp.Active, false, 16 + 10*5},
		{"a Backup that crashed", vrrp.Backup, false, 0},
		{"an Active router that made way", vrrp.Active, true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &member{instance: &vrrp.Instance{Config: vrrp.Config{Interval: time.Second}}}
			m.proof.ah = &packet.AH{}
			r := memberRecord{AH: 77}
			r.Member.Election.State = test.state
			m.resume(&bequest{orderly: test.orderly, now: time.Minute}, r, time.Minute+5*time.Second)
			if got := m.proof.ah.Sequence(); got != 77+test.ahead {
				t.Errorf("it goes on after %d, want %d", got, 77+test.ahead)
			}
		})
	}
}
