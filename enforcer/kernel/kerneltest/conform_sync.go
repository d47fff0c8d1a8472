package kerneltest

import (
	"io/fs"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// synced are daemons with every field set, for both families, and with none.
func synced() []planner.SyncDaemon {
	return []planner.SyncDaemon{
		{Interface: "eth0"},
		{Interface: "eth0", ID: 51, Group: netip.MustParseAddr("224.0.0.85"), Port: 8850, TTL: 3, MaxLength: 1400},
		{Interface: "eth0", ID: 255, Group: netip.MustParseAddr("ff02::81"), Port: 65535, TTL: 255, MaxLength: 9000},
	}
}

func syncReadsBack(t *testing.T, k Kernel) {
	for _, v := range synced() {
		want := map[planner.SyncDaemonKey]planner.SyncDaemon{}
		for _, key := range []planner.SyncDaemonKey{planner.SyncSend, planner.SyncReceive} {
			refuses(t, k, remove(key, v), fs.ErrNotExist)
			apply(t, k, create(key, v))
			refuses(t, k, create(key, v), fs.ErrExist)
			_, value := kernel.Normal(key, v)
			want[key] = value.(planner.SyncDaemon)
			s, err := k.ReadIPVS(t.Context())
			if diff := cmp.Diff(want, s.SyncDaemons, compareNetip()); diff != "" || err != nil {
				t.Errorf("ReadIPVS: %v, -want +got:\n%s", err, diff)
			}
		}
		if diff := cmp.Diff(want, read(t, k, kernel.Query{}).SyncDaemons, compareNetip()); diff != "" {
			t.Errorf("Read -want +got:\n%s", diff)
		}
		apply(t, k, remove(planner.SyncReceive, v), remove(planner.SyncSend, v))
	}
	if got := read(t, k, kernel.Query{}).SyncDaemons; len(got) != 0 {
		t.Errorf("there are daemons: %v", got)
	}
}

func syncReplaced(t *testing.T, k Kernel) {
	all := synced()
	before, after, key := all[0], all[1], planner.SyncSend
	missing := after
	missing.Interface = "eth7"
	refuses(t, k, change(planner.Replace, key, before, after), fs.ErrNotExist)
	apply(t, k, create(key, before), change(planner.Replace, key, before, after))
	refuses(t, k, change(planner.Replace, key, after, missing), fs.ErrNotExist)
	_, want := kernel.Normal(key, after)
	if got := read(t, k, kernel.Query{}).SyncDaemons[key]; got != want {
		t.Errorf("got %+v, want %+v: a refused replacement leaves what was there", got, want)
	}
}

func syncImpossible(t *testing.T, k Kernel) {
	for _, v := range []planner.SyncDaemon{
		{},
		{Interface: "sixteen-bytes-ab"},
		{Interface: "eth7"},
		{Interface: "eth0", Group: netip.MustParseAddr("192.0.2.1")},
		{Interface: "eth0", Group: netip.MustParseAddr("2001:db8::1")},
		{Interface: "eth0", MaxLength: 65535},
	} {
		refuses(t, k, create(planner.SyncReceive, v), nil)
	}
	refuses(t, k, create(planner.SyncReceive, planner.SyncDaemon{Interface: "eth0", MaxLength: 1000}), nil)
	refuses(t, k, create(planner.SyncDaemonKey("both"), planner.SyncDaemon{Interface: "eth0"}), nil)
	if got := read(t, k, kernel.Query{}).SyncDaemons; len(got) != 0 {
		t.Errorf("there are daemons: %v", got)
	}
}

// syncExcludesMixed: daemons and real servers of another family than their virtual server's exclude each other.
func syncExcludesMixed(t *testing.T, k Kernel) {
	web := service("tcp", "192.0.2.1:80")
	key := server(web, "[2001:db8::1]:80")
	tunnel := planner.RealServer{Weight: 1, Forwarding: planner.Tunnel}
	apply(t, k, create(address("eth0", "2001:db8::2/64"), planner.Address{NoDAD: true}),
		create(web, planner.VirtualServer{Scheduler: "rr"}), create(key, tunnel))
	refuses(t, k, create(planner.SyncSend, planner.SyncDaemon{Interface: "eth0"}), nil)
	apply(t, k, remove(key, tunnel), create(planner.SyncSend, planner.SyncDaemon{Interface: "eth0"}))
	refuses(t, k, create(key, tunnel), nil)
	apply(t, k, remove(planner.SyncSend, planner.SyncDaemon{Interface: "eth0"}), create(key, tunnel))
}
