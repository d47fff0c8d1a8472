package hcl

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/planner"
)

// balancing has every argument that says what IPVS makes of a pool.
const balancing = `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "192.0.2.21/32", "2001:db8::20/128"]
}

pool "web" {
  listen                  = ["192.0.2.20-21:80-81", "192.0.2.20:0", "[2001:db8::20]:80"]
  fwmark                  = [7, 4294967295]
  fwmark_family           = "ipv6"
  scheduler               = "mh"
  scheduler_flags         = ["port", "fallback"]
  persistence             = "50s"
  persistence_prefix_ipv4 = 24
  persistence_prefix_ipv6 = 56
  forwarding              = "tunnel"
  prepared                = true

  tunnel {
    type     = "gue"
    port     = 6080
    checksum = "remote"
  }

  check "tcp" {
    port = 80
  }

  server "gue" {
    address         = "192.0.2.31"
    upper_threshold = 100
    lower_threshold = 80
  }

  server "gre" {
    address = "192.0.2.32"

    tunnel {
      type     = "gre"
      checksum = "full"
    }
  }

  server "ipip" {
    address = "[2001:db8::33]"

    tunnel {
    }
  }
}

pool "sip" {
  listen             = ["192.0.2.20:5060"]
  protocol           = "udp"
  persistence        = "5m"
  persistence_engine = "sip"
  one_packet         = true
  scheduler_flags    = ["flag-3", "flag-1"]

  check "tcp" {
  }

  server "one" {
    address = "192.0.2.31"
  }

  server "two" {
    address    = "192.0.2.32:5060"
    forwarding = "dr"
  }
}
`

func TestCompileServices(t *testing.T) {
	out := compileNode(t, mustLoad(t, balancing), "lb1")
	hash := planner.VirtualServer{Scheduler: "mh", Persistence: 50 * time.Second, Flags: 1 | planner.FlagPort | planner.FlagFallback, Netmask: 24}
	hash6 := hash
	hash6.Netmask = 56
	tcp := func(s string) planner.VirtualServerKey {
		return planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort(s)}
	}
	want := []planner.Listener{
		{Key: tcp("192.0.2.20:80"), Value: hash},
		{Key: tcp("192.0.2.20:81"), Value: hash},
		{Key: tcp("192.0.2.21:80"), Value: hash},
		{Key: tcp("192.0.2.21:81"), Value: hash},
		{Key: tcp("192.0.2.20:0"), Value: hash},
		{Key: tcp("[2001:db8::20]:80"), Value: hash6},
		{Key: planner.VirtualServerKey{FWMark: 7, IPv6: true}, Value: hash6},
		{Key: planner.VirtualServerKey{FWMark: 4294967295, IPv6: true}, Value: hash6},
	}
	if d := cmp.Diff(want, out.Plan.Pools[0].Listeners, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var servers []string
	for _, p := range out.Plan.Pools {
		for _, s := range p.Servers {
			servers = append(servers, fmt.Sprintf("%s %s %s %s %d %s %d %d", s.Name, s.Address, s.Forwarding, s.Tunnel.Type, s.Tunnel.Port, s.Tunnel.Checksum, s.Upper, s.Lower))
		}
	}
	if want := []string{
		"gue 192.0.2.31:0 tunnel gue 6080 remote 100 80",
		"gre 192.0.2.32:0 tunnel gre 0 full 0 0",
		"ipip [2001:db8::33]:0 tunnel ipip 0 none 0 0",
		"one 192.0.2.31:0 nat ipip 0 none 0 0",
		"two 192.0.2.32:5060 dr ipip 0 none 0 0",
	}; !slices.Equal(servers, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(servers, "\n"), strings.Join(want, "\n"))
	}
	sip := planner.VirtualServer{Scheduler: "wlc", Persistence: 5 * time.Minute, Flags: 1 | planner.FlagOnePacket | 0x28, Netmask: 32, Engine: "sip"}
	if got := out.Plan.Pools[1].Listeners[0].Value; got != sip {
		t.Errorf("got %+v, want %+v", got, sip)
	}
	for _, c := range out.Checks { // a server without a port is probed at the listeners', or where the check says
		if c.Target.Port() != 80 && c.Target.Port() != 5060 {
			t.Errorf("%s probes %v", c.Key, c.Target)
		}
	}
	if len(out.Checks) != 5 {
		t.Errorf("%d checks", len(out.Checks))
	}
}

// TestServicesAreBehaviour: a plan shows the change of each argument by its name, with what it costs.
func TestServicesAreBehaviour(t *testing.T) {
	before := compileNode(t, mustLoad(t, balancing), "lb1").Plan
	for old, change := range map[string]struct {
		written, path string
		impact        planner.Impact
	}{
		"192.0.2.20-21:80-81":              {"192.0.2.20-21:80-82", "listen", planner.ImpactExistingConnections},
		"[7, 4294967295]":                  {"[7, 8]", "fwmark", planner.ImpactExistingConnections},
		`fwmark_family           = "ipv6"`: {`fwmark_family = "ipv4"`, "fwmark_family", planner.ImpactExistingConnections},
		`["port", "fallback"]`:             {`["port"]`, "scheduler_flags", planner.ImpactNewConnections},
		"persistence_prefix_ipv4 = 24":     {"persistence_prefix_ipv4 = 16", "persistence_prefix_ipv4", planner.ImpactNewConnections},
		"persistence_prefix_ipv6 = 56":     {"persistence_prefix_ipv6 = 64", "persistence_prefix_ipv6", planner.ImpactNewConnections},
		"one_packet         = true":        {"", "one_packet", planner.ImpactNewConnections},
		`persistence_engine = "sip"`:       {"", "persistence_engine", planner.ImpactNewConnections},
		"port     = 6080":                  {"port = 6081", "tunnel.port", planner.ImpactExistingConnections},
		`checksum = "full"`:                {`checksum = "none"`, "server.gre.tunnel.checksum", planner.ImpactExistingConnections},
		"upper_threshold = 100":            {"upper_threshold = 101", "server.gue.upper_threshold", planner.ImpactNewConnections},
		"lower_threshold = 80":             {"lower_threshold = 81", "server.gue.lower_threshold", planner.ImpactNewConnections},
		`forwarding = "dr"`:                {`forwarding = "nat"`, "server.two.forwarding", planner.ImpactExistingConnections},
	} {
		if !strings.Contains(balancing, old) {
			t.Fatalf("%q is not in the configuration", old)
		}
		after := compileNode(t, mustLoad(t, strings.Replace(balancing, old, change.written, 1)), "lb1").Plan
		var paths []string
		for _, c := range planner.Compare(&after, &before, planner.Facts{Active: map[string]bool{"vip.web": true}}, planner.State{}, planner.Claims{}).Behaviour {
			for _, f := range c.Fields {
				paths = append(paths, f.Path)
			}
			if c.Impact != change.impact {
				t.Errorf("%s: the impact is %s, want %s", change.path, c.Impact, change.impact)
			}
		}
		if !slices.Equal(paths, []string{change.path}) {
			t.Errorf("%s: the plan shows %v", change.path, paths)
		}
	}
}
