package hcl

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/checks"
)

// A file is about the node wherever it stands, also in a pool: it runs once. One failure is enough unless `fall` says otherwise, and
// those that differ in it are two checks.
func TestCompileFiles(t *testing.T) {
	c := mustLoad(t, twoNodes+`
check "file" "load" {
  file = "/run/app/weight"
}
check "file" "patient" {
  file = "/run/app/weight"
  fall = 3
}
vip "a" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  require   = [check.file.patient]
  track "load" {
    check  = check.file.load
    factor = 1
  }
  node "lb1" {
    priority = 150
  }
}
pool "db" {
  listen = ["192.0.2.20:5432"]
  checks = [check.file.load]
  server "db1" {
    address = "192.0.2.31:5432"
    check "file" {
      file    = "/run/app/db1"
      content = "anything"
      text    = "ready"
    }
  }
  server "db2" {
    address = "192.0.2.32:5432"
  }
}
`)
	compiled := compileNode(t, c, "lb1")
	with := func(key, name string, fall int, f checks.FileConfig) checks.Config {
		return checks.Config{
			Key: key, Name: name, Kind: "file", Interval: 5 * time.Second, Timeout: 3 * time.Second, Rise: 1, Fall: fall, Jitter: 10, RetryDelay: 5 * time.Second,
			Arguments: checks.Arguments{File: &f},
		}
	}
	want := []checks.Config{
		with("file file=/run/app/weight", "check.file.load", 1, checks.FileConfig{Path: "/run/app/weight", Number: true}),
		with("file file=/run/app/weight fall=3", "check.file.patient", 3, checks.FileConfig{Path: "/run/app/weight", Number: true}),
		with("file file=/run/app/db1 content=anything text=ready", `pool.db.server.db1 check "file"`, 1,
			checks.FileConfig{Path: "/run/app/db1", Text: "ready"}),
	}
	byKey := cmpopts.SortSlices(func(a, b checks.Config) bool { return a.Key < b.Key })
	if d := cmp.Diff(compiled.Checks, want, byKey, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	for _, check := range compiled.Checks {
		if _, err := checks.New(check); err != nil {
			t.Errorf("%s: the worker would refuse it: %v", check.Name, err)
		}
	}
}
