package enforcer

import (
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

func TestTheAgeOfAPacket(t *testing.T) {
	m := &member{instance: &vrrp.Instance{Config: vrrp.Config{Interval: time.Minute}}}
	tests := []struct {
		name     string
		at       time.Time
		min, max time.Duration
	}{
		{"what the kernel says", time.Now().Add(-10 * time.Second), 10 * time.Second, 59 * time.Second},
		{"a clock that was set forward", time.Now().Add(-time.Hour), time.Minute, time.Minute},
		{"a clock that was set back", time.Now().Add(time.Hour), 0, 0},
		{"nobody knows", time.Time{}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := packet.Packet{At: tt.at}
			if age := m.age(&p); age < tt.min || age > tt.max {
				t.Errorf("got %v, want %v to %v", age, tt.min, tt.max)
			}
			if p.At.IsZero() {
				t.Error("it has no time, which HMAC needs")
			}
		})
	}
}
