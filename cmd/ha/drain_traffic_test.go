package main

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// held opens connections to the VIP until one is answered by a server, and keeps it open. With direct routing the director sees
// the client's packets alone: the connection ends for it when the client closes it.
func (r *rig) held(server string) (conn net.Conn) {
	r.t.Helper()
	netlab.WaitFor(r.t, patience, "a connection to "+server, func() bool {
		var c net.Conn
		name := make([]byte, 4)
		err := r.watch.Do(func() (err error) {
			if c, err = net.DialTimeout("tcp", "192.0.2.1:80", 5*time.Second); err != nil {
				return err
			}
			if err = c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
				return err
			}
			_, err = io.ReadFull(c, name)
			return err
		})
		if err == nil && string(name) == server {
			conn = c
			return true
		}
		if c != nil {
			_ = c.Close() // another server's
		}
		return false
	})
	return conn
}

// A server that leaves the configuration keeps its connection in a real IPVS and gets no new ones; it goes when the client closes
// the connection, or at the deadline.
func TestAServerDrainsInIPVS(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	const second = "  server \"web2\" {\n    address = \"192.0.2.32:80\"\n    weight  = 10\n  }\n"
	both := strings.Replace(balancedText, "  forwarding = \"dr\"\n", "  forwarding = \"dr\"\n  drain      = \"1h\"\n", 1)
	shortly := strings.Replace(both, `"1h"`, `"3s"`, 1)
	r := newRig(t, both)
	r.realServer("web1", "192.0.2.31")
	r.realServer("web2", "192.0.2.32")
	d := r.director("a")
	d.start()
	d.becomes("Active")
	whole := func() bool { return balances(t, d.Host, "192.0.2.31:80 10", "192.0.2.32:80 10") }
	alone := func() bool { return balances(t, d.Host, "192.0.2.31:80 10") }
	drains := func() bool { return balances(t, d.Host, "192.0.2.31:80 10", "192.0.2.32:80 0") }
	compiled := func(text string) json.RawMessage { return compile(t, loadText(t, text), "a") }
	leave := func(text string) (ended chan error) {
		ended = make(chan error, 1)
		config := compiled(strings.Replace(text, second, "", 1))
		go func() {
			_, err := d.apply(config)
			ended <- err
		}()
		netlab.WaitFor(t, patience, "web2 to take nothing new", drains)
		return ended
	}
	netlab.WaitFor(t, patience, "both servers to be balanced", whole)

	conn := r.held("web2")
	ended := leave(both)
	for range 4 {
		if name, err := r.ask(); err != nil || name != "web1" {
			t.Errorf("a new connection is answered by %q, %v", name, err)
		}
	}
	netlab.WaitFor(t, patience, "the connection to be shown", func() bool {
		rows := d.status().Pools[0].Servers
		last := rows[len(rows)-1]
		return last.Name == "web2" && last.State == "leaving" && last.Active == 1
	})
	if !drains() {
		t.Error("it left although it has a connection")
	}
	_ = conn.Close() // the director hears of it
	netlab.WaitFor(t, patience, "web2 to leave with its last connection", alone)
	if err := <-ended; err != nil {
		t.Error(err)
	}

	d.mustApply(compiled(shortly))
	netlab.WaitFor(t, patience, "both servers to be balanced again", whole)
	conn = r.held("web2")
	defer conn.Close()
	ended = leave(shortly)
	netlab.WaitFor(t, patience, "web2 to leave at the deadline", alone)
	if err := <-ended; err != nil {
		t.Error(err)
	}

	// By hand: set aside for a while, and as configured again.
	if _, err := d.client().Suspend(t.Context(), control.SuspendRequest{Server: "web/web1", Weight: 3, For: time.Hour, Reason: "test"}); err != nil {
		t.Error(err)
	}
	netlab.WaitFor(t, patience, "the weight to be set", func() bool { return balances(t, d.Host, "192.0.2.31:80 3") })
	d.settled()
	if _, err := d.client().Resume(t.Context(), control.ResumeRequest{Server: "web/web1"}); err != nil {
		t.Error(err)
	}
	netlab.WaitFor(t, patience, "the weight to be as configured", alone)
}
