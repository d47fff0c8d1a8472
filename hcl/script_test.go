package hcl

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/checks"
)

// A script that a VIP tracks is about the node; one of a server has its target, and the port that the check sets. Equal ones run
// once, whoever asks for them.
func TestCompileScripts(t *testing.T) {
	c := mustLoad(t, twoNodes+`
check "script" "db" {
  command = ["/usr/local/bin/check-db", "a b", ""]
  user    = "monitor"
  group   = "adm"
  port    = 5433
}
check "script" "same" {
  command = ["/usr/local/bin/check-db", "a b", ""]
  user    = "monitor"
  group   = "adm"
}
vip "a" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  track "db" {
    check  = check.script.db
    weight = 60
  }
  track "same" {
    check = check.script.same
  }
  node "lb1" {
    priority = 150
  }
}
pool "db" {
  listen = ["192.0.2.20:5432"]
  checks = [check.script.db]
  server "db1" {
    address = "192.0.2.31:5432"
    check "script" {
      command = ["/usr/local/bin/check-lag"]
    }
  }
}
`)
	compiled := compileNode(t, c, "lb1")
	base := checks.Config{Kind: "script", Interval: 5 * time.Second, RetryDelay: 5 * time.Second, Timeout: 3 * time.Second, Rise: 1, Fall: 3, Jitter: 10}
	with := func(key, name, target string, s checks.ScriptConfig) checks.Config {
		c := base
		c.Key, c.Name, c.Script = key, name, &s
		if target != "" {
			c.Target = netip.MustParseAddrPort(target)
		}
		return c
	}
	db := checks.ScriptConfig{Command: []string{"/usr/local/bin/check-db", "a b", ""}, User: "monitor", Group: "adm"}
	const suffix = ` command=["/usr/local/bin/check-db", "a b", ""] user=monitor group=adm`
	want := []checks.Config{
		with("script"+suffix, "check.script.db", "", db),
		with("script 192.0.2.31:5433"+suffix, "check.script.db", "192.0.2.31:5433", db),
		with(`script 192.0.2.31:5432 command=["/usr/local/bin/check-lag"]`, `pool.db.server.db1 check "script"`, "192.0.2.31:5432",
			checks.ScriptConfig{Command: []string{"/usr/local/bin/check-lag"}, User: "nobody"}),
	}
	byKey := cmpopts.SortSlices(func(a, b checks.Config) bool { return a.Key < b.Key })
	if d := cmp.Diff(compiled.Checks, want, byKey, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	for _, check := range compiled.Checks {
		if _, err := checks.New(check); err != nil {
			t.Errorf("%s: the worker would refuse it: %v", check.Name, err)
		}
	}
	for _, i := range compiled.Instances {
		for _, track := range i.Tracks {
			if track.Check != "script"+suffix {
				t.Errorf("%s tracks %q", track.Name, track.Check)
			}
		}
	}
}
