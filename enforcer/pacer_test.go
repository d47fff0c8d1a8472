package enforcer

import (
	"testing"
	"time"
)

// Each interface has its own pace, and whoever wants to announce there takes the next free moment.
func TestAPacerSpacesFrames(t *testing.T) {
	var p pacer
	now := time.Unix(1000, 0)
	for i, tt := range []struct {
		device string
		pause  time.Duration
		at     time.Duration // since now
		want   time.Duration
	}{
		{"eth0", 10 * time.Millisecond, 0, 0},
		{"eth0", 10 * time.Millisecond, 0, 10 * time.Millisecond},
		{"eth1", 10 * time.Millisecond, 0, 0},
		{"eth0", time.Millisecond, 5 * time.Millisecond, 15 * time.Millisecond},
		{"eth0", time.Millisecond, 5 * time.Millisecond, 16 * time.Millisecond},
		{"eth0", time.Millisecond, time.Second, 0}, // nothing is saved up
		{"eth0", time.Millisecond, time.Second, time.Millisecond},
	} {
		if got := p.turn(tt.device, tt.pause, now.Add(tt.at)); got != tt.want {
			t.Errorf("turn %d: got %v, want %v", i, got, tt.want)
		}
	}
	began := time.Now()
	p.wait("eth0", 0)
	if _, kept := p.free["eth9"]; kept || time.Since(began) > time.Minute {
		t.Error("no pace waits")
	}
}
