package hcl

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const serversText = `
node "web1" {
  address = "192.0.2.31"
  role    = "server"
}
node "web2" {
  address       = "192.0.2.32"
  interface     = "eth0.7"
  role          = "server"
  vip_interface = "vips"
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "2001:db8::20/128"]
}
pool "web" {
  listen     = ["192.0.2.20:80", "[2001:db8::20]:80"]
  forwarding = "tunnel"
  prepared   = true
  server "web1" {
    address = "192.0.2.31:80"
  }
  server "web2" {
    address = "[2001:db8::32]:80"
    node    = node.web2
  }
  server "other" {
    address = "198.51.100.7:80"
    node    = node.web1
  }
}
`

// The servers' side: the listeners' addresses, each once, silent, deprecated or of host scope; the ends of tunnels by the families
// outside and inside; the sysctls of all interfaces that hear ARP, and of those that packets come out of.
func TestCompileServers(t *testing.T) {
	c := mustLoad(t, twoNodes+serversText)
	for node, want := range map[string][]string{
		"lb1": nil,
		"web1": {
			`pool.web interface|ha-ipip {"parent":"","up":true,"kind":"ipip","local":"192.0.2.31"}`,
			`pool.web interface|ha-ipip-1 {"parent":"","up":true,"kind":"ipip","local":"198.51.100.7"}`,
			`pool.web interface|ha-sit {"parent":"","up":true,"kind":"sit","local":"192.0.2.31"}`,
			`pool.web interface|ha-sit-3 {"parent":"","up":true,"kind":"sit","local":"198.51.100.7"}`,
			`pool.web address|ha-ipip|192.0.2.20/32 {"scope":"host"}`,
			`pool.web address|ha-ipip-1|192.0.2.20/32 {"scope":"host"}`,
			`pool.web address|lo|2001:db8::20/128 {"scope":"global","nodad":true,"options":{"deprecated":true}}`,
			`pool.web sysctl|net.ipv4.conf.all.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.all.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.lo.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.lo.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.ha-ipip.rp_filter "2"`,
			`pool.web sysctl|net.ipv4.conf.ha-ipip-1.rp_filter "2"`,
		},
		"web2": {
			`pool.web interface|ha-ip6tnl {"parent":"","up":true,"kind":"ip6tnl","local":"2001:db8::32"}`,
			`pool.web interface|vips {"parent":"","up":true,"kind":"dummy"}`,
			`pool.web address|ha-ip6tnl|192.0.2.20/32 {"scope":"host"}`,
			`pool.web address|vips|2001:db8::20/128 {"scope":"global","nodad":true,"options":{"deprecated":true}}`,
			`pool.web sysctl|net.ipv4.conf.all.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.all.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.vips.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.vips.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.eth0/7.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.eth0/7.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.ha-ip6tnl.rp_filter "2"`,
		},
	} {
		plan := compileNode(t, c, node).Plan
		var got []string
		for _, s := range plan.Statics {
			for _, i := range s.Interfaces {
				raw, err := json.Marshal(i.Value)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, s.Name+" "+i.Key.String()+" "+string(raw))
			}
		}
		plan.VIPs = nil
		if d := cmp.Diff(append(got, kernelSide(plan)...), want); d != "" {
			t.Errorf("%s: - got, + want:\n%s", node, d)
		}
	}
}

// A director that is a server behind another holds the address on lo, and its service follows the VIP; behind no other it is
// as every director.
func TestCompileDirectorThatServes(t *testing.T) {
	text := twoNodes + "vip \"web\" {\n  vrid      = 51\n  addresses = [\"192.0.2.20/32\"]\n  node \"lb1\" {\n    priority = 150\n  }\n}\n" +
		"pool \"web\" {\n  listen     = [\"192.0.2.20:80\"]\n  forwarding = \"dr\"\nNODES  server \"lb2\" {\n    address = \"192.0.2.12:80\"\n  }\n}\n"
	for nodes, want := range map[string]string{"": "vip.web", "  nodes      = [node.lb2]\n": ""} {
		plan := compileNode(t, mustLoad(t, strings.Replace(text, "NODES", nodes, 1)), "lb2").Plan
		if got := plan.Pools[0].Listeners[0].When; got != want {
			t.Errorf("%q: it follows %q, want %q", nodes, got, want)
		}
		plan.VIPs = nil
		if held := strings.Contains(strings.Join(kernelSide(plan), "\n"), "address|lo|192.0.2.20/32"); held != (want != "") {
			t.Errorf("%q: lo holds the address: %t", nodes, held)
		}
	}
	plan := compileNode(t, mustLoad(t, strings.Replace(text, "NODES", "", 1)), "lb1").Plan
	if got := plan.Pools[0].Listeners[0].When; got != "" || len(plan.Statics) > 0 {
		t.Errorf("the director that serves nothing: %q, %+v", got, plan.Statics)
	}
}

// Each server of a pool has its own way: one by direct routing has the address on lo, one through GRE on the end of its tunnel, one
// by nat nothing; the end of a tunnel that ha does not make is left to others.
func TestCompileServersByTheirWays(t *testing.T) {
	text := twoNodes + `
node "n" {
  address = "192.0.2.31"
  role    = "server"
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  node "lb1" {
    priority = 150
  }
}
pool "web" {
  listen   = ["192.0.2.20:80"]
  prepared = true
  server "n" {
    address    = "192.0.2.31:80"
    forwarding = WAY
  }
}
`
	for way, want := range map[string]string{
		`"nat"`: "",
		`"dr"`:  "address|lo|192.0.2.20/32",
		"\"tunnel\"\n    tunnel {\n      type = \"gre\"\n    }":                                "interface|ha-gre address|ha-gre|192.0.2.20/32",
		"\"tunnel\"\n    tunnel {\n      type     = \"gre\"\n      checksum = \"full\"\n    }": "address|lo|192.0.2.20/32",
		"\"tunnel\"\n    tunnel {\n      type = \"gue\"\n      port = 6080\n    }":             "address|lo|192.0.2.20/32",
	} {
		var got []string
		for _, s := range compileNode(t, mustLoad(t, strings.Replace(text, "WAY", way, 1)), "n").Plan.Statics {
			for _, i := range s.Interfaces {
				got = append(got, i.Key.String())
			}
			for _, a := range s.Addresses {
				got = append(got, a.Key.String())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", way, got, want)
		}
	}
}
