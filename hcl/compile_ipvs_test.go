package hcl

import (
	"net/netip"
	"slices"
	"testing"

	"ha/planner"
)

// What the settings say of IPVS becomes sysctls of the directors, each node's own, with the place of its argument; what they do not
// say is left as it is. What a node says itself goes before what all say.
func TestSettingsOfIPVSAreSysctls(t *testing.T) {
	const config = `settings {
  ipvs {
    tcp_timeout = "30m"
    conntrack   = true
    drop_entry  = "auto"
  }
  node "lb2" {
    ipvs {
      udp_timeout = "1m"
      sloppy_tcp  = false
    }
  }
}
`
	for node, want := range map[string][]string{
		"lb1": {"ipvs.timeout.tcp=1800", "net.ipv4.vs.conntrack=1", "net.ipv4.vs.drop_entry=1"},
		"lb2": {"ipvs.timeout.tcp=1800", "ipvs.timeout.udp=60", "net.ipv4.vs.conntrack=1", "net.ipv4.vs.sloppy_tcp=0", "net.ipv4.vs.drop_entry=1"},
	} {
		compiled, err := mustLoad(t, twoNodes+config).Compile(node)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range compiled.Plan.Statics {
			if s.Name != "settings" {
				continue
			}
			for _, c := range s.Sysctls {
				got = append(got, string(c.Key)+"="+string(c.Value))
				if c.Source.Line == 0 {
					t.Errorf("%s has no place", c.Key)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", node, got, want)
		}
	}
}

// The sync block becomes the daemons of each director. What is followed may be a sync group: its first VIP decides, and its VRID is the
// number of the group.
func TestConnectionsAreSynchronised(t *testing.T) {
	const config = `settings {
  ipvs {
    at_stop = "remove"
    sync {
      interface = "eth1"
      follow    = sync_group.edge
      threshold = 1
    }
  }
  node "lb2" {
    ipvs {
      sync {
        interface  = "bond1"
        max_length = 8972
      }
    }
  }
}

vip "a" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  node "lb1" {
    priority = 150
  }
}

vip "b" {
  vrid      = 52
  addresses = ["192.0.2.21/32"]
  node "lb1" {
    priority = 150
  }
}

sync_group "edge" {
  vips = [vip.a, vip.b]
}
`
	daemon := planner.SyncDaemon{Interface: "eth1", ID: 51, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1}
	other := daemon
	other.Interface, other.MaxLength = "bond1", 8972
	for node, want := range map[string]planner.SyncDaemon{"lb1": daemon, "lb2": other} {
		compiled, err := mustLoad(t, twoNodes+config).Compile(node)
		if err != nil {
			t.Fatal(err)
		}
		got := compiled.Plan.Sync
		if got == nil || got.Daemon != want || got.Follow != "vip.a" || got.Source.Line == 0 {
			t.Errorf("%s: got %+v, want %+v", node, got, want)
		}
		if s := compiled.Plan.Settings; s.IPVSAtStop != planner.TableRemove || s.IPVSAtStart != planner.TableKeep {
			t.Errorf("%s: got %+v", node, s)
		}
		if got := compiled.Plan.Statics[0].Sysctls; len(got) != 1 || got[0].Key != "net.ipv4.vs.sync_threshold" || got[0].Value != "1 50" {
			t.Errorf("%s: got %+v", node, got)
		}
		id := ""
		for _, in := range compiled.Plan.Intents {
			for _, a := range in.Args {
				if in.Name == "settings" && a.Path == "ipvs.sync.id" {
					id = a.Value
				}
			}
		}
		if id != "51" {
			t.Errorf("%s: the intent says id %q", node, id)
		}
	}
}
