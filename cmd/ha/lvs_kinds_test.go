package main

import (
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"ha/enforcer/kernel/kerneltest"
	"ha/enforcer/netlab"
)

// kindsText are pools that are more than an address, a port and a scheduler.
const kindsText = `
pool "range" {
  listen    = ["192.0.2.1:8100-8102"]
  scheduler = "rr"
  server "n1" { address = "198.51.100.31" }
  server "n2" { address = "198.51.100.32" }
}
pool "marked" {
  fwmark     = [7]
  scheduler  = "rr"
  forwarding = "dr"
  server "s1" { address = "192.0.2.31" }
  server "s2" { address = "192.0.2.32" }
}
pool "packets" {
  listen     = ["192.0.2.1:8110"]
  protocol   = "udp"
  one_packet = true
  scheduler  = "rr"
  forwarding = "dr"
  server "s1" { address = "192.0.2.31" }
  server "s2" { address = "192.0.2.32" }
  server "s3" { address = "192.0.2.33" }
}
pool "limited" {
  listen     = ["192.0.2.1:8111"]
  scheduler  = "rr"
  forwarding = "dr"
  server "s1" {
    address         = "192.0.2.31"
    upper_threshold = 2
  }
  server "s2" {
    address         = "192.0.2.32"
    upper_threshold = 1
  }
  server "s3" { address = "192.0.2.33" }
}
pool "sorry" {
  listen    = ["192.0.2.1:8112"]
  scheduler = "rr"
  check "tcp" {
    port     = 8113
    interval = "300ms"
    timeout  = "2s"
    fall     = 1
  }
  server "n1" { address = "198.51.100.31" }
  sorry { address = "198.51.100.33:8114" }
}
`

// kinds are the stories of these pools.
func (f *farm) kinds(t *testing.T) {
	t.Helper()
	ask := func(t *testing.T, port, n int) map[string]int {
		t.Helper()
		return f.calls(t, &caller{network: "tcp", to: fmt.Sprint(farmVIP, ":", port)}, n)
	}
	wants := func(t *testing.T, got map[string]int, want map[string]int) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("answers came from %v, want %v\n%s", got, want, ipvsadm(t, f.d.Host, "-Ln"))
		}
	}
	t.Run("each port of a range", func(t *testing.T) {
		for port := 8100; port <= 8102; port++ {
			for i, name := range []string{"n1", "n2"} {
				f.servers[name].serve("tcp", fmt.Sprint("198.51.100.", 31+i, ":", port))
			}
			wants(t, ask(t, port, 4), map[string]int{"n1": 2, "n2": 2})
		}
	})
	t.Run("a firewall mark gathers ports", func(t *testing.T) {
		if err := kerneltest.MarkPorts(f.d.FD(), 7, 8105, 8106); err != nil {
			t.Fatal(err)
		}
		for port := 8105; port <= 8106; port++ {
			for _, name := range []string{"s1", "s2"} {
				f.servers[name].serve("tcp", fmt.Sprint(farmVIP, ":", port))
			}
			wants(t, ask(t, port, 4), map[string]int{"s1": 2, "s2": 2})
		}
	})
	t.Run("packets of one client go to servers in turn", func(t *testing.T) {
		for _, name := range []string{"s1", "s2", "s3"} {
			f.servers[name].serve("udp", farmVIP+":8110")
		}
		wants(t, f.packets(t, farmVIP+":8110", 6), map[string]int{"s1": 2, "s2": 2, "s3": 2})
	})
	t.Run("a full server gets no more", func(t *testing.T) {
		for _, name := range []string{"s1", "s2", "s3"} {
			f.servers[name].serve("tcp", farmVIP+":8111")
		}
		who := &caller{network: "tcp", to: farmVIP + ":8111", hold: true}
		wants(t, f.calls(t, who, 7), map[string]int{"s1": 2, "s2": 1, "s3": 4})
		if err := who.leave(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the sorry server answers for all", func(t *testing.T) {
		f.servers["n3"].serve("tcp", "198.51.100.33:8114")
		netlab.WaitFor(t, patience, "the sorry server to be balanced", func() bool {
			return strings.Contains(ipvsadm(t, f.d.Host, "-Sn"), "-a -t 192.0.2.1:8112 -r 198.51.100.33:8114 -m -w 1")
		})
		wants(t, ask(t, 8112, 2), map[string]int{"n3": 2})
	})
}

// packets sends datagrams from one port, each after the answer to the one before.
func (f *farm) packets(t *testing.T, to string, n int) map[string]int {
	t.Helper()
	got := map[string]int{}
	err := f.watch.Do(func() error {
		conn, err := net.Dial("udp", to)
		if err != nil {
			return err
		}
		defer conn.Close()
		buffer := make([]byte, 64)
		for range n {
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				return err
			}
			if _, err := conn.Write([]byte("?")); err != nil {
				return err
			}
			size, err := conn.Read(buffer)
			if err != nil {
				return err
			}
			got[string(buffer[:size])]++
		}
		return nil
	})
	if err != nil {
		t.Errorf("datagrams to %s: %v (until then %v)", to, err, got)
	}
	return got
}
