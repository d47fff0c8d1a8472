package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/netlab"
)

// twice is a route or a rule in keepalived's language and in ours. Where several options stand in one line, what comes of
// each can be seen in what ip(8) shows.
type twice struct{ keepalived, ours string }

// routesTwice has all options of keepalived's routes that have a place here. Of what keepalived 2.2.7 cannot do there is nothing:
// IPv6 gateways of IPv4 routes, and times below 200 ms.
func routesTwice() []twice {
	const via = `gateway = "192.0.2.250"`
	return []twice{
		{"10.1.0.0/16 via 192.0.2.250", `route "10.1.0.0/16" { ` + via + ` }`},
		{"10.2.0.0/16 dev eth0 scope link", `route "10.2.0.0/16" { device = "eth0" }`},
		{"to 10.3.0.0/16 via 192.0.2.250 dev eth0 src 192.0.2.11 metric 7", "route \"10.3.0.0/16\" {\n" + via + "\ndevice = \"eth0\"\nsource = \"192.0.2.11\"\nmetric = 7\n}"},
		{"blackhole 10.4.0.0/16", `route "10.4.0.0/16" { type = "blackhole" }`},
		{"unreachable 10.5.0.0/16", `route "10.5.0.0/16" { type = "unreachable" }`},
		{"prohibit 10.6.0.0/16", `route "10.6.0.0/16" { type = "prohibit" }`},
		{"throw 10.7.0.0/16 table 100", "route \"10.7.0.0/16\" {\ntype = \"throw\"\ntable = 100\n}"},
		{"local 10.8.0.0/16 dev lo table local scope host", "route \"10.8.0.0/16\" {\ntype = \"local\"\ndevice = \"lo\"\n}"},
		{"10.9.0.0/16 via 192.0.2.250 tos 0x10", "route \"10.9.0.0/16\" {\n" + via + "\ntos = 16\n}"},
		{"10.10.0.0/16 via 203.0.113.1 dev eth0 onlink", "route \"10.10.0.0/16\" {\ngateway = \"203.0.113.1\"\ndevice = \"eth0\"\nonlink = true\n}"},
		{
			"10.11.0.0/16 via 192.0.2.250 mtu lock 1400 hoplimit 64 advmss lock 1360 rtt lock 300ms rttvar 250ms reordering lock 5 window 30000",
			"route \"10.11.0.0/16\" {\n" + via + "\nmtu = 1400\nhoplimit = 64\nadvmss = 1360\nrtt = \"300ms\"\nrttvar = \"250ms\"\nreordering = 5\nwindow = 30000\n" +
				"lock = [\"mtu\", \"advmss\", \"rtt\", \"reordering\"]\n}",
		},
		{
			"10.12.0.0/16 via 192.0.2.250 cwnd lock 12 ssthresh lock 11 initcwnd 13 initrwnd 14 rto_min lock 250ms features ecn quickack 1 congctl lock reno fastopen_no_cookie 1",
			"route \"10.12.0.0/16\" {\n" + via + "\ncwnd = 12\nssthresh = 11\ninitcwnd = 13\ninitrwnd = 14\nrto_min = \"250ms\"\necn = true\nquickack = true\n" +
				"congctl = \"reno\"\nfastopen_no_cookie = true\nlock = [\"cwnd\", \"ssthresh\", \"congctl\"]\n}",
		},
		{"10.13.0.0/16 via 192.0.2.250 realms 3/7", "route \"10.13.0.0/16\" {\n" + via + "\nrealms = \"3/7\"\n}"},
		{
			"10.15.0.0/16 nexthop via 192.0.2.250 dev eth0 weight 3 nexthop via 192.0.2.251 dev eth0",
			"route \"10.15.0.0/16\" {\nnext_hop {\n" + via + "\nweight = 3\n}\nnext_hop {\ngateway = \"192.0.2.251\"\n}\n}",
		},
		{
			"10.16.0.0/16 nexthop via 203.0.113.1 dev eth0 onlink realms 5 nexthop via 192.0.2.251 dev eth0 weight 9",
			"route \"10.16.0.0/16\" {\nnext_hop {\ngateway = \"203.0.113.1\"\ndevice = \"eth0\"\nonlink = true\nrealms = 5\n}\nnext_hop {\ngateway = \"192.0.2.251\"\nweight = 9\n}\n}",
		},
		{
			"10.17.0.0/16 dev eth0 scope link encap ip id 7 dst 198.51.100.9 src 192.0.2.11 ttl 64 tos 8",
			"route \"10.17.0.0/16\" {\ndevice = \"eth0\"\nencap \"ip\" {\nid = 7\ndestination = \"198.51.100.9\"\nsource = \"192.0.2.11\"\nttl = 64\ntos = 8\n}\n}",
		},
		{"2001:db8:1::/48 via 2001:db8::250", `route "2001:db8:1::/48" { gateway = "2001:db8::250" }`},
		{"2001:db8:2::/48 dev eth0 pref high metric 9", "route \"2001:db8:2::/48\" {\ndevice = \"eth0\"\npreference = \"high\"\nmetric = 9\n}"},
		{"2001:db8:3::/48 from 2001:db8:9::/48 via 2001:db8::250", "route \"2001:db8:3::/48\" {\nfrom = \"2001:db8:9::/48\"\ngateway = \"2001:db8::250\"\n}"},
		{"blackhole 2001:db8:4::/48", `route "2001:db8:4::/48" { type = "blackhole" }`},
		{
			"2001:db8:5::/48 nexthop via 2001:db8::250 dev eth0 weight 3 nexthop via 2001:db8::251 dev eth0",
			"route \"2001:db8:5::/48\" {\nnext_hop {\ngateway = \"2001:db8::250\"\nweight = 3\n}\nnext_hop {\ngateway = \"2001:db8::251\"\n}\n}",
		},
	}
}

// rulesTwice has all options of keepalived's rules that have a place here.
func rulesTwice() []twice {
	const table = "table = 100\n"
	rule := func(priority int, rest string) string {
		return fmt.Sprintf("rule \"r%d\" {\npriority = %d\n%s\n}", priority, priority, rest)
	}
	return []twice{
		{"from 192.0.2.0/24 to 198.51.100.7 table 100 priority 1000", rule(1000, table+"from = \"192.0.2.0/24\"\nto = \"198.51.100.7/32\"")},
		{"not from 192.0.2.0/24 table 100 priority 1001", rule(1001, table+"not = true\nfrom = \"192.0.2.0/24\"")},
		{"from all iif lo oif eth0 lookup 100 priority 1002", rule(1002, table+"iif = \"lo\"\noif = \"eth0\"")},
		{"from all fwmark 7/0xff table 100 priority 1003", rule(1003, table+"mark = 7\nmask = 255")},
		{"from all tos 0x10 table 100 priority 1004", rule(1004, table+"tos = 16")},
		{"from all tunnel-id 42 table 100 priority 1005", rule(1005, table+"tunnel_id = 42")},
		{"from all uidrange 1000-1999 table 100 priority 1006", rule(1006, table+"uids = \"1000-1999\"")},
		{"from all l3mdev priority 1007", rule(1007, `action = "l3mdev"`)},
		{"from all ipproto tcp sport 1024-65534 dport 443-443 table 100 priority 1008", rule(1008, table+"protocol = \"tcp\"\nsport = \"1024-65534\"\ndport = 443")},
		{"from 192.0.2.0/24 table main suppress_prefixlength 0 priority 1009", rule(1009, "table = \"main\"\nfrom = \"192.0.2.0/24\"\nsuppress_prefixlength = 0")},
		{"from 192.0.2.0/24 table main suppress_ifgroup 7 priority 1010", rule(1010, "table = \"main\"\nfrom = \"192.0.2.0/24\"\nsuppress_ifgroup = 7")},
		{"from 192.0.2.0/24 table 100 realms 3/7 priority 1011", rule(1011, table+"from = \"192.0.2.0/24\"\nrealms = \"3/7\"")},
		{"from 192.0.2.0/24 goto 1020 priority 1012", rule(1012, "action = \"goto\"\nfrom = \"192.0.2.0/24\"\ngoto = 1020")},
		{"from 192.0.2.0/24 nop priority 1013", rule(1013, "action = \"nop\"\nfrom = \"192.0.2.0/24\"")},
		{"from 198.18.0.0/16 blackhole priority 1020", rule(1020, "action = \"blackhole\"\nfrom = \"198.18.0.0/16\"")},
		{"from 198.18.0.0/16 unreachable priority 1021", rule(1021, "action = \"unreachable\"\nfrom = \"198.18.0.0/16\"")},
		{"from 198.18.0.0/16 prohibit priority 1022", rule(1022, "action = \"prohibit\"\nfrom = \"198.18.0.0/16\"")},
		{"from 2001:db8:9::/48 to 2001:db8:1::/48 table 100 priority 1000", "rule \"six\" {\npriority = 1000\nfrom = \"2001:db8:9::/48\"\nto = \"2001:db8:1::/48\"\ntable = 100\n}"},
	}
}

// TestRoutesAndRulesAsKeepalivedMakesThem: the same routes and rules in both languages, always there and of a VIP, look the same
// to ip(8).
func TestRoutesAndRulesAsKeepalivedMakesThem(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	together(t, map[string]func(*testing.T){
		"static":  func(t *testing.T) { asKeepalived(t, "static") },
		"virtual": func(t *testing.T) { asKeepalived(t, "virtual") },
	})
}

func asKeepalived(t *testing.T, kind string) {
	t.Helper()
	routes, rules := routesTwice(), rulesTwice()
	r := newRig(t, ourRoutes(kind, routes, rules))
	d := r.director("lb1")
	d.start()
	d.becomes("Active")
	d.settled()

	other := newRig(t, ourRoutes(kind, routes, rules)) // a LAN of its own: both are Active
	k := &keepalived{Host: other.host("lb1"), t: t, dir: filepath.Join(other.dir, "keepalived")}
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.path("keepalived.conf"), []byte(keepalivedRoutes(kind, routes, rules)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.stop()
		if t.Failed() {
			t.Logf("keepalived said:\n%s", k.log())
		}
	})
	k.start()

	want := marked(t, d.Host, "112")
	if got := len(want); got < len(routes)+len(rules) {
		t.Errorf("ha made %d objects of %d", got, len(routes)+len(rules))
	}
	var got []string
	defer func() {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-ha +keepalived:\n%s", d)
		}
	}()
	netlab.WaitFor(t, patience, "keepalived to have made the same", func() bool {
		got = marked(t, k.Host, "18")
		return slices.Equal(got, want)
	})
}

// marked are the routes and rules that carry a protocol number, without it; the ways of a route stand in one line with it.
func marked(t *testing.T, h *netlab.Host, protocol string) []string {
	t.Helper()
	var list []string
	for _, question := range []string{"route show table all", "-6 route show table all", "rule show", "-6 rule show"} {
		text := strings.ReplaceAll(ask(t, h, "-N -d "+question), "\n\tnexthop", " nexthop")
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			if i := slices.Index(words, "proto"); i >= 0 && i+1 < len(words) && words[i+1] == protocol {
				list = append(list, strings.SplitN(question, " ", 2)[0]+" "+strings.Join(slices.Delete(words, i, i+2), " "))
			}
		}
	}
	slices.Sort(list)
	return list
}

func ourRoutes(kind string, routes, rules []twice) string {
	var b strings.Builder
	b.WriteString("cluster { name = \"twice\" }\nnode \"lb1\" {\naddress = \"192.0.2.11\"\ninterface = \"eth0\"\n}\nvip \"test\" {\nvrid = 51\ninterval = \"100ms\"\naddresses = [\"192.0.2.1/32\"]\n")
	if kind == "static" {
		b.WriteString("}\nstatic \"all\" {\n")
	}
	for _, x := range append(routes, rules...) {
		b.WriteString(x.ours + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func keepalivedRoutes(kind string, routes, rules []twice) string {
	var entries strings.Builder
	for i, list := range [][]twice{routes, rules} {
		fmt.Fprintf(&entries, "%s_%s {\n", kind, []string{"routes", "rules"}[i])
		for _, x := range list {
			entries.WriteString("  " + x.keepalived + "\n")
		}
		entries.WriteString("}\n")
	}
	instance := "vrrp_instance test {\n interface eth0\n state MASTER\n version 3\n virtual_router_id 51\n priority 150\n advert_int 0.1\n virtual_ipaddress {\n  192.0.2.1/32\n }\n"
	if kind == "static" {
		return entries.String() + instance + "}\n"
	}
	return instance + entries.String() + "}\n"
}
