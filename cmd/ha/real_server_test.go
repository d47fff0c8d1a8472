package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// serversText is a director before two servers that are nodes; the forwarding and the servers' arguments are filled in.
const serversText = `
cluster { name = "servers" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "web1" {
  address = "192.0.2.31"
  role    = "server"
}
node "web2" {
  address       = "192.0.2.32"
  role          = "server"
  vip_interface = "vips"
}
settings {
  read_back = "200ms"
}
vip "web" {
  vrid      = 51
  interval  = "1s"
  addresses = ["192.0.2.1/32", "2001:db8::1/128"]
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  scheduler  = "rr"
  forwarding = "FORWARDING"
  server "web1" {
    address = "192.0.2.31:80"
  }
  server "web2" {
    address = "192.0.2.32:80"
  }
}
pool "web6" {
  listen     = ["[2001:db8::1]:80"]
  scheduler  = "rr"
  forwarding = "FORWARDING"
  server "web1" {
    address = "[2001:db8::31]:80"
    node    = node.web1
  }
  server "web2" {
    address = "[2001:db8::32]:80"
    node    = node.web2
  }
}
`

// answers lets a host answer every connection to port 80 with its name, in both families, until the test ends.
func answers(t *testing.T, host *netlab.Host, name string) {
	t.Helper()
	var listener net.Listener
	if err := host.Do(func() (err error) { listener, err = net.Listen("tcp", ":80"); return err }); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			_, _ = io.WriteString(conn, name) // the client notices what is missing
			_ = conn.Close()                  // as above
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
}

// askAt connects once from the watching host and returns who answered.
func (r *rig) askAt(address string) (name string, err error) {
	err = r.watch.Do(func() error {
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		text, err := io.ReadAll(conn)
		name = string(text)
		return err
	})
	return name, err
}

// spread asks until each of the servers has answered as often as the others, n times in a row: nobody else answers, and no
// request is lost.
func (r *rig) spread(address string, n int, servers ...string) {
	r.t.Helper()
	count, failure := map[string]int{}, error(nil)
	netlab.WaitFor(r.t, patience, fmt.Sprintf("%d answers from each of %v at %s", n, servers, address), func() bool {
		clear(count)
		for range n * len(servers) {
			name, err := r.askAt(address)
			if failure = err; err != nil {
				return false
			}
			count[name]++
		}
		for _, name := range servers {
			if count[name] != n {
				return false
			}
		}
		return true
	})
	if failure != nil {
		r.t.Errorf("%s: %v", address, failure)
	}
}

// Directors and real servers are set up by ha alone, for direct routing and for tunnels in both families: clients reach each
// server through the VIP, what is changed by hand on a server comes back, and with the pools all of it leaves.
func TestRealServersAreSetUp(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ip", "dummy", "tunnel")
	for _, forwarding := range []string{"dr", "ipip", "gre"} {
		t.Run(forwarding, func(t *testing.T) {
			way := fmt.Sprintf("\"tunnel\"\n  tunnel {\n    type = %q\n  }", forwarding)
			if forwarding == "dr" {
				way = `"dr"`
			}
			r := newRig(t, strings.ReplaceAll(serversText, `"FORWARDING"`, way))
			d, web1, web2 := r.director("a"), r.director("web1"), r.director("web2")
			for _, server := range []*director{web1, web2} {
				// As strict as distributions are.
				sysctl(t, server.Host, "net.ipv4.conf.all.rp_filter", "1")
				answers(t, server.Host, server.node)
				server.start()
			}
			d.start()
			d.becomes("Active")
			both := func() {
				t.Helper()
				r.spread("192.0.2.1:80", 3, "web1", "web2")
				r.spread("[2001:db8::1]:80", 3, "web1", "web2")
			}
			both()

			for _, server := range []*director{web1, web2} {
				device := map[string]string{"web1 dr": "lo", "web2 dr": "vips"}[server.node+" "+forwarding]
				if device == "" {
					device = "ha-" + forwarding
				}
				hand, err := server.Addresses(device)
				if err != nil {
					t.Fatal(err)
				}
				if err := hand.Remove(netip.MustParsePrefix("192.0.2.1/32")); err != nil {
					t.Fatal(err)
				}
				if err := hand.Close(); err != nil {
					t.Fatal(err)
				}
				sysctl(t, server.Host, "net.ipv4.conf.all.arp_ignore", "0")
				netlab.WaitFor(t, patience, "the sysctl of "+server.node+" to come back", func() bool {
					return sysctl(t, server.Host, "net.ipv4.conf.all.arp_ignore", "") == "1"
				})
			}
			both()
			links := map[string]string{"dr": "vips", "ipip": "ha-ipip", "gre": "ha-gre"}
			if out, err := web2.Command(t.Context(), "ip", "link", "delete", links[forwarding]).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			both()
		})
	}
}

// mutualText is two directors that are the real servers of their pool, too.
const mutualText = `
cluster { name = "mutual" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
settings {
  read_back = "200ms"
}
vip "web" {
  vrid      = 51
  interval  = "1s"
  addresses = ["192.0.2.1/32"]
  node "a" {
    priority = 150
  }
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  scheduler  = "rr"
  forwarding = "dr"
  server "a" {
    address = "192.0.2.11:80"
  }
  server "b" {
    address = "192.0.2.12:80"
  }
}
`

// Directors that are real servers of each other answer, and balance only while they are Active: what the Active one hands to the
// other is not balanced again, before and after a takeover, and after the first one is back.
func TestDirectorsServeEachOther(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	r := newRig(t, mutualText)
	a, b := r.director("a"), r.director("b")
	for _, d := range []*director{a, b} {
		answers(t, d.Host, d.node)
		d.start()
	}
	balances := func(d *director) bool { return strings.Contains(ipvsadm(t, d.Host, "-Sn"), "-A -t 192.0.2.1:80") }
	turn := func(active, backup *director) {
		t.Helper()
		active.becomes("Active")
		backup.becomes("Backup")
		netlab.WaitFor(t, patience, "the service to stand on "+active.node+" alone", func() bool { return balances(active) && !balances(backup) })
		r.spread("192.0.2.1:80", 4, "a", "b")
	}
	turn(a, b)
	a.stop()
	b.becomes("Active")
	if balances(a) {
		t.Error("a stopped, and still balances what b hands to it")
	}
	r.spread("192.0.2.1:80", 4, "a", "b")
	a.start()
	turn(a, b)
}
