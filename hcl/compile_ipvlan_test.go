package hcl

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/planner"
)

// An ipvlan has the node's own address from the start, and adverts come from it; without one they leave from the interface below.
func TestCompileIPVLAN(t *testing.T) {
	c := mustLoad(t, twoNodes+`settings {
  virtual_name = "lb"
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "2001:db8::20/128"]

  ipvlan {
    mode = "private"
  }

  node "lb1" {
    priority = 150
    ipvlan {
      addresses = ["192.0.2.111/24"]
      group     = 0
    }
  }
}
`)
	for node, own := range map[string]string{"lb1": "192.0.2.111/24", "lb2": ""} {
		out := compileNode(t, c, node)
		var static planner.Static
		for _, s := range out.Plan.Statics {
			if s.Name == "vip.web" {
				static = s
			}
		}
		want := map[planner.InterfaceKey]planner.Interface{
			"lb.51":  {Parent: "eth0", IPVLAN: "private", Up: true, OwnGroup: own != ""},
			"lb6.51": {Parent: "eth0", IPVLAN: "private", IPv6: true, Up: true, OwnGroup: own != ""},
		}
		got := map[planner.InterfaceKey]planner.Interface{}
		for _, i := range static.Interfaces {
			got[i.Key] = i.Value
		}
		if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%s: -want +got:\n%s", node, d)
		}
		four, six := out.Instances[0], out.Instances[1]
		if six.Via != "" || six.Wire.Source.IsValid() {
			t.Errorf("%s: IPv6 adverts leave through %q from %v", node, six.Via, six.Wire.Source)
		}
		if own == "" {
			if four.Via != "" || four.Wire.Source.IsValid() || len(static.Addresses) > 0 {
				t.Errorf("%s: adverts leave through %q from %v, and there are %v", node, four.Via, four.Wire.Source, static.Addresses)
			}
			continue
		}
		p := netip.MustParsePrefix(own)
		if four.Via != "lb.51" || four.Wire.Source != p.Addr() || len(static.Addresses) != 1 || static.Addresses[0].Key != (planner.AddressKey{Device: "lb.51", Prefix: p}) {
			t.Errorf("%s: adverts leave through %q from %v, and there are %v", node, four.Via, four.Wire.Source, static.Addresses)
		}
		for _, v := range out.Plan.VIPs {
			for _, a := range v.Addresses {
				if a.Key.Device != map[bool]string{false: "lb.51", true: "lb6.51"}[a.Key.Prefix.Addr().Is6()] {
					t.Errorf("%s: %v stands on %s", node, a.Key.Prefix, a.Key.Device)
				}
			}
		}
	}
}

// A MAC address of one's own choice is written with five bytes or six; the families have different ones.
func TestCompileOwnMAC(t *testing.T) {
	for text, want := range map[string][2]string{
		"":                               {"00:00:5e:00:01:33", "00:00:5e:00:02:33"},
		"address = \"02:AB:5e:00:00\"\n": {"02:ab:5e:00:00:33", "00:00:5e:00:02:33"},
		"address = \"02:00:5e:00:00:07\"\n address6 = \"06:00:5e:00:00\"\n group = 7\n": {"02:00:5e:00:00:07", "06:00:5e:00:00:33"},
	} {
		c := mustLoad(t, twoNodes+"vip \"web\" {\n vrid = 51\n addresses = [\"192.0.2.20/32\", \"2001:db8::20/128\"]\n virtual_mac {\n "+text+"}\n node \"lb1\" {\n  priority = 150\n }\n}\n")
		for _, s := range compileNode(t, c, "lb1").Plan.Statics {
			for _, i := range s.Interfaces {
				mac := want[0]
				if i.Value.IPv6 {
					mac = want[1]
				}
				if i.Value.MAC != mac || (i.Value.Group == 7) != i.Value.OwnGroup {
					t.Errorf("with %q: %s is %+v, want %s", text, i.Key, i.Value, mac)
				}
			}
		}
	}
}
