package socket

import (
	"net/netip"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// judge is a handler that keeps what an instance says of each packet: an authentication header must be looked at
// before its memory is used again.
func judge(x *packet.Expect, verdicts chan<- packet.Drop) Handler {
	return func(p packet.Packet, drop packet.Drop) {
		if drop == packet.Accepted {
			p.At = time.Now()
			_, drop = x.Receive(p, &packet.Advert{})
		}
		verdicts <- drop
	}
}

// verdict waits for the next packet.
func verdict(t *testing.T, verdicts <-chan packet.Drop) packet.Drop {
	t.Helper()
	select {
	case drop := <-verdicts:
		return drop
	case <-time.After(5 * time.Second):
		t.Fatal("no advert arrived")
		return packet.DropShort
	}
}

// Adverts of every transport and authentication arrive through real sockets and are accepted by who expects them, and
// one call serves several peers. The TTL is 255 everywhere (L11).
func TestTransportsAndAuthentication(t *testing.T) {
	password := [packet.PasswordLen]byte{'s', '3', 'c', 'r', '3', 't'}
	key := make([]byte, packet.MinKeyLen)
	trailer := func(t *testing.T) *packet.HMAC {
		h, err := packet.NewHMAC(packet.Rules{Keys: map[uint8][]byte{1: key}, Active: 1, Window: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	tests := []struct {
		name    string
		version uint8
		sources [3]string // of a, b and c; empty: multicast
		auth    uint8
		hmac    bool
	}{
		{name: "version 2 with AH", version: 2, auth: packet.AuthHeader},
		{name: "version 3 with HMAC", version: 3, hmac: true},
		{name: "unicast version 2", version: 2, sources: v4hosts},
		{name: "unicast version 2 with a password", version: 2, sources: v4hosts, auth: packet.AuthPassword},
		{name: "unicast version 2 with AH", version: 2, sources: v4hosts, auth: packet.AuthHeader},
		{name: "unicast version 3 over IPv4", version: 3, sources: v4hosts},
		{name: "unicast version 3 over IPv4 with HMAC", version: 3, sources: v4hosts, hmac: true},
		{name: "unicast version 3 over IPv6", version: 3, sources: v6hosts},
		{name: "unicast version 3 over IPv6 with HMAC", version: 3, sources: v6hosts, hmac: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lan := netlab.NewTestLAN(t)
			hosts := [3]*netlab.Host{
				lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64"), lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64"),
				lan.MustAdd(t, "c", "192.0.2.13/24", "2001:db8::13/64"),
			}
			unicast, ipv6 := tt.sources[0] != "", tt.sources == v6hosts
			var sources [3]netip.Addr
			var all []packet.Peer
			for i, h := range hosts {
				sources[i] = sourceOf(t, h, ipv6)
				if unicast {
					sources[i] = netip.MustParseAddr(tt.sources[i])
				}
				all = append(all, packet.Peer{Address: sources[i], MinTTL: 255})
			}
			sent := advert(tt.version, 51, ipv6)
			sent.AuthType = tt.auth
			if tt.auth == packet.AuthPassword {
				sent.Auth = password
			}
			if tt.auth == packet.AuthHeader {
				sent.AH = packet.NewAH(password)
			}
			options := Options{IPv6: ipv6, AH: tt.auth == packet.AuthHeader}
			var heard [3]chan packet.Drop
			for i := 1; i < 3; i++ {
				x := packet.Expect{
					Version: tt.version, IPv6: ipv6, VRID: 51, Interval: time.Second, Source: sources[i], Addresses: sent.Addresses,
					Unicast: unicast, Peers: all, AuthType: tt.auth, Password: password,
				}
				if options.AH {
					x.AH = packet.NewAH(password)
				}
				if tt.hmac {
					x.HMAC = trailer(t)
				}
				if unicast {
					options.Source = sources[i]
				}
				heard[i] = make(chan packet.Drop, 10)
				c := open(t, hosts[i], options)
				done := make(chan error, 1)
				go func() { done <- c.Serve(judge(&x, heard[i])) }()
				t.Cleanup(func() {
					if err := c.Close(); err != nil {
						t.Error(err)
					}
					if err := <-done; err != nil {
						t.Error(err)
					}
				})
			}
			var peers []netip.Addr
			if unicast {
				options.Source, peers = sources[0], sources[1:]
			}
			from := open(t, hosts[0], options)
			if tt.hmac {
				if err := trailer(t).Sign(sent, sources[0], time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if err := from.Send(sent, sources[0], peers...); err != nil {
					t.Fatal(err)
				}
			}
			again := packet.Accepted
			if tt.hmac {
				again = packet.DropReplay // it was signed once
			}
			for i := 1; i < 3; i++ {
				for _, want := range []packet.Drop{packet.Accepted, again} {
					if got := verdict(t, heard[i]); got != want {
						t.Errorf("host %d: got %v, want %v", i, got, want)
					}
				}
			}
		})
	}
}

var (
	v4hosts = [3]string{"192.0.2.11", "192.0.2.12", "192.0.2.13"}
	v6hosts = [3]string{"2001:db8::11", "2001:db8::12", "2001:db8::13"}
)

// Each transport has its own socket: what is for the group, for us or behind an authentication header arrives at one
// only.
func TestTransportsAreApart(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b", "192.0.2.12/24")
	us, them := netip.MustParseAddr("192.0.2.12"), netip.MustParseAddr("192.0.2.11")
	_, group := serve(t, b, Options{})
	_, ah := serve(t, b, Options{AH: true})
	_, unicast := serve(t, b, Options{Source: us})
	from := open(t, a, Options{})
	if err := from.Send(advert(3, 1, false), them); err != nil {
		t.Fatal(err)
	}
	if err := from.Send(advert(3, 2, false), them, us); err != nil {
		t.Fatal(err)
	}
	sealed := advert(2, 3, false)
	sealed.AuthType, sealed.AH = packet.AuthHeader, packet.NewAH([packet.PasswordLen]byte{1})
	if err := open(t, a, Options{AH: true}).Send(sealed, them); err != nil {
		t.Fatal(err)
	}
	for vrid, l := range map[uint8]*listener{1: group, 2: unicast, 3: ah} {
		if got := l.wait(t, 1); len(got) != 1 || got[0].VRID() != vrid {
			t.Errorf("want one advert for VRID %d, got %+v", vrid, got)
		}
	}
}

func TestUnicastSource(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a := lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64")
	for source, there := range map[string]bool{"192.0.2.11": true, "2001:db8::11": true, "192.0.2.99": false, "2001:db8::99": false} {
		addr := netip.MustParseAddr(source)
		err := a.Do(func() error { return CheckSource("eth0", addr) })
		if (err == nil) != there {
			t.Errorf("%s: %v, want it to be there: %v", source, err, there)
		}
		open(t, a, Options{IPv6: addr.Is6(), Source: addr}) // also what is not there yet
	}
	for _, o := range []Options{{IPv6: true, Source: netip.MustParseAddr("192.0.2.11")}, {IPv6: true, AH: true}} {
		o.Interface = "eth0"
		var c *Conn
		if err := a.Do(func() (err error) { c, err = Open(o); return err }); err == nil {
			t.Errorf("opened %+v with %+v", c, o)
		}
	}
}
