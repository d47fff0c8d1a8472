package hcl

import (
	"testing"
	"time"
)

// Servers drain and start slowly as their pool says, or as they say themselves; a director does neither unless told to.
func TestCompileDrainAndSlowStart(t *testing.T) {
	for _, tt := range []struct {
		pool, server string
		drain, slow  time.Duration
	}{
		{"", "", 0, 0},
		{"drain = \"2m\"\n  slow_start = \"30s\"", "", 2 * time.Minute, 30 * time.Second},
		{"drain = \"2m\"\n  slow_start = \"30s\"", "drain = \"0s\"\n    slow_start = \"0s\"", 0, 0},
		{"drain = \"2m\"", "drain = \"168h\"\n    slow_start = \"1h\"", 168 * time.Hour, time.Hour},
	} {
		compiled, err := mustLoad(t, "node \"lb1\" {\n  address = \"192.0.2.1\"\n}\n\npool \"web\" {\n  listen = [\"192.0.2.20:80\"]\n  "+tt.pool+
			"\n\n  server \"web1\" {\n    address = \"192.0.2.31:80\"\n    "+tt.server+"\n  }\n}\n").Compile("lb1")
		if err != nil {
			t.Fatal(err)
		}
		s := compiled.Plan.Pools[0].Servers[0]
		if s.DrainMS != tt.drain.Milliseconds() || s.SlowStartMS != tt.slow.Milliseconds() {
			t.Errorf("%q, %q: got drain %d ms and slow start %d ms, want %v and %v", tt.pool, tt.server, s.DrainMS, s.SlowStartMS, tt.drain, tt.slow)
		}
	}
}
