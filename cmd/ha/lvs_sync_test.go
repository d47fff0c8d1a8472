package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// syncedText is two directors that tell each other of connections, before a server that answers directly.
const syncedText = `
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
settings {
  ipvs {
    udp_timeout = "1m"
    sync {
      interface = "eth0"
      follow    = vip.web
      threshold = 1
      period    = 3
    }
  }
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
  prepared   = true
  server "web1" {
    address = "192.0.2.31:80"
  }
}
`

// echo lets a server say what it hears, for as long as clients like.
func (r *rig) echo(name, address string) {
	r.t.Helper()
	s := r.realServer(name, address)
	s.close() // it would hang up
	err := s.host.Do(func() (err error) { s.listener, err = net.Listen("tcp4", ":80"); return err })
	if err != nil {
		r.t.Fatal(err)
	}
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return // closed
			}
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }() // the client notices what is missing
		}
	}()
}

// talk says something on each connection and returns how many answer.
func talk(t *testing.T, list []net.Conn) (answered int) {
	t.Helper()
	for i, conn := range list {
		text := fmt.Sprintln("connection", i)
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, len(text))
		if _, err := io.WriteString(conn, text); err != nil {
			t.Logf("connection %d: %v", i, err)
			continue
		}
		if _, err := io.ReadFull(conn, buffer); err != nil || string(buffer) != text {
			t.Logf("connection %d: %q, %v", i, buffer, err)
			continue
		}
		answered++
	}
	return answered
}

// known counts the established connections of the VIP that a director has in its table.
func known(t *testing.T, d *director) (n int) {
	t.Helper()
	for line := range strings.Lines(ipvsadm(t, d.Host, "--list", "--connection", "--numeric")) {
		if strings.Contains(line, "ESTABLISHED") && strings.Contains(line, "192.0.2.1:80") {
			n++
		}
	}
	return n
}

// Connections go on when the VIP moves and when it comes back: the other director knows them all. Without that it would answer the
// first packet with a reset, since it never saw one begin.
func TestConnectionsSurviveATakeover(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	r := newRig(t, syncedText)
	r.echo("web1", "192.0.2.31")
	a, b := r.director("a"), r.director("b")
	a.start()
	b.start()
	a.becomes("Active")
	b.becomes("Backup")
	runs := func(d *director, role string) {
		t.Helper()
		netlab.WaitFor(t, patience, "the daemon of "+d.node+" to be the "+role+" alone", func() bool {
			text := ipvsadm(t, d.Host, "--list", "--daemon")
			return strings.Count(text, "sync daemon") == 1 && strings.Contains(text, role+" sync daemon (mcast=eth0, syncid=51,")
		})
	}
	runs(a, "master")
	runs(b, "backup")
	if text := ipvsadm(t, b.Host, "--list", "--timeout"); !strings.Contains(text, "900 120 60") {
		t.Errorf("the timeouts are %q", text)
	}

	const clients = 20
	var list []net.Conn
	for range clients {
		err := r.watch.Do(func() error {
			conn, err := net.DialTimeout("tcp", "192.0.2.1:80", patience)
			if err == nil {
				list = append(list, conn)
				t.Cleanup(func() { _ = conn.Close() })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	told := func(d *director) {
		t.Helper()
		netlab.WaitFor(t, patience, d.node+" to know all connections", func() bool { return talk(t, list) == clients && known(t, d) == clients })
	}
	told(b)

	a.stop()
	b.becomes("Active")
	if n := talk(t, list); n != clients {
		t.Fatalf("after the takeover %d of %d connections go on", n, clients)
	}
	a.start()
	a.becomes("Active")
	if n := talk(t, list); n != clients {
		t.Fatalf("when the VIP is back %d of %d connections go on", n, clients)
	}
	runs(a, "master")
	runs(b, "backup")

	ipvsadm(t, b.Host, "--stop-daemon", "backup")
	runs(b, "backup")
	a.settled()
	b.settled()
}
