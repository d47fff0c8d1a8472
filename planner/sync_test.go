package planner

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"testing"
)

var syncDaemon = SyncDaemon{Interface: "eth1", ID: 51, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1}

// TestRolesOfSynchronisation: an Active node sends, a Backup listens, and while that changes it does both.
func TestRolesOfSynchronisation(t *testing.T) {
	both := []SyncDaemonKey{SyncReceive, SyncSend}
	active := map[string]bool{"vip.web": true}
	for _, tt := range []struct {
		name, follow string
		facts        Facts
		want         []SyncDaemonKey
	}{
		{"without a VIP", "", Facts{}, both},
		{"Backup", "vip.web", Facts{}, []SyncDaemonKey{SyncReceive}},
		{"Active", "vip.web", Facts{Active: active}, []SyncDaemonKey{SyncSend}},
		{"a moment after it became Active", "vip.web", Facts{Active: active, Turning: active}, both},
		{"a moment after it was Active", "vip.web", Facts{Turning: active}, both},
		{"another VIP moves", "vip.db", Facts{Active: active, Turning: active}, []SyncDaemonKey{SyncReceive}},
	} {
		p := &Plan{Sync: &Sync{Daemon: syncDaemon, Follow: tt.follow}}
		got := slices.Sorted(maps.Keys(Resolve(p, tt.facts).SyncDaemons))
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		if part := NewIndex(p).ResolveSync(tt.facts); !maps.Equal(part.SyncDaemons, Resolve(p, tt.facts).SyncDaemons) {
			t.Errorf("%s: the part differs from the whole: %v", tt.name, part.SyncDaemons)
		}
	}
}

// TestPlansOfSynchronisation: what begins, what begins with the next takeover, and what is edited in no other way than by a new start.
func TestPlansOfSynchronisation(t *testing.T) {
	plan := func(d SyncDaemon) *Plan {
		return &Plan{Sync: &Sync{Daemon: d, Follow: "vip.web", Source: Source{"s.hcl", 3}}}
	}
	live := State{}
	c := Compare(plan(syncDaemon), nil, Facts{}, live, Claims{})
	if got := acts(c.Kernel, c.Conflicts); !slices.Equal(got, []string{"create ipvs_sync|receive"}) || c.Kernel[0].Name != "settings sync receive" {
		t.Errorf("got %v", c.Kernel)
	}
	if len(c.Latent) != 1 || c.Latent[0].Key != SyncSend || c.Latent[0].When != "vip.web=active" || c.Latent[0].Name != "settings sync send" {
		t.Errorf("latent: got %+v", c.Latent)
	}
	claims := ClaimsAfter(c.Kernel, live, Claims{})
	for _, change := range c.Kernel {
		if err := Apply(&live, change); err != nil {
			t.Fatal(err)
		}
	}
	// What the kernel decides by itself is no difference.
	v := live.SyncDaemons[SyncReceive]
	v.MaxLength = 1472
	live.SyncDaemons[SyncReceive] = v
	if c := Compare(plan(syncDaemon), plan(syncDaemon), Facts{}, live, claims); !c.Empty() {
		t.Errorf("a second time: %+v", c.Changes())
	}
	other := syncDaemon
	other.Port = 8850
	c = Compare(plan(other), plan(syncDaemon), Facts{}, live, claims)
	if len(c.Kernel) != 1 || c.Kernel[0].Action != Replace || len(c.Kernel[0].Fields) != 1 || c.Kernel[0].Fields[0] != (Field{Path: "port", Before: "8848", After: "8850"}) {
		t.Errorf("another port: got %+v", c.Kernel)
	}
	if c := Compare(&Plan{}, plan(syncDaemon), Facts{}, live, claims); len(c.Kernel) != 1 || c.Kernel[0].Action != Delete {
		t.Errorf("without: got %+v", c.Kernel)
	}
	// It does not depend on the moment what a plan does.
	active := Facts{Active: map[string]bool{"vip.web": true}}
	running := State{SyncDaemons: map[SyncDaemonKey]SyncDaemon{SyncSend: syncDaemon}}
	one, two := Compare(plan(other), plan(syncDaemon), Facts{}, live, claims), Compare(plan(other), plan(syncDaemon), active, running, Claims{Objects: map[Key]Claim{SyncSend: Owned}})
	if one.Effect != two.Effect {
		t.Error("the effect depends on whether the VIP is Active")
	}
}

func TestSyncKeysReadBack(t *testing.T) {
	for _, k := range []SyncDaemonKey{SyncSend, SyncReceive} {
		if got, err := ParseKey(k.String()); got != k || err != nil {
			t.Errorf("%s reads back as %v, %v", k, got, err)
		}
	}
	want := State{SyncDaemons: map[SyncDaemonKey]SyncDaemon{SyncSend: syncDaemon, SyncReceive: syncDaemon}}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got State
	if err := json.Unmarshal(raw, &got); err != nil || !maps.Equal(got.SyncDaemons, want.SyncDaemons) {
		t.Errorf("a state reads back as %v, %v", got.SyncDaemons, err)
	}
	if _, err := ParseKey("ipvs_sync|both"); err == nil {
		t.Error("a key that names no daemon is read")
	}
}
