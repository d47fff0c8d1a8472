package hcl

import (
	"slices"
	"testing"
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
