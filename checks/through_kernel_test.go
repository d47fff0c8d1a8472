package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"ha/checks/path"
	"ha/enforcer/netlab"
)

// A director that holds the VIP asks a server for it, in every way that kinds of check talk: over connections, with datagrams, and
// with connections that are only opened. A server that is healthy and does not hold the VIP fails.
func TestChecksByWayOfAServer(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	lan := netlab.NewTestLAN(t)
	director, server := lan.MustAdd(t, "director", "10.9.0.1/24", "10.9.0.80/32"), lan.MustAdd(t, "server", "10.9.0.2/24")
	setUp(t, server, "sysctl -qw net.ipv4.conf.all.arp_ignore=1", "ip address add 10.9.0.80/32 dev lo")
	serveEverything(t, server)
	ways := map[string]Config{}
	for _, kind := range []string{"tcp", "http", "dns"} {
		c := target(kind, "10.9.0.80:80")
		c.Through = path.Through{Server: netip.MustParseAddr("10.9.0.2"), How: path.DR}
		ways[kind] = c
	}
	ways["http"].HTTP.Status = []StatusRange{{200, 200}}
	ways["http"].HTTP.Contains = "the end"
	ways["dns"].DNS.Rcodes = []string{"NOERROR"}
	probe := func(c Config, within time.Duration) error {
		check, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		return director.Do(func() error {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			return check.Probe(ctx)
		})
	}
	for kind, c := range ways {
		if err := probe(c, 30*time.Second); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	refused := ways["tcp"]
	refused.Target = netip.MustParseAddrPort("10.9.0.80:81")
	if err := probe(refused, 30*time.Second); err == nil || err.Error() != "connect to 10.9.0.80:81 by way of 10.9.0.2 (dr): connection refused" {
		t.Errorf("a port that nobody listens to: %v", err)
	}
	setUp(t, server, "ip address del 10.9.0.80/32 dev lo")
	for kind, c := range ways {
		if err := probe(c, time.Second); err == nil || errors.As(err, new(*Unable)) {
			t.Errorf("%s to a server without the VIP: %v", kind, err)
		}
	}
}

func setUp(t *testing.T, h *netlab.Host, commands ...string) {
	t.Helper()
	for _, command := range commands {
		words := strings.Fields(command)
		if out, err := h.Command(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
}

// serveEverything answers HTTP with a long page, and DNS, on port 80 of all addresses.
func serveEverything(t *testing.T, h *netlab.Host) {
	t.Helper()
	var l net.Listener
	var u net.PacketConn
	err := h.Do(func() (err error) {
		if l, err = net.Listen("tcp4", ":80"); err != nil {
			return err
		}
		u, err = net.ListenPacket("udp4", "10.9.0.80:80")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("all is well\n", 5000), "the end")
	})}
	t.Cleanup(func() { _, _ = web.Close(), u.Close() })
	go func() { _ = web.Serve(l) }()
	go func() {
		question := make([]byte, 1500)
		for {
			n, from, err := u.ReadFrom(question)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(question[:n]) != nil {
				continue
			}
			m.Response = true
			if answer, err := m.Pack(); err == nil {
				_, _ = u.WriteTo(answer, from)
			}
		}
	}()
}
