package enforcer

import (
	"testing"
	"time"

	"ha/vrrp"
)

// Each lane has its own pace, and whoever wants to announce there takes the next free moment. Interfaces of a group have one together,
// each family for itself, and no frame follows another closer than the group wants.
func TestAPacerSpacesFrames(t *testing.T) {
	const ms = time.Millisecond
	four, six := func(d string) lane { return lane{d, false} }, func(d string) lane { return lane{d, true} }
	p := newPacer()
	p.regroup([]vrrp.PaceGroup{{Name: "edge", Interfaces: []string{"up0", "up1"}, Pace: 5 * ms, NAPace: 0}})
	now := time.Unix(1000, 0)
	for i, tt := range []struct {
		lane     lane
		pace     time.Duration
		at, want time.Duration // since now
	}{
		{four("eth0"), 10 * ms, 0, 0},
		{four("eth0"), 10 * ms, 0, 10 * ms},
		{six("eth0"), 10 * ms, 0, 0}, // a family for itself
		{four("eth1"), 10 * ms, 0, 0},
		{four("eth0"), ms, 5 * ms, 15 * ms},
		{four("eth0"), 0, 5 * ms, 16 * ms}, // behind one that has a pace
		{four("eth0"), ms, time.Second, 0}, // nothing is saved up
		{four("eth0"), ms, time.Second, ms},
		{four("eth9"), 0, 0, 0}, // no pace waits for nothing
		{four("eth9"), 0, 0, 0},
		{four("up0"), 0, 0, 0},
		{four("up1"), ms, 0, 5 * ms},
		{four("up0"), 20 * ms, 0, 10 * ms},
		{four("up1"), 0, 0, 30 * ms},
		{six("up0"), 0, 0, 0},
		{six("up1"), 0, 0, 0},
	} {
		if got := p.turn(tt.lane, tt.pace, now.Add(tt.at)); got != tt.want {
			t.Errorf("turn %d: got %v, want %v", i, got, tt.want)
		}
	}
	if _, kept := p.free[four("eth9")]; kept {
		t.Error("who has no pace is remembered")
	}
}
