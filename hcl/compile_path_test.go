package hcl

import (
	"net/netip"
	"slices"
	"testing"

	"ha/checks"
	"ha/checks/path"
)

// A check on the data path asks every listener by way of every server; equal ones are one.
func TestCompileDataPath(t *testing.T) {
	compiled := func(t *testing.T, forwarding, inside string) Compiled {
		t.Helper()
		out := compileNode(t, mustLoad(t, twoNodes+`
vip "v" {
  vrid      = 1
  addresses = ["192.0.2.20/32"]
  node "lb1" {
    priority = 150
  }
}
check "tcp" "path" {
  data_path = true
`+inside+`
}
pool "p" {
  listen     = ["192.0.2.20:80", "192.0.2.21:80"]
  forwarding = "`+forwarding+`"
  checks     = [check.tcp.path]
  check "http" {
  }
  server "s" {
    address = "192.0.2.31:80"
  }
  server "t" {
    address = "192.0.2.32:80"
    checks  = [check.tcp.path]
  }
}
`), "lb1")
		for _, c := range out.Checks {
			if _, err := checks.New(c); err != nil {
				t.Errorf("the worker would refuse %s: %v", c.Key, err)
			}
		}
		return out
	}
	out := compiled(t, "dr", "")
	if got, want := out.Plan.Pools[0].Servers[1].Checks, []string{
		"tcp 192.0.2.20:80 by way of 192.0.2.32 (dr) data_path=true", "tcp 192.0.2.21:80 by way of 192.0.2.32 (dr) data_path=true", "http 192.0.2.32:80",
	}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(out.Checks) != 6 {
		t.Errorf("%d checks, want 6", len(out.Checks))
	}
	if c := out.Checks[0]; c.Target != netip.MustParseAddrPort("192.0.2.20:80") ||
		c.Through != (path.Through{Server: netip.MustParseAddr("192.0.2.31"), How: path.DR}) {
		t.Errorf("%+v", c)
	}

	out = compiled(t, "tunnel", "port = 8080")
	if c := out.Checks[1]; c.Target != netip.MustParseAddrPort("192.0.2.21:8080") ||
		c.Through != (path.Through{Server: netip.MustParseAddr("192.0.2.31"), How: path.IPIP}) || c.String() != "check.tcp.path of 192.0.2.21:8080 by way of 192.0.2.31 (ipip)" {
		t.Errorf("%s: %+v", c, c)
	}
}
