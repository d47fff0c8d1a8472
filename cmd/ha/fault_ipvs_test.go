package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// balancedText is a director before two servers that answer directly.
const balancedText = `
cluster { name = "balanced" }
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
  addresses = ["192.0.2.1/32"]
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  scheduler  = "rr"
  forwarding = "dr"
  check "tcp" {
    interval = "300ms"
    timeout  = "2s"
    rise     = 1
    fall     = 2
  }
  server "web1" {
    address = "192.0.2.31:80"
    weight  = 10
  }
  server "web2" {
    address = "192.0.2.32:80"
    weight  = 10
  }
}
`

// realServer answers every connection to the VIP, on port 80, with its name, until it is closed.
type realServer struct {
	name     string
	host     *netlab.Host
	listener net.Listener
	done     chan struct{}
}

// realServer puts a server on the LAN as direct routing needs it: the VIP on lo, silent about it.
func (r *rig) realServer(name, address string) *realServer {
	r.t.Helper()
	host := r.lan.MustAdd(r.t, name, address+"/24")
	for _, key := range []string{"all.arp_ignore=1", "all.arp_announce=2"} {
		name, value, _ := strings.Cut(key, "=")
		sysctl(r.t, host, "net.ipv4.conf."+name, value)
	}
	s := &realServer{name: name, host: host}
	s.vip(r.t, true)
	s.open(r.t)
	r.t.Cleanup(s.close)
	return s
}

// open lets the server answer, again when it was closed.
func (s *realServer) open(t *testing.T) {
	t.Helper()
	s.done = make(chan struct{})
	if err := s.host.Do(func() (err error) { s.listener, err = net.Listen("tcp4", ":80"); return err }); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return // closed
			}
			_, _ = io.WriteString(conn, s.name) // the client notices what is missing
			_ = conn.Close()                    // as above
		}
	}()
}

// vip gives the server the VIP, or takes it away.
func (s *realServer) vip(t *testing.T, holds bool) {
	t.Helper()
	lo, err := s.host.Addresses("lo")
	if err != nil {
		t.Fatal(err)
	}
	defer lo.Close()
	change := lo.Add
	if !holds {
		change = lo.Remove
	}
	if err := change(netip.MustParsePrefix("192.0.2.1/32")); err != nil {
		t.Fatal(err)
	}
}

func (s *realServer) close() { _ = s.listener.Close(); <-s.done } // nothing is lost

// ask connects to the VIP once and returns who answered.
func (r *rig) ask() (name string, err error) {
	err = r.watch.Do(func() error {
		conn, err := net.DialTimeout("tcp", "192.0.2.1:80", 5*time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		text, err := io.ReadAll(conn)
		name = string(text)
		return err
	})
	return name, err
}

// ipvsadm is a second pair of eyes, and the hands that change IPVS.
func ipvsadm(t *testing.T, h *netlab.Host, args ...string) string {
	t.Helper()
	out, err := h.Command(t.Context(), "ipvsadm", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ipvsadm %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// balances tells whether ipvsadm shows the service with exactly these servers, as address:port weight.
func balances(t *testing.T, h *netlab.Host, servers ...string) bool {
	t.Helper()
	got, service := balanced(t, h)
	return service && slices.Equal(got, servers)
}

// balanced reads the servers of the service through ipvsadm, as address:port weight, and whether the service is there.
func balanced(t *testing.T, h *netlab.Host) (got []string, service bool) {
	t.Helper()
	for line := range strings.Lines(ipvsadm(t, h, "--save", "--numeric")) {
		fields := strings.Fields(line)
		at := slices.Index(fields, "-t")
		if at < 0 || at+1 >= len(fields) || fields[at+1] != "192.0.2.1:80" {
			continue
		}
		switch fields[0] {
		case "-A":
			service = strings.HasPrefix(line, "-A -t 192.0.2.1:80 -s rr")
		case "-a":
			server, weight := slices.Index(fields, "-r"), slices.Index(fields, "-w")
			if server < 0 || weight < 0 || !slices.Contains(fields, "-g") {
				t.Fatalf("ipvsadm prints %q", line)
			}
			got = append(got, fields[server+1]+" "+fields[weight+1])
		}
	}
	slices.Sort(got)
	return got, service
}

// What hands change in IPVS, of which the kernel tells nothing, is put right; what is not ha's stays; clients reach
// the servers through the VIP all the while, also when one of them dies.
func TestIPVSIsKeptAsPlanned(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	r := newRig(t, balancedText)
	web1, web2 := r.realServer("web1", "192.0.2.31"), r.realServer("web2", "192.0.2.32")
	d := r.director("a")
	ipvsadm(t, d.Host, "-A", "-t", "192.0.2.77:53", "-s", "wlc")
	ipvsadm(t, d.Host, "-a", "-t", "192.0.2.77:53", "-r", "192.0.2.31:53", "-g", "-w", "3")
	d.start()
	d.becomes("Active")
	both := []string{"192.0.2.31:80 10", "192.0.2.32:80 10"}
	whole := func() bool { return balances(t, d.Host, both...) }
	netlab.WaitFor(t, patience, "both servers to be balanced", whole)
	answered := func(want ...string) {
		t.Helper()
		seen := map[string]bool{}
		netlab.WaitFor(t, patience, fmt.Sprintf("answers of %v alone", want), func() bool {
			clear(seen)
			for range 4 {
				name, err := r.ask()
				if err != nil {
					return false
				}
				seen[name] = true
			}
			for _, name := range want {
				if !seen[name] {
					return false
				}
			}
			return len(seen) == len(want)
		})
	}
	answered("web1", "web2")

	corrections := d.status().Corrections
	for _, hand := range [][]string{
		{"-d", "-t", "192.0.2.1:80", "-r", "192.0.2.31:80"},
		{"-e", "-t", "192.0.2.1:80", "-r", "192.0.2.32:80", "-g", "-w", "1"},
		{"-E", "-t", "192.0.2.1:80", "-s", "lc"},
		{"-D", "-t", "192.0.2.1:80"},
		{"-a", "-t", "192.0.2.1:80", "-r", "192.0.2.33:80", "-g", "-w", "1"},
	} {
		ipvsadm(t, d.Host, hand...)
		netlab.WaitFor(t, patience, "what was changed by hand to be put right: "+strings.Join(hand, " "), whole)
		netlab.WaitFor(t, patience, "the correction to be told", func() bool { return d.status().Corrections > corrections })
		corrections = d.status().Corrections
		answered("web1", "web2")
	}

	web2.close()
	netlab.WaitFor(t, patience, "the dead server to leave", func() bool { return balances(t, d.Host, both[0]) })
	answered("web1")
	d.settled()
	if got := ipvsadm(t, d.Host, "--save", "--numeric"); !strings.Contains(got, "-A -t 192.0.2.77:53 -s wlc") ||
		!strings.Contains(got, "-a -t 192.0.2.77:53 -r 192.0.2.31:53 -g -w 3") {
		t.Errorf("the foreign service is not as it was:\n%s", got)
	}

	// A restart takes up IPVS as it is: nobody is turned away meanwhile.
	d.crash()
	if name, err := r.ask(); err != nil || name != web1.name {
		t.Errorf("while no enforcer runs: %q, %v", name, err)
	}
	d.spawn()
	d.answers()
	// A server that was gone is unknown until it is probed: it is shown, and takes nothing.
	if got, service := balanced(t, d.Host); !service ||
		!slices.Equal(got, both[:1]) && !slices.Equal(got, []string{both[0], "192.0.2.32:80 0"}) {
		t.Errorf("the restart changed what was balanced: %q, service %t", got, service)
	}
	netlab.WaitFor(t, patience, "the dead server to leave again", func() bool { return balances(t, d.Host, both[0]) })
	d.becomes("Active")
	answered("web1")
	d.stop()
	if !balances(t, d.Host, both[0]) {
		t.Error("a clean stop changed what was balanced")
	}
}
