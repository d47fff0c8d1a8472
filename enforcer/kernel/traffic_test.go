package kernel_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"ha/enforcer/kernel"
	"ha/enforcer/netlab"
	"ha/planner"
)

// TestTrafficIsBalancedAndCounted opens a connection through a virtual server, drains its real server and takes it away.
func TestTrafficIsBalancedAndCounted(t *testing.T) {
	netlab.Need(t, "root", "ipvs")
	ns := namespace(t)
	k := open(t, ns)
	web := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.1:80")}
	server := planner.RealServerKey{Service: web, Server: netip.MustParseAddrPort("192.0.2.2:8080")}
	apply(t, k,
		create(planner.AddressKey{Device: "lo", Prefix: netip.MustParsePrefix("192.0.2.1/32")}, planner.Address{}),
		create(planner.AddressKey{Device: "lo", Prefix: netip.MustParsePrefix("192.0.2.2/32")}, planner.Address{}),
		create(web, planner.VirtualServer{Scheduler: "rr"}),
		create(server, planner.RealServer{Weight: 1, Forwarding: planner.NAT}))

	var listener net.Listener
	byHand(t, ns.Do(func() (err error) {
		listener, err = net.Listen("tcp", server.Server.String())
		return err
	}))
	defer listener.Close()
	dial := func() (conn net.Conn, err error) {
		err = ns.Do(func() error {
			conn, err = net.DialTimeout("tcp", web.Addr.String(), 5*time.Second)
			return err
		})
		return conn, err
	}
	client, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	served, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()

	// The kernel adds counters up every two seconds; connections read at once.
	var stats kernel.RealServerStats
	netlab.WaitFor(t, 10*time.Second, "the connection to be counted", func() bool {
		all, err := k.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stats = all.Servers[server]
		return stats.Active == 1 && stats.Totals.Connections == 1 && stats.Totals.BytesIn > 0
	})
	if stats.Inactive != 0 || stats.Persistent != 0 {
		t.Errorf("got %+v, want one active connection", stats)
	}

	// Weight 0: the connection goes on, a new one finds nobody.
	apply(t, k, planner.Change{Action: planner.Update, Key: server, After: planner.RealServer{Forwarding: planner.NAT}})
	if _, err := client.Write([]byte("still here")); err != nil {
		t.Error(err)
	}
	text := make([]byte, 10)
	byHand(t, served.SetReadDeadline(time.Now().Add(5*time.Second)))
	if n, err := served.Read(text); string(text[:n]) != "still here" || err != nil {
		t.Errorf("got %q, %v through a drained real server", text[:n], err)
	}
	if conn, err := dial(); err == nil {
		_ = conn.Close()
		t.Error("a drained real server takes new connections")
	}
}
