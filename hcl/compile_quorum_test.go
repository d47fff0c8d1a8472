package hcl

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/planner"
	"ha/vrrp"
)

const balancedPool = `
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  require   = [pool.web, pool.plain]

  node "lb1" {
    priority = 150
  }

  track "some" {
    pool     = pool.web
    at_least = 2
    weight   = 60
  }
}

pool "web" {
  listen        = ["192.0.2.20:80"]
  forwarding    = "dr"
  prepared      = true
  inhibit       = true
  suspend       = true
  tier_at_least = 2

  check "tcp" {
  }

  quorum {
    weight     = 20
    hysteresis = 5
  }

  sorry {
    address    = "192.0.2.99:8080"
    forwarding = "nat"
    inhibit    = true
  }

  server "web1" {
    address = "192.0.2.31:80"
    weight  = 10
  }

  server "web2" {
    address = "192.0.2.32:80"
    weight  = 10
    inhibit = false
  }

  server "spare" {
    address = "192.0.2.33:80"
    weight  = 30
    tier    = 3
  }

  node "lb2" {
    quorum {
      weight     = 1
      hysteresis = 0
    }
  }
}

pool "plain" {
  listen = ["192.0.2.20:81"]

  check "tcp" {
  }

  sorry {
    address = "192.0.2.99:81"
  }

  server "web1" {
    address = "192.0.2.31:81"
  }
}
`

// What a pool says of its quorum, its sorry server and its tiers arrives in the plan, and what it does not say leaves no trace.
func TestBalanceIsCompiled(t *testing.T) {
	cfg := mustLoad(t, twoNodes+balancedPool)
	one, two := compiledOn(t, cfg, "lb1"), compiledOn(t, cfg, "lb2")
	web := one.Plan.Pools[0]
	at := netip.MustParseAddrPort
	want := planner.Pool{
		Name: "pool.web", Quorum: planner.Quorum{Weight: 20, Hysteresis: 5}, TierAtLeast: 2, Suspend: true,
		Sorry: &planner.PoolServer{Name: "sorry", Address: at("192.0.2.99:8080"), Weight: 1, Forwarding: planner.NAT, Inhibit: true},
		Servers: []planner.PoolServer{
			{Name: "web1", Address: at("192.0.2.31:80"), Weight: 10, Forwarding: planner.DR, Inhibit: true},
			{Name: "web2", Address: at("192.0.2.32:80"), Weight: 10, Forwarding: planner.DR},
			{Name: "spare", Address: at("192.0.2.33:80"), Weight: 30, Forwarding: planner.DR, Inhibit: true, Tier: 3},
		},
	}
	ignored := cmp.Options{
		cmpopts.IgnoreTypes(planner.Source{}), cmpopts.IgnoreFields(planner.Pool{}, "Listeners"),
		cmpopts.IgnoreFields(planner.PoolServer{}, "Checks"), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	}
	if diff := cmp.Diff(want, web, ignored); diff != "" {
		t.Errorf("pool.web on lb1 (-want +got):\n%s", diff)
	}
	if got := two.Plan.Pools[0].Quorum; got != (planner.Quorum{Weight: 1}) {
		t.Errorf("on lb2 the quorum is %+v", got)
	}
	plain := one.Plan.Pools[1]
	if plain.Quorum != (planner.Quorum{}) || plain.TierAtLeast != 0 || plain.Suspend || plain.Sorry.Forwarding != planner.NAT || plain.Servers[0].Tier != 0 {
		t.Errorf("pool.plain is %+v", plain)
	}
}

// A VIP goes by the quorum of a pool that has one, unless it names a number of servers; and what differs is in the plan.
func TestTrackingGoesByTheQuorum(t *testing.T) {
	one := compiledOn(t, mustLoad(t, twoNodes+balancedPool), "lb1")
	got := one.Instances[0].Tracks
	want := []vrrp.Track{
		{Name: "vip.web.track.some", Pool: "pool.web", AtLeast: 2, Weight: 60},
		{Name: "vip.web.require.pool.web", Pool: "pool.web"},
		{Name: "vip.web.require.pool.plain", Pool: "pool.plain", AtLeast: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tracks (-want +got):\n%s", diff)
	}
	args := map[string]string{}
	for _, in := range one.Plan.Intents {
		for _, a := range in.Args {
			args[in.Name+"."+a.Path] = a.Value
		}
	}
	for path, value := range map[string]string{
		"pool.web.quorum.weight": "20", "pool.web.quorum.hysteresis": "5", "pool.web.sorry.address": "192.0.2.99:8080", "pool.web.sorry.inhibit": "true",
		"pool.web.suspend": "true", "pool.web.tier_at_least": "2", "pool.web.server.spare.tier": "3", "pool.web.server.web2.inhibit": "false",
	} {
		if args[path] != value {
			t.Errorf("the plan says %s = %q, want %q", path, args[path], value)
		}
	}
}

// compiledOn is a configuration as a node has it.
func compiledOn(t *testing.T, cfg *Config, node string) Compiled {
	t.Helper()
	c, err := cfg.Compile(node)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
