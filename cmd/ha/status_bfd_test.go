package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
)

func TestPrintBFD(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, want string
		status     control.BFDStatus
	}{
		{
			"up", `
bfd.core  Up for 2 min 0 s: the peer says Up
  peer 192.0.2.12 from 192.0.2.11 dev eth0  single hop  diagnostic 0  alive for those who track it  heard 120 ms ago, says Up
  every 300ms × 3  detection 900ms  sent 400  received 401  timers up to 84µs late
`, control.BFDStatus{
				Name: "bfd.core", Peer: "192.0.2.12", Source: "192.0.2.11", Interface: "eth0", State: "Up", Verdict: "alive", Since: now.Add(-2 * time.Minute),
				Why: "the peer says Up", Interval: 300 * time.Millisecond, Multiplier: 3, Detection: 900 * time.Millisecond, PeerState: "Up",
				HeardAt: now.Add(-120 * time.Millisecond), Sent: 400, Received: 401, Late: 84 * time.Microsecond,
			},
		},
		{
			"down, with all that can be wrong", `
bfd.far  Down for 5 s: no packet for 900ms
! send BFD packet: sendto: network is unreachable
  peer 2001:db8::1  multihop, passive  diagnostic 1  dead for those who track it  heard 6 s ago, says Down with diagnostic 3
  every 1s × 5  detection unknown  sent 7  received 3  timers up to 0s late
  dropped state 1, ttl 3
`, control.BFDStatus{
				Name: "bfd.far", Peer: "2001:db8::1", Multihop: true, Passive: true, State: "Down", Verdict: "dead", Diagnostic: 1, Since: now.Add(-5 * time.Second),
				Why: "no packet for 900ms", Problem: "send BFD packet: sendto: network is unreachable", Interval: time.Second, Multiplier: 5,
				PeerState: "Down", PeerDiagnostic: 3, HeardAt: now.Add(-6 * time.Second), Sent: 7, Received: 3, Dropped: map[string]uint64{"ttl": 3, "state": 1},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			if printBFD(&b, now, test.status); b.String() != test.want {
				t.Errorf("got\n%s, want\n%s", b.String(), test.want)
			}
		})
	}
}
