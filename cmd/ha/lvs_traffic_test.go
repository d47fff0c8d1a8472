package main

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// lvsCase is a pool, and whom the requests of clients to it reach.
type lvsCase struct {
	name       string
	scheduler  string
	forwarding string
	protocol   string
	ipv6       bool
	weights    []int                             // of servers 1, 2, 3
	extra      string                            // lines of the pool
	hold       bool                              // clients stay
	clients    int                               // that each ask in turn; 0: the kernel chooses the address of one
	requests   int                               // of each client
	want       func(got []map[string]int) string // what is wrong with the answers to each client; empty: nothing
}

// exactly wants so many answers of each server to all clients together, in the servers' order.
func exactly(want ...int) func([]map[string]int) string {
	return func(got []map[string]int) string {
		if sum := byServer(got); !slices.Equal(sum[:len(want)], want) {
			return fmt.Sprintf("the servers answered %v requests, want %v", sum, want)
		}
		return ""
	}
}

// about is exactly, but for one more or less.
func about(want ...int) func([]map[string]int) string {
	return func(got []map[string]int) string {
		for i, n := range byServer(got)[:len(want)] {
			if n < want[i]-1 || n > want[i]+1 {
				return fmt.Sprintf("the servers answered %v requests, want about %v", byServer(got), want)
			}
		}
		return ""
	}
}

// sticks wants each client with one server, and the clients with so many servers at least and at most.
func sticks(least, most int) func([]map[string]int) string {
	return func(got []map[string]int) string {
		for _, answers := range got {
			if len(answers) != 1 {
				return fmt.Sprintf("one client was answered by %v, want one server", answers)
			}
		}
		used := 0
		for _, n := range byServer(got) {
			if n > 0 {
				used++
			}
		}
		if used < least || used > most {
			return fmt.Sprintf("%d servers answered (%v), want %d to %d", used, got, least, most)
		}
		return ""
	}
}

// byServer sums up the answers of servers 1, 2 and 3.
func byServer(got []map[string]int) []int {
	sum := make([]int, 3)
	for _, answers := range got {
		for name, n := range answers {
			sum[name[1]-'1'] += n
		}
	}
	return sum
}

// lvsCases are every way to forward and every scheduler.
func lvsCases() []lvsCase {
	var list []lvsCase
	for _, forwarding := range []string{"nat", "dr", "tunnel"} {
		for _, protocol := range []string{"tcp", "udp"} {
			for _, ipv6 := range []bool{false, true} {
				name := forwarding + "-" + protocol
				if ipv6 {
					name += "6"
				}
				list = append(list, lvsCase{
					name: name, scheduler: "rr", forwarding: forwarding, protocol: protocol, ipv6: ipv6,
					weights: []int{1, 1, 1}, requests: 6, want: exactly(2, 2, 2),
				})
			}
		}
	}
	for _, tunnel := range []string{"gue", "gre"} {
		for _, ipv6 := range []bool{false, true} {
			extra := fmt.Sprintf("tunnel { type = %q }", tunnel)
			if tunnel == "gue" {
				extra = fmt.Sprintf("tunnel {\n  type = %q\n  port = %d\n}", tunnel, farmGUE)
			}
			list = append(list, lvsCase{
				name: fmt.Sprintf("%s-ipv6-%t", tunnel, ipv6), scheduler: "rr", forwarding: "tunnel", protocol: "tcp", ipv6: ipv6,
				weights: []int{1, 1, 1}, extra: extra, requests: 3, want: exactly(1, 1, 1),
			})
		}
	}
	schedule := func(scheduler string, weights []int, c lvsCase) {
		c.scheduler, c.weights = scheduler, weights
		c.name, c.forwarding, c.protocol = scheduler+c.name, "dr", "tcp"
		list = append(list, c)
	}
	schedule("wrr", []int{3, 2, 1}, lvsCase{requests: 12, want: exactly(6, 4, 2)})
	schedule("wrr", []int{0, 2, 2}, lvsCase{name: "-zero", requests: 4, want: exactly(0, 2, 2)})
	schedule("lc", []int{1, 1, 1}, lvsCase{requests: 9, hold: true, want: exactly(3, 3, 3)})
	schedule("wlc", []int{3, 2, 1}, lvsCase{requests: 12, hold: true, want: about(6, 4, 2)})
	schedule("sed", []int{3, 2, 1}, lvsCase{requests: 12, hold: true, want: about(6, 4, 2)})
	schedule("nq", []int{100, 2, 1}, lvsCase{requests: 3, hold: true, want: exactly(1, 1, 1)})
	schedule("fo", []int{1, 3, 2}, lvsCase{requests: 4, want: exactly(0, 4, 0)})
	schedule("ovf", []int{2, 3, 1}, lvsCase{requests: 8, hold: true, want: exactly(3, 4, 1)}) // one more than the weight is no overflow
	schedule("sh", []int{1, 1, 1}, lvsCase{clients: farmClients, requests: 3, want: sticks(2, 3)})
	schedule("mh", []int{1, 1, 1}, lvsCase{clients: farmClients, requests: 3, want: sticks(2, 3)})
	schedule("dh", []int{1, 1, 1}, lvsCase{clients: farmClients, requests: 2, want: sticks(1, 1)})
	schedule("lblc", []int{10, 10, 10}, lvsCase{clients: 3, requests: 2, want: sticks(1, 1)})
	schedule("lblcr", []int{10, 10, 10}, lvsCase{clients: 3, requests: 2, want: sticks(1, 1)})
	schedule("rr", []int{1, 1, 1}, lvsCase{
		name: "-persistent", extra: `persistence = "300s"`, clients: farmClients, requests: 3, want: sticks(3, 3),
	})
	return list
}

// port is that of case i.
func (c *lvsCase) port(i int) int { return 8000 + i }

// vip is the address that clients ask.
func (c *lvsCase) vip() string {
	if c.ipv6 {
		return farmVIP6
	}
	return farmVIP
}

// server is the host and the address of a server of a case.
func (c *lvsCase) server(i int) (name, address string) {
	kind, net4, net6 := "s", "192.0.2.", "2001:db8::"
	if c.forwarding == "nat" {
		kind, net4, net6 = "n", "198.51.100.", "2001:db8:1::"
	}
	if c.ipv6 {
		net4 = net6
	}
	return fmt.Sprint(kind, i+1), fmt.Sprint(net4, 31+i)
}

// poolText is the pool of case i.
func (c *lvsCase) poolText(i int) string {
	var b strings.Builder
	port := fmt.Sprint(c.port(i))
	fmt.Fprintf(&b, "pool %q {\n  listen = [%q]\n  protocol = %q\n  scheduler = %q\n  forwarding = %q\n  %s\n",
		c.name, net.JoinHostPort(c.vip(), port), c.protocol, c.scheduler, c.forwarding, c.extra)
	for s, weight := range c.weights {
		name, address := c.server(s)
		fmt.Fprintf(&b, "  server %q {\n    address = %q\n    weight = %d\n  }\n", name, net.JoinHostPort(address, port), weight)
	}
	b.WriteString("}\n")
	return b.String()
}

// farmText is the node and its VIP.
const farmText = `
cluster { name = "farm" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
settings {
  read_back = "200ms"
}
vip "web" {
  vrid      = 51
  interval  = "1s"
  addresses = ["192.0.2.1/32", "192.0.2.2/32", "2001:db8::1/128"]
}
`

// Clients reach the servers through every kind of pool, and each server gets what its scheduler says.
func TestTrafficReachesServers(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm", "ip")
	cases := lvsCases()
	text := farmText + kindsText
	for i := range cases {
		text += cases[i].poolText(i)
	}
	f := newFarm(t, text)
	f.d.start()
	f.d.becomes("Active")
	f.d.settled()
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) { c.run(t, f, i) })
	}
	f.kinds(t)
	f.d.settled()
}

// run lets clients ask the servers of case i, and compares whom they reached with what the servers counted.
func (c *lvsCase) run(t *testing.T, f *farm, i int) {
	t.Helper()
	port := fmt.Sprint(c.port(i))
	at := map[string]string{} // where each server answers
	for s := range c.weights {
		name, address := c.server(s)
		if c.forwarding != "nat" {
			address = c.vip()
		}
		at[name] = net.JoinHostPort(address, port)
		f.servers[name].serve(c.protocol, at[name])
	}
	var got []map[string]int
	for n := range max(c.clients, 1) {
		who := &caller{network: c.protocol, to: net.JoinHostPort(c.vip(), port), hold: c.hold}
		if c.clients > 0 {
			who.from = netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 200+n))
		}
		got = append(got, f.calls(t, who, c.requests))
		defer func() {
			if err := who.leave(); err != nil {
				t.Error(err)
			}
		}()
	}
	if wrong := c.want(got); wrong != "" {
		t.Errorf("%s: %s\n%s", c.name, wrong, ipvsadm(t, f.d.Host, "-Ln", "--stats"))
	}
	counted := map[string]int{}
	for name, where := range at {
		if n := f.servers[name].answered(c.protocol, where); n > 0 {
			counted[name] = n
		}
	}
	told := map[string]int{}
	for _, answers := range got {
		for name, n := range answers {
			told[name] += n
		}
	}
	if !maps.Equal(counted, told) {
		t.Errorf("the servers counted %v, the clients %v", counted, told)
	}
}
