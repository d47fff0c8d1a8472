package hcl

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/vrrp"
)

// What a VIP does not say of its announcements the settings say for it, argument by argument and node by node; what neither says
// the language does.
func TestAnnouncementsHaveDefaults(t *testing.T) {
	const ms = time.Millisecond
	plain := vrrp.Announce{Count: 3, Delay: 5 * time.Second}
	for _, tt := range []struct {
		name, settings, vip string
		one, two            vrrp.Announce // on lb1 and lb2
	}{
		{name: "nothing is said", one: plain, two: plain},
		{
			name:     "the settings speak",
			settings: "announce {\n count = 5\n refresh = \"1m\"\n arp = \"both\"\n elsewhere = \"2m\"\n elsewhere_on = \"all\"\n}\n",
			one:      vrrp.Announce{Count: 5, Delay: 5 * time.Second, Refresh: time.Minute, ARP: vrrp.ARPBoth, Elsewhere: 2 * time.Minute, Plain: true},
			two:      vrrp.Announce{Count: 5, Delay: 5 * time.Second, Refresh: time.Minute, ARP: vrrp.ARPBoth, Elsewhere: 2 * time.Minute, Plain: true},
		},
		{
			name:     "the VIP goes first, and each node has its own settings",
			settings: "announce {\n count = 5\n delay = \"1s\"\n}\nnode \"lb2\" {\n announce {\n count = 7\n }\n}\n",
			vip:      "announce {\n delay = \"2s\"\n}\n",
			one:      vrrp.Announce{Count: 5, Delay: 2 * time.Second},
			two:      vrrp.Announce{Count: 7, Delay: 2 * time.Second},
		},
		{
			name:     "null is what the settings say",
			settings: "announce {\n count = 5\n}\n", vip: "announce {\n count = null\n}\n",
			one: vrrp.Announce{Count: 5, Delay: 5 * time.Second}, two: vrrp.Announce{Count: 5, Delay: 5 * time.Second},
		},
		{
			name:     "nothing after adverts that lose, and neighbours without a pace",
			settings: "announce {\n lower_count = 0\n lower_delay = \"1s\"\n pace = \"2ms\"\n na_pace = \"0s\"\n}\n",
			one:      vrrp.Announce{Count: 3, Delay: 5 * time.Second, LowerCount: vrrp.Never, Pace: 2 * ms, NAPace: -1},
			two:      vrrp.Announce{Count: 3, Delay: 5 * time.Second, LowerCount: vrrp.Never, Pace: 2 * ms, NAPace: -1},
		},
		{
			name: "a pace is for both families", vip: "announce {\n pace = \"2ms\"\n na_pace = \"2ms\"\n lower_delay = \"1s\"\n}\n",
			one: vrrp.Announce{Count: 3, Delay: 5 * time.Second, LowerCount: 3, LowerDelay: time.Second, Pace: 2 * ms},
			two: vrrp.Announce{Count: 3, Delay: 5 * time.Second, LowerCount: 3, LowerDelay: time.Second, Pace: 2 * ms},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, twoNodes+"settings {\n"+tt.settings+"}\n\nvip \"web\" {\n vrid = 51\n addresses = [\"192.0.2.20/32\"]\n"+tt.vip+" node \"lb1\" {\n  priority = 150\n }\n}\n")
			for node, want := range map[string]vrrp.Announce{"lb1": tt.one, "lb2": tt.two} {
				out, err := c.Compile(node)
				if err != nil {
					t.Fatal(err)
				}
				if got := out.Instances[0].Config.Announce; got != want {
					t.Errorf("%s: got %+v, want %+v", node, got, want)
				}
			}
		})
	}
	for a, want := range map[vrrp.Announce][2]time.Duration{
		{}: {}, {Pace: ms}: {ms, ms}, {Pace: ms, NAPace: 2 * ms}: {ms, 2 * ms}, {Pace: ms, NAPace: -1}: {ms, 0}, {NAPace: ms}: {0, ms},
	} {
		if got := [2]time.Duration{a.PaceOf(false), a.PaceOf(true)}; got != want {
			t.Errorf("%+v keeps %v, want %v", a, got, want)
		}
	}
}

// Pace groups are those of the node, with the virtual interfaces that stand on their members; explain says where a default is from.
func TestPaceGroups(t *testing.T) {
	c := mustLoad(t, twoNodes+`settings {
  announce {
    count = 4
  }

  pace_group "uplinks" {
    interfaces = ["eth0", "eth1"]
    pace       = "1ms"
  }

  node "lb2" {
    pace_group "neighbours" {
      interfaces = ["eth2"]
      pace       = "1ms"
      na_pace    = "5ms"
    }
  }
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "2001:db8::20/128"]

  virtual_mac {
  }

  node "lb1" {
    priority = 150
  }
}
`)
	uplinks := vrrp.PaceGroup{Name: "uplinks", Interfaces: []string{"eth0", "eth1", "vrrp.51", "vrrp6.51"}, Pace: time.Millisecond, NAPace: time.Millisecond}
	neighbours := vrrp.PaceGroup{Name: "neighbours", Interfaces: []string{"eth2"}, Pace: time.Millisecond, NAPace: 5 * time.Millisecond}
	for node, want := range map[string][]vrrp.PaceGroup{"lb1": {uplinks}, "lb2": {uplinks, neighbours}} {
		out, err := c.Compile(node)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b vrrp.PaceGroup) bool {
			return a.Name == b.Name && slices.Equal(a.Interfaces, b.Interfaces) && a.Pace == b.Pace && a.NAPace == b.NAPace
		}
		if !slices.EqualFunc(out.Paces, want, same) {
			t.Errorf("%s: got %+v, want %+v", node, out.Paces, want)
		}
	}
	var text bytes.Buffer
	if err := c.Explain(&text, "vip.web"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "announce.count") || !slices.ContainsFunc(strings.Split(text.String(), "\n"), func(line string) bool {
		f := strings.Fields(line)
		return len(f) == 3 && f[0] == "announce.count" && f[1] == "4" && strings.HasSuffix(f[2], ":13")
	}) {
		t.Errorf("explain does not say that the count is 4 because of line 13:\n%s", text.String())
	}
}
