package bfd_test

import (
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
)

// FuzzStep lets a session live through any bytes: each run of 26 is a time to wait, an event, and a packet. Nothing panics;
// only a packet brings a session up, one that is not up says at least a second, and nothing is due in a past that was
// stepped.
func FuzzStep(f *testing.F) {
	hello := bfd.Control{State: bfd.Down, Multiplier: 3, Mine: 7, MinTX: time.Second, MinRX: 300 * ms}
	up := from(bfd.Up)
	f.Add(append(packet.Append([]byte{1, 0}, &hello), packet.Append([]byte{1, 0}, &up)...), true)
	f.Add(append(packet.Append([]byte{200, 1}, &hello), packet.Append([]byte{255, 2}, &up)...), false)
	f.Fuzz(func(t *testing.T, raw []byte, passive bool) {
		c := config()
		c.Passive = passive
		s, _ := c.Step(bfd.Session{}, 1, bfd.Startup{Discriminator: 5})
		for now := time.Duration(1); len(raw) >= 26; raw = raw[26:] {
			now += time.Duration(raw[0]) * 10 * ms
			before := s
			switch raw[1] % 4 {
			case 0:
				var p bfd.Control
				if packet.Parse(raw[2:26], &p) == packet.Accepted {
					s, _ = c.Step(s, now, bfd.Received{Control: p})
				}
			case 1:
				s, _ = c.Step(s, now, bfd.Timeout{})
			case 2:
				c.MinTX, c.MinRX = time.Duration(10+int(raw[2]))*ms, time.Duration(10+int(raw[3]))*ms
				s, _ = c.Step(s, now, bfd.Retimed{})
			case 3:
				s, _ = c.Step(s, now, bfd.Shutdown{})
			}
			p := c.Packet(s, false)
			switch {
			case s.State == bfd.Up && before.State != bfd.Up && (raw[1]%4 != 0 || s.Remote.State < bfd.Init):
				t.Fatalf("came up from %+v to %+v", before, s)
			case s.State != bfd.Up && (p.MinTX < bfd.Slowest || p.Poll):
				t.Fatalf("says %+v while it is %v", p, s.State)
			case raw[1]%4 == 1 && (s.Silence != 0 && s.Silence <= now || s.Next != 0 && s.Next <= now):
				t.Fatalf("something is due at once after %v: %+v", now, s)
			}
		}
	})
}
