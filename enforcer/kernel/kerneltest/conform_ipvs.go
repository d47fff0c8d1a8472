package kerneltest

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// ConformIPVS holds a kernel that has IPVS to what ha relies on. Each part gets a machine of its own.
func ConformIPVS(t *testing.T, newKernel func(*testing.T) Kernel) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Kernel)
	}{
		{"virtual servers read back as written", virtualServersReadBack},
		{"virtual servers are edited in place", virtualServersEdited},
		{"virtual servers that cannot be", virtualServersImpossible},
		{"real servers read back as written", realServersReadBack},
		{"real servers are edited in place", realServersEdited},
		{"real servers that cannot be", realServersImpossible},
		{"real servers need their virtual server", realServersNeedService},
		{"real servers of another family are for tunnels", realServersMixed},
		{"a virtual server takes its real servers along", serviceTakesServers},
		{"a batch of hundreds", ipvsBatch},
		{"statistics of real servers", statistics},
		{"the table is emptied", tableFlushed},
		{"timeouts of connections", timeoutsSet},
		{"sync daemons read back as written", syncReadsBack},
		{"sync daemons are replaced", syncReplaced},
		{"sync daemons that cannot be", syncImpossible},
		{"sync daemons and mixed families exclude each other", syncExcludesMixed},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, newKernel(t)) })
	}
}

// ConformNoIPVS holds a kernel without IPVS to a clear answer, and to VIPs that work all the same.
func ConformNoIPVS(t *testing.T, newKernel func(*testing.T) Kernel) {
	k := newKernel(t)
	s := read(t, k, kernel.Query{})
	only, err := k.ReadIPVS(t.Context())
	if s.NoIPVS == "" || only.NoIPVS != s.NoIPVS || err != nil || s.VirtualServers != nil {
		t.Errorf("NoIPVS is %q, from ReadIPVS %q (%v): want the same words", s.NoIPVS, only.NoIPVS, err)
	}
	refuses(t, k, create(service("tcp", "192.0.2.1:80"), planner.VirtualServer{Scheduler: "rr"}), errors.ErrUnsupported)
	if _, err := k.Stats(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Stats: %v, want %v", err, errors.ErrUnsupported)
	}
	if err := k.FlushIPVS(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("FlushIPVS: %v, want %v", err, errors.ErrUnsupported)
	}
	apply(t, k, create(address("eth0", "192.0.2.1/32"), planner.Address{}))
}

func service(protocol, addr string) planner.VirtualServerKey {
	p := map[string]planner.Protocol{"tcp": planner.TCP, "udp": planner.UDP, "sctp": planner.SCTP}[protocol]
	return planner.VirtualServerKey{Protocol: p, Addr: netip.MustParseAddrPort(addr)}
}

func server(of planner.VirtualServerKey, addr string) planner.RealServerKey {
	return planner.RealServerKey{Service: of, Server: netip.MustParseAddrPort(addr)}
}

// balanced are virtual servers with every field that can be set.
func balanced() map[planner.VirtualServerKey]planner.VirtualServer {
	all := map[planner.VirtualServerKey]planner.VirtualServer{
		service("tcp", "192.0.2.1:80"):        {Scheduler: "rr", Netmask: 32},
		service("udp", "192.0.2.1:80"):        {Scheduler: "rr", Flags: 4},
		service("sctp", "192.0.2.1:80"):       {Scheduler: "wlc", Netmask: 32},
		service("tcp", "192.0.2.1:81"):        {Scheduler: "wrr", Persistence: 50 * time.Second, Netmask: 24},
		service("tcp", "192.0.2.1:0"):         {Scheduler: "wrr", Persistence: time.Hour},
		service("tcp", "[2001:db8::1]:80"):    {Scheduler: "lc", Netmask: 128},
		service("udp", "[2001:db8::1]:53"):    {Scheduler: "sed", Persistence: time.Second, Netmask: 64},
		service("tcp", "[2001:db8::1]:0"):     {Scheduler: "nq", Persistence: 24 * time.Hour},
		service("tcp", "192.0.2.2:443"):       {Scheduler: "sh", Flags: 8 | 16},
		service("tcp", "[2001:db8::2]:65535"): {Scheduler: "mh", Flags: 8},
		{FWMark: 7}:                           {Scheduler: "rr", Persistence: 10 * time.Second},
		{FWMark: 7, IPv6: true}:               {Scheduler: "dh"},
		{FWMark: 4294967295}:                  {Scheduler: "fo", Netmask: 8},
		service("udp", "192.0.2.1:5060"):      {Scheduler: "rr", Persistence: time.Minute, Engine: "sip"},
		service("udp", "192.0.2.1:5061"):      {Scheduler: "mh", Flags: 4 | 8 | 16 | 32},
	}
	return all
}

func virtualServersReadBack(t *testing.T, k Kernel) {
	want := map[planner.VirtualServerKey]planner.VirtualServer{}
	for key, v := range balanced() {
		apply(t, k, create(key, v))
		refuses(t, k, create(key, v), fs.ErrExist)
		_, value := kernel.Normal(key, v)
		want[key] = value.(planner.VirtualServer)
	}
	if diff := cmp.Diff(want, read(t, k, kernel.Query{}).VirtualServers, compareNetip()); diff != "" {
		t.Errorf("Read -want +got:\n%s", diff)
	}
	s, err := k.ReadIPVS(t.Context())
	if diff := cmp.Diff(want, s.VirtualServers, compareNetip()); diff != "" || err != nil || s.Addresses != nil || s.NoIPVS != "" {
		t.Errorf("ReadIPVS: %v, -want +got:\n%s", err, diff)
	}
	for key, v := range balanced() {
		apply(t, k, remove(key, v))
		refuses(t, k, remove(key, v), fs.ErrNotExist)
	}
}

func virtualServersEdited(t *testing.T, k Kernel) {
	for _, key := range []planner.VirtualServerKey{service("tcp", "192.0.2.1:80"), service("udp", "[2001:db8::1]:53"), {FWMark: 1}} {
		before := planner.VirtualServer{Scheduler: "rr"}
		refuses(t, k, change(planner.Update, key, nil, before), fs.ErrNotExist)
		apply(t, k, create(key, before), create(server(key, "198.51.100.1:80"), planner.RealServer{Weight: 1, Forwarding: planner.Tunnel}))
		for _, after := range []planner.VirtualServer{
			{Scheduler: "wlc"},
			{Scheduler: "sh", Flags: 8, Persistence: time.Minute, Netmask: 16},
			{Scheduler: "sh", Flags: 4 | 16, Persistence: time.Hour, Netmask: 24, Engine: "sip"},
			{Scheduler: "mh", Flags: 8, Persistence: time.Hour, Engine: "sip"},
			{Scheduler: "mh", Persistence: time.Hour},
			{Scheduler: "rr"},
		} {
			apply(t, k, change(planner.Update, key, nil, after))
			_, want := kernel.Normal(key, after)
			s := read(t, k, kernel.Query{})
			if got := s.VirtualServers[key]; got != want {
				t.Errorf("%v: got %+v, want %+v", key, got, want)
			}
			if s.RealServers[server(key, "198.51.100.1:80")].Weight != 1 {
				t.Errorf("%v lost its real server in an edit", key)
			}
		}
	}
}

func virtualServersImpossible(t *testing.T, k Kernel) {
	web := service("tcp", "192.0.2.1:80")
	refuses(t, k, create(web, planner.VirtualServer{Scheduler: "nosuch"}), fs.ErrNotExist)
	refuses(t, k, create(web, planner.VirtualServer{Scheduler: "rr", Engine: "nosuch"}), fs.ErrNotExist)
	for _, c := range []planner.Change{
		create(web, planner.VirtualServer{}),
		create(web, planner.VirtualServer{Scheduler: "a-name-longer-than-any"}),
		create(web, planner.VirtualServer{Scheduler: "rr", Engine: "a-name-longer-than-any"}),
		create(web, planner.VirtualServer{Scheduler: "rr", Persistence: 1500 * time.Millisecond}),
		create(web, planner.VirtualServer{Scheduler: "rr", Persistence: -time.Second}),
		create(web, planner.VirtualServer{Scheduler: "rr", Netmask: 33}),
		create(planner.VirtualServerKey{}, planner.VirtualServer{Scheduler: "rr"}),
		create(planner.VirtualServerKey{Protocol: planner.TCP, Addr: web.Addr, FWMark: 1}, planner.VirtualServer{Scheduler: "rr"}),
		create(service("tcp", "[::ffff:192.0.2.1]:80"), planner.VirtualServer{Scheduler: "rr"}),
	} {
		refuses(t, k, c, nil)
	}
	if got := read(t, k, kernel.Query{}).VirtualServers; len(got) != 0 {
		t.Errorf("%v were written", got)
	}
}

func realServersReadBack(t *testing.T, k Kernel) {
	web, web6, mark := service("tcp", "192.0.2.1:80"), service("tcp", "[2001:db8::1]:80"), planner.VirtualServerKey{FWMark: 9}
	for _, key := range []planner.VirtualServerKey{web, web6, mark} {
		apply(t, k, create(key, planner.VirtualServer{Scheduler: "wrr"}))
	}
	want := map[planner.RealServerKey]planner.RealServer{
		server(web, "198.51.100.1:80"):     {Weight: 1, Forwarding: planner.NAT},
		server(web, "198.51.100.1:81"):     {Weight: 65535, Forwarding: planner.NAT},
		server(web, "198.51.100.2:80"):     {Weight: 0, Forwarding: planner.DR},
		server(web, "198.51.100.3:80"):     {Weight: 3, Forwarding: planner.Tunnel},
		server(web, "198.51.100.4:80"):     {Weight: 2147483647, Forwarding: planner.NAT, Upper: 100, Lower: 50},
		server(web6, "[2001:db8:1::1]:80"): {Weight: 4, Forwarding: planner.DR},
		server(web6, "[2001:db8:1::2]:80"): {Weight: 5, Forwarding: planner.NAT},
		server(mark, "198.51.100.1:0"):     {Weight: 6, Forwarding: planner.DR},
	}
	for key, v := range want {
		refuses(t, k, change(planner.Update, key, nil, v), fs.ErrNotExist)
		refuses(t, k, remove(key, v), fs.ErrNotExist)
		apply(t, k, create(key, v))
		refuses(t, k, create(key, v), fs.ErrExist)
	}
	check := func() {
		t.Helper()
		s, err := k.ReadIPVS(t.Context())
		if diff := cmp.Diff(want, s.RealServers, compareNetip()); diff != "" || err != nil {
			t.Errorf("%v -want +got:\n%s", err, diff)
		}
	}
	check()
	for key, v := range want {
		v.Weight, v.Forwarding = v.Weight/2, planner.DR
		apply(t, k, change(planner.Update, key, nil, v))
		want[key] = v
	}
	check()
	for key, v := range want {
		apply(t, k, remove(key, v))
	}
	clear(want)
	check()
}

// realServersEdited holds every field of a real server to a change in place, back and forth: nothing of one value is left
// in the next, and the connections that are counted stay.
func realServersEdited(t *testing.T, k Kernel) {
	for _, key := range []planner.RealServerKey{
		server(service("tcp", "192.0.2.1:80"), "198.51.100.1:80"),
		server(service("udp", "[2001:db8::1]:53"), "[2001:db8:1::1]:53"),
		server(planner.VirtualServerKey{FWMark: 7, IPv6: true}, "[2001:db8:1::1]:0"),
	} {
		apply(t, k, create(key.Service, planner.VirtualServer{Scheduler: "wrr"}), create(key, planner.RealServer{}))
		for _, after := range []planner.RealServer{
			{Weight: 70000},
			{Weight: 1, Upper: 2147483647, Lower: 2147483647},
			{Weight: 1, Upper: 10},
			tunnelled(planner.GUE, 6080, planner.ChecksumRemote),
			tunnelled(planner.GUE, 65535, planner.ChecksumFull),
			tunnelled(planner.GRE, 0, planner.ChecksumFull),
			tunnelled(planner.GUE, 1, planner.ChecksumNone),
			tunnelled(planner.IPIP, 0, planner.ChecksumNone),
			tunnelled(planner.GRE, 0, planner.ChecksumNone),
			{Weight: 1, Forwarding: planner.DR, Upper: 3, Lower: 2},
			{Weight: 0, Forwarding: planner.NAT},
		} {
			apply(t, k, change(planner.Update, key, nil, after))
			s := read(t, k, kernel.Query{})
			if got := s.RealServers[key]; got != after || len(s.RealServers) != 1 {
				t.Errorf("%v: got %+v, want %+v", s.RealServers, got, after)
			}
		}
		apply(t, k, remove(key.Service, nil))
	}
}

func tunnelled(kind planner.TunnelType, port uint16, c planner.Checksum) planner.RealServer {
	return planner.RealServer{
		Weight: 2, Forwarding: planner.Tunnel, Tunnel: planner.TunnelOptions{Type: kind, Port: port, Checksum: c}, Upper: 7, Lower: 5,
	}
}

func realServersImpossible(t *testing.T, k Kernel) {
	key := server(service("tcp", "192.0.2.1:80"), "198.51.100.1:80")
	there := server(key.Service, "198.51.100.2:80")
	apply(t, k, create(key.Service, planner.VirtualServer{Scheduler: "wrr"}), create(there, planner.RealServer{Weight: 1}))
	for _, v := range []planner.RealServer{
		{Weight: 2147483648},
		{Weight: 1, Upper: 2147483648},
		{Weight: 1, Lower: 1},
		{Weight: 1, Upper: 5, Lower: 6},
		tunnelled(planner.GUE, 0, planner.ChecksumNone),
		tunnelled(3, 0, planner.ChecksumNone),
	} {
		refuses(t, k, create(key, v), nil)
		refuses(t, k, change(planner.Update, there, nil, v), nil)
	}
	want := map[planner.RealServerKey]planner.RealServer{there: {Weight: 1}}
	if diff := cmp.Diff(want, read(t, k, kernel.Query{}).RealServers, compareNetip()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func realServersNeedService(t *testing.T, k Kernel) {
	key := server(service("tcp", "192.0.2.1:80"), "198.51.100.1:80")
	v := planner.RealServer{Weight: 1}
	refuses(t, k, create(key, v), fs.ErrNotExist)
	refuses(t, k, change(planner.Update, key, v, v), fs.ErrNotExist)
	refuses(t, k, remove(key, v), fs.ErrNotExist)
	refuses(t, k, create(planner.RealServerKey{Service: key.Service}, v), nil)
	apply(t, k, create(service("udp", "192.0.2.1:80"), planner.VirtualServer{Scheduler: "rr"}))
	refuses(t, k, create(key, v), fs.ErrNotExist) // another protocol is another service
}

func realServersMixed(t *testing.T, k Kernel) {
	web, web6 := service("tcp", "192.0.2.1:80"), service("tcp", "[2001:db8::1]:80")
	apply(t, k, create(web, planner.VirtualServer{Scheduler: "rr"}), create(web6, planner.VirtualServer{Scheduler: "rr"}))
	for _, key := range []planner.RealServerKey{server(web, "[2001:db8:1::1]:80"), server(web6, "198.51.100.1:80")} {
		refuses(t, k, create(key, planner.RealServer{Weight: 1, Forwarding: planner.DR}), nil)
		refuses(t, k, create(key, planner.RealServer{Weight: 1, Forwarding: planner.NAT}), nil)
		want := planner.RealServer{Weight: 1, Forwarding: planner.Tunnel}
		apply(t, k, create(key, want))
		if got := read(t, k, kernel.Query{}).RealServers[key]; got != want {
			t.Errorf("%v: got %+v, want %+v", key, got, want)
		}
	}
}

func serviceTakesServers(t *testing.T, k Kernel) {
	web, other := service("tcp", "192.0.2.1:80"), service("tcp", "192.0.2.1:81")
	for _, key := range []planner.VirtualServerKey{web, other} {
		apply(t, k, create(key, planner.VirtualServer{Scheduler: "rr"}), create(server(key, "198.51.100.1:80"), planner.RealServer{Weight: 1}))
	}
	apply(t, k, remove(web, nil))
	want := map[planner.RealServerKey]planner.RealServer{server(other, "198.51.100.1:80"): {Weight: 1}}
	if diff := cmp.Diff(want, read(t, k, kernel.Query{}).RealServers, compareNetip()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func ipvsBatch(t *testing.T, k Kernel) {
	web := service("tcp", "192.0.2.1:80")
	changes := []planner.Change{create(web, planner.VirtualServer{Scheduler: "rr"})}
	for i := range 300 {
		key := planner.RealServerKey{Service: web, Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(100 + i/250), byte(1 + i%250)}), 80)}
		changes = append(changes, create(key, planner.RealServer{Weight: uint32(i), Forwarding: planner.DR}))
	}
	changes = append(changes, changes[10])
	errs := k.ApplyBatch(t.Context(), changes)
	for i, err := range errs[:301] {
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	if !errors.Is(errs[301], fs.ErrExist) {
		t.Errorf("the repeated one returns %v, want %v", errs[301], fs.ErrExist)
	}
	if got := len(read(t, k, kernel.Query{}).RealServers); got != 300 {
		t.Errorf("%d real servers, want 300", got)
	}
}

func statistics(t *testing.T, k Kernel) {
	web := service("tcp", "192.0.2.1:80")
	key := server(web, "198.51.100.1:80")
	apply(t, k, create(web, planner.VirtualServer{Scheduler: "rr"}), create(key, planner.RealServer{Weight: 1}))
	dns := service("udp", "192.0.2.1:53")
	apply(t, k, create(dns, planner.VirtualServer{Scheduler: "rr"}))
	got, err := k.Stats(t.Context())
	want := kernel.Counters{
		Services: map[planner.VirtualServerKey]ipvs.Stats{web: {}, dns: {}},
		Servers:  map[planner.RealServerKey]kernel.RealServerStats{key: {}},
	}
	if diff := cmp.Diff(want, got, compareNetip()); diff != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
	for _, tt := range []struct {
		of   planner.VirtualServerKey
		want map[planner.RealServerKey]kernel.RealServerStats
	}{
		{web, want.Servers},
		{dns, map[planner.RealServerKey]kernel.RealServerStats{}},
		{service("tcp", "192.0.2.77:80"), map[planner.RealServerKey]kernel.RealServerStats{}},
	} {
		got, err := k.Connections(t.Context(), []planner.VirtualServerKey{tt.of})
		if diff := cmp.Diff(tt.want, got, compareNetip()); diff != "" || err != nil {
			t.Errorf("connections of %v: %v -want +got:\n%s", tt.of, err, diff)
		}
	}
}

func tableFlushed(t *testing.T, k Kernel) {
	web := service("tcp", "192.0.2.1:80")
	apply(t, k, create(web, planner.VirtualServer{Scheduler: "rr"}), create(server(web, "198.51.100.1:80"), planner.RealServer{Weight: 1}),
		create(planner.VirtualServerKey{FWMark: 7}, planner.VirtualServer{Scheduler: "wlc"}))
	for range 2 {
		if err := k.FlushIPVS(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := read(t, k, kernel.Query{}); len(s.VirtualServers)+len(s.RealServers) > 0 {
			t.Errorf("there are %v and %v", s.VirtualServers, s.RealServers)
		}
	}
}
