package main

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ha/enforcer/control"
)

func shopStatus(now time.Time) control.PoolStatus {
	return control.PoolStatus{
		Name: "pool.shop",
		Listeners: []control.ListenerStatus{
			{
				Address: "tcp 192.0.2.20:80", Scheduler: "wlc", Persistence: 50 * time.Second, Installed: true,
				Counters: control.Counters{Connections: 1234, PacketsIn: 99_999_999, PacketsOut: 100_000_000, BytesIn: math.MaxUint64, ConnectionRate: 7},
			},
			{Address: "tcp [2001:db8::20]:80", Scheduler: "wlc"},
		},
		Servers: []control.ServerStatus{
			{
				Name: "web1", Address: "192.0.2.31:80", Forwarding: "dr", State: "up", Since: now.Add(-2 * time.Hour), Weight: 10, Shown: true, Now: 10,
				Active: 214, Inactive: 1071, Counters: control.Counters{Connections: 1200, BytesIn: 4_000_000, ByteRateIn: 12_000}, Why: "check.http.login passed in 1.2ms",
			},
			{Name: "w2", Address: "192.0.2.32:80", Forwarding: "dr", State: "down", Since: now.Add(-5 * time.Second), Weight: 10, Why: "check.http.login: status 503\x1b[2J"},
			{Name: "web3", Address: "192.0.2.33:80", Forwarding: "tunnel", State: "unknown", Weight: 10, Shown: true},
		},
	}
}

// Pools look like ipvsadm -Ln, and say why; counters look like --stats and --rate.
func TestPoolsInAStatus(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name, want string
		view       poolView
	}{
		{"connections and reasons", `
pool.shop  1 of 3 servers up
  tcp 192.0.2.20:80 wlc persistent 50 s
  tcp [2001:db8::20]:80 wlc  (not in IPVS)
  -> server              forward  weight     active  inactive  state
  -> web1 192.0.2.31:80  dr       10            214      1071  up for 2 h 0 min: check.http.login passed in 1.2ms
  -> w2 192.0.2.32:80    dr       - (of 10)       0         0  down for 5 s: check.http.login: status 503�[2J
  -> web3 192.0.2.33:80  tunnel   0 (of 10)       0         0  unknown
`, poolView{}},
		{"on a narrow terminal", `
pool.shop  1 of 3 servers up
  tcp 192.0.2.20:80 wlc persistent 50 s
  tcp [2001:db8::20]:80 wlc  (not in IPVS)
  -> server              forward  weight     active  inactive  state
  -> web1 192.0.2.31:80  dr       10            214      1071  up for 2 h 0 min…
  -> w2 192.0.2.32:80    dr       - (of 10)       0         0  down for 5 s: ch…
  -> web3 192.0.2.33:80  tunnel   0 (of 10)       0         0  unknown
`, poolView{width: 80}},
		{"--stats", `
pool.shop  1 of 3 servers up
  listener, -> server                       Conns    InPkts  OutPkts    InBytes  OutBytes
  tcp 192.0.2.20:80 wlc persistent 50 s      1234  99999999  100000K  18446744T         0
  tcp [2001:db8::20]:80 wlc  (not in IPVS)      0         0        0          0         0
  -> web1 192.0.2.31:80                      1200         0        0    4000000         0
  -> w2 192.0.2.32:80                           0         0        0          0         0
  -> web3 192.0.2.33:80                         0         0        0          0         0
`, poolView{stats: true}},
		{"--rate", `
pool.shop  1 of 3 servers up
  listener, -> server                       CPS  InPPS  OutPPS  InBPS  OutBPS
  tcp 192.0.2.20:80 wlc persistent 50 s       7      0       0      0       0
  tcp [2001:db8::20]:80 wlc  (not in IPVS)    0      0       0      0       0
  -> web1 192.0.2.31:80                       0      0       0  12000       0
  -> w2 192.0.2.32:80                         0      0       0      0       0
  -> web3 192.0.2.33:80                       0      0       0      0       0
`, poolView{rate: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if tt.view.print(&b, now, shopStatus(now)); b.String() != tt.want {
				t.Errorf("got\n%s, want\n%s", b.String(), tt.want)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); tt.view.width > 0 && n > tt.view.width {
					t.Errorf("%q has %d columns", line, n)
				}
			}
		})
	}
}
