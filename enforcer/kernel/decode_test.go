package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/enforcer/netlab"
	"ha/planner"
)

// FuzzDecodeAddress takes any bytes for an address: nothing panics, and what decodes is written and read to the same.
func FuzzDecodeAddress(f *testing.F) {
	f.Add(appendAddress(2, planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.1/24")}, planner.Address{Label: "eth0:a", Broadcast: netip.MustParseAddr("192.0.2.255")}, time.Minute))
	f.Add(appendAddress(2, planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("2001:db8::1/128")}, planner.Address{NoDAD: true, Peer: netip.MustParsePrefix("2001:db8::2/64")}, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeAddress(b)
		if err != nil || check(create(o.key("eth0"), o.value)) != nil {
			return
		}
		again, err := decodeAddress(appendAddress(int(o.index), o.key("eth0"), o.value, 0))
		o.marked = true
		o.value = normalAddress(o.key("eth0"), o.value)
		if again != o || err != nil {
			t.Errorf("got %+v, %v\nwant %+v", again, err, o)
		}
	})
}

// FuzzDecodeRoute does the same with routes.
func FuzzDecodeRoute(f *testing.F) {
	gateway := netip.MustParseAddr("2001:db8::1")
	f.Add(appendRoute([]int{2}, planner.RouteKey{Table: 300, Destination: netip.MustParsePrefix("10.0.0.0/8"), Metric: 7}, planner.Route{Gateway: gateway, Device: "eth0", MTU: 1400, OnLink: true}, Mark))
	f.Add(appendRoute([]int{2}, planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("2001:db8::/32")}, planner.Route{Device: "eth0", Preference: planner.PreferenceLow, Metrics: planner.Metrics{RTTMS: 7, RTTVarMS: 3, ECN: true, QuickAck: true, Congestion: "reno", Locked: planner.LockRTT}}, Mark))
	f.Add(appendRoute([]int{0}, planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("::/0")}, planner.Route{Type: planner.Blackhole}, Mark))
	f.Add(appendRoute([]int{2, 3}, planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8"), TOS: 16}, planner.Route{NextHops: planner.ListOf(
		planner.NextHop{Gateway: gateway, Device: "eth0", Weight: 3, OnLink: true, Realms: 3<<16 | 4},
		planner.NextHop{Device: "eth1", Weight: 256, Encap: planner.Encap{Kind: planner.EncapMPLS, Labels: planner.ListOf[uint32](100, 200), TTL: 5}},
	)}, Mark))
	f.Add(appendRoute([]int{2}, planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("2001:db8::/32"), From: netip.MustParsePrefix("2001:db8:9::/48")}, planner.Route{
		Device: "eth0", Encap: planner.Encap{Kind: planner.EncapSegments, Segments: planner.ListOf(gateway, netip.MustParseAddr("fc00::1"))},
	}, Mark))
	f.Add(appendRoute([]int{2}, planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("2001:db8::/32")}, planner.Route{
		Device: "eth0", Encap: planner.Encap{Kind: planner.EncapIP6, ID: 7, Destination: gateway, Source: gateway, TTL: 3, TOS: 4, Flags: planner.TunnelKey},
	}, Mark))
	names := map[uint32]string{1: "lo", 2: "eth0", 3: "eth1"}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok, err := decodeRoute(b)
		if err != nil || !ok {
			return
		}
		v := o.on(names)
		if check(create(o.key, v)) != nil {
			return
		}
		index, err := indexes(v, func(name string) (int, error) {
			for i, n := range names {
				if n == name {
					return int(i), nil
				}
			}
			return 0, unix.ENODEV
		})
		if err != nil {
			t.Fatal(err)
		}
		again, ok, err := decodeRoute(appendRoute(index, o.key, v, Mark))
		key, v := normalRoute(o.key, v)
		if again.key != key || again.on(names) != v || !again.marked || !ok || err != nil {
			t.Errorf("got %+v %+v, %v, %v\nwant %+v %+v", again.key, again.on(names), ok, err, key, v)
		}
		if k, err := planner.ParseKey(key.String()); k != planner.Key(key) || err != nil {
			t.Errorf("%v reads as %v, %v", key, k, err)
		}
	})
}

// FuzzDecodeRule does the same with rules.
func FuzzDecodeRule(f *testing.F) {
	f.Add(appendRule(planner.RuleKey{Priority: 100, From: netip.MustParsePrefix("10.0.0.0/8"), Action: planner.RuleLookup, Table: 300}, Mark))
	f.Add(appendRule(planner.RuleKey{
		IPv6: true, Priority: 7, Not: true, IIF: "eth0", OIF: "lo", Mark: 1, TOS: 16, Protocol: 6, TunnelID: 9, Action: planner.RuleL3MDev,
		SPort: planner.Span{First: 1, Last: 2, Set: true}, UIDs: planner.Span{Set: true}, SuppressLength: planner.Number{Set: true},
	}, Mark))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeRule(b)
		if err != nil || !o.known {
			return
		}
		again, err := decodeRule(appendRule(o.key, o.protocol))
		if again.key != o.key || again.protocol != o.protocol || !again.known || err != nil {
			t.Errorf("got %+v, %v\nwant %+v", again, err, o)
		}
		if k, err := planner.ParseKey(o.key.String()); k != planner.Key(o.key) || err != nil {
			t.Errorf("%v reads as %v, %v", o.key, k, err)
		}
	})
}

// FuzzWatch takes any bytes for an event.
func FuzzWatch(f *testing.F) {
	f.Add(uint16(unix.RTM_NEWLINK), wire.String(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_IFNAME, "eth0"))
	f.Add(uint16(unix.RTM_NEWADDR), appendAddress(1, planner.AddressKey{Device: "lo", Prefix: netip.MustParsePrefix("::1/128")}, planner.Address{}, 0))
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		w := watcher{names: map[uint32]string{1: "lo"}}
		news, err := w.decode(syscall.NetlinkMessage{Header: syscall.NlMsghdr{Type: typ}, Data: b})
		if err != nil && len(news) > 0 {
			t.Errorf("%v comes with news: %v", err, news)
		}
	})
}

func create(key planner.Key, v any) planner.Change {
	return planner.Change{Action: planner.Create, Key: key, After: v}
}

// TestNormalIsStable: what reads back is written to the same again.
func TestNormalIsStable(t *testing.T) {
	for _, c := range []planner.Change{
		create(planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("fe80::1/64")}, planner.Address{Scope: planner.ScopeLink, Label: "x", NoDAD: true}),
		create(planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.1/24")}, planner.Address{Label: "eth0", NoDAD: true}),
		create(planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("::/0")}, planner.Route{Scope: planner.ScopeLink}),
		create(planner.SysctlKey("net.ipv4.tcp_rmem"), planner.Sysctl(" 4096\t131072 6291456\n")),
		create(planner.VirtualServerKey{FWMark: 1, IPv6: true}, planner.VirtualServer{Scheduler: "rr", Flags: 0xff}),
		create(planner.RealServerKey{}, planner.RealServer{Weight: 1}),
	} {
		key, value := Normal(c.Key, c.After)
		key2, value2 := Normal(key, value)
		if key2 != key || value2 != value {
			t.Errorf("%v %+v becomes %v %+v", key, value, key2, value2)
		}
	}
	key, value := Normal(planner.RouteKey{Table: 254, Destination: netip.MustParsePrefix("::/0")}, nil)
	if key.(planner.RouteKey).Metric != 1024 || value != nil {
		t.Errorf("got %v, %v, want metric 1024 and no value", key, value)
	}
}

func TestSysctlPath(t *testing.T) {
	for name, want := range map[planner.SysctlKey]string{
		"net.ipv4.ip_forward":              "/proc/sys/net/ipv4/ip_forward",
		"net.ipv4.conf.eth0/100.rp_filter": "/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
		"net.ipv4.conf.a/b/c.arp_ignore":   "/proc/sys/net/ipv4/conf/a.b.c/arp_ignore",
		"":                                 "",
		".":                                "",
		"net..ipv4":                        "",
		"net.//.//.etc.passwd":             "",
		"net./.x":                          "",
		"net.\x00":                         "",
	} {
		if got, err := sysctlPath(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", string(name), got, err, want)
		}
	}
}

func TestQueryFor(t *testing.T) {
	to := netip.MustParsePrefix("10.0.0.0/8")
	got := QueryFor(planner.Plan{Statics: []planner.Static{{
		Routes:  []planner.PlacedRoute{{Key: planner.RouteKey{Table: 300, Destination: to}}},
		Sysctls: []planner.PlacedSysctl{{Key: "net.ipv4.ip_forward"}},
	}}}, planner.Claims{
		Objects: map[planner.Key]planner.Claim{
			planner.RouteKey{Table: 100, Destination: to}: planner.Owned,
			planner.SysctlKey("a.b"):                      planner.Owned,
		},
		Before: map[planner.SysctlKey]planner.Sysctl{"c.d": "1"},
	})
	if !slices.Equal(got.Tables, []uint32{100, 300}) || !slices.Equal(got.Sysctls, []planner.SysctlKey{"a.b", "c.d", "net.ipv4.ip_forward"}) {
		t.Errorf("got %+v", got)
	}
}

// TestErrors: a refusal says what, why and what to do, and can be asked for its class.
func TestErrors(t *testing.T) {
	web := planner.VirtualServerKey{Protocol: planner.TCP, Addr: netip.MustParseAddrPort("192.0.2.1:80")}
	err := Refuse(create(planner.RealServerKey{Service: web, Server: web.Addr}, nil), unix.EINVAL)
	if want := "create ipvs_server|tcp|192.0.2.1:80|192.0.2.1:80: invalid argument (EINVAL): IPVS refuses this address: another family than the virtual server's needs tunnel forwarding and no sync daemon, at least one address must stand on this node (set lo up), and a GUE tunnel needs a port"; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if !errors.Is(err, unix.EINVAL) || Refuse(planner.Change{}, nil) != nil {
		t.Error("the errno is lost, or nil is an error")
	}
	if err := Refuse(planner.Change{Name: "settings", Action: planner.Update}, errors.New("no")); err.Error() != "update settings: no" {
		t.Errorf("got %v", err)
	}
}

// TestOverflowIsTold: the watch goes on after lost news, knows links that came meanwhile, and says that it must be read again.
func TestOverflowIsTold(t *testing.T) {
	netlab.Need(t, "root")
	ns, err := netlab.New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	k, err := New(Options{Namespace: ns.Path()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	sub, err := wire.Subscribe(ns.Path(), unix.NETLINK_ROUTE, 4096, unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR)
	if err != nil {
		t.Fatal(err)
	}
	numbered := func(i int) planner.AddressKey {
		return planner.AddressKey{Device: "lo", Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, 0, byte(i)}), 32)}
	}
	for i := range 100 {
		if err := k.Apply(t.Context(), create(numbered(i), planner.Address{})); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	events := make(chan Event)
	w := watcher{names: map[uint32]string{}, links: k.links}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		w.run(ctx, sub, events)
	}()
	if e := <-events; e != (Overflow{}) {
		t.Fatalf("got %+v, want an overflow", e)
	}
	if w.names[1] != "lo" {
		t.Errorf("knows %v, want lo as 1", w.names)
	}
	if err := k.Apply(t.Context(), planner.Change{Action: planner.Delete, Key: numbered(3)}); err != nil {
		t.Fatal(err)
	}
	if e := <-events; e != (Gone{Key: numbered(3)}) {
		t.Errorf("got %+v, want the news after the overflow", e)
	}
	cancel()
	if err := sub.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// TestDecodeShort cuts messages everywhere: an error, or what came before the cut, but never a panic.
func TestDecodeShort(t *testing.T) {
	b := appendAddress(2, planner.AddressKey{Device: "eth0", Prefix: netip.MustParsePrefix("192.0.2.1/24")}, planner.Address{Label: "eth0:a"}, 0)
	for n := range b {
		if _, err := decodeAddress(b[:n]); err != nil && !errors.Is(err, wire.ErrShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, broken := range [][]byte{nil, b[:7], {unix.AF_INET, 200, 0, 0, 0, 0, 0, 0}, binary.NativeEndian.AppendUint32(nil, 7)} {
		if _, err := decodeAddress(broken); !errors.Is(err, wire.ErrShort) {
			t.Errorf("% x: got %v, want %v", broken, err, wire.ErrShort)
		}
		if _, _, err := decodeLink(broken); !errors.Is(err, wire.ErrShort) {
			t.Errorf("% x as a link: got %v, want %v", broken, err, wire.ErrShort)
		}
	}
}
