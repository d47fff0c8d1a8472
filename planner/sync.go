package planner

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
)

// SyncDaemonKey is one of the two daemons of IPVS that synchronise connections: the one that sends ("master" of ipvsadm(8),
// IP_VS_STATE_MASTER of linux/ip_vs.h) or the one that receives ("backup", IP_VS_STATE_BACKUP). A network namespace has
// each at most once, and may have both.
type SyncDaemonKey string

// The daemons.
const (
	SyncSend    SyncDaemonKey = "send"
	SyncReceive SyncDaemonKey = "receive"
)

// SyncDaemon is how a daemon speaks. IPVS edits none of it in place.
type SyncDaemon struct {
	Interface string     `json:"interface"` // at most 15 bytes
	ID        uint8      `json:"id"`        // daemons with another one do not listen; a receiver with 0 listens to all
	Group     netip.Addr `json:"group"`     // multicast, IPv4 or IPv6
	Port      uint16     `json:"port"`
	TTL       uint8      `json:"ttl"`
	// MaxLength is the most bytes of a message; 0 leaves it to the kernel, which takes what fits into 1500 bytes.
	MaxLength uint16 `json:"max_length,omitempty"`
}

// Sync is the synchronisation of connections on a node.
type Sync struct {
	Daemon SyncDaemon `json:"daemon"`
	// Follow is the VIP whose state decides: the node sends while it is Active here, and receives otherwise. Empty: it does both
	// all the time.
	Follow string `json:"follow,omitempty"`
	Source Source `json:"source"`
}

// settingsUnit is the unit of what the settings ask for.
const settingsUnit = "settings"

// String returns ipvs_sync|send or ipvs_sync|receive.
func (k SyncDaemonKey) String() string { return KindSyncDaemon + "|" + string(k) }

func (SyncDaemonKey) key() {}

// Compare orders the daemons: the one that receives comes first.
func (k SyncDaemonKey) Compare(other SyncDaemonKey) int { return cmp.Compare(k, other) }

func parseSyncDaemonKey(rest string) (SyncDaemonKey, error) {
	k := SyncDaemonKey(rest)
	if k != SyncSend && k != SyncReceive {
		return "", fmt.Errorf("want %s or %s", SyncSend, SyncReceive)
	}
	return k, nil
}

// attributes lists the settings of a daemon.
func (v SyncDaemon) attributes() []attribute {
	return []attribute{
		{"interface", v.Interface},
		{"id", strconv.Itoa(int(v.ID))},
		{"group", printed(v.Group)},
		{"port", strconv.Itoa(int(v.Port))},
		{"ttl", strconv.Itoa(int(v.TTL))},
		{"max_length", count(uint32(v.MaxLength))},
	}
}

// open leaves out of a live daemon what the one that is wanted leaves to the kernel.
func (v SyncDaemon) open(want SyncDaemon) SyncDaemon {
	if want.MaxLength == 0 {
		v.MaxLength = 0
	}
	return v
}

func sameSyncDaemon(_ SyncDaemonKey, want, have SyncDaemon) bool { return want == have.open(want) }

// resolveSync adds the daemons that must run. A node whose role has just changed does both for a moment: the one that sends keeps
// what it has to say for up to two seconds (IPVS_SYNC_FLUSH_TIME in net/netfilter/ipvs/ip_vs_sync.c) and forgets it when it is
// stopped, so whoever gives a VIP away goes on to send, and whoever takes it goes on to listen.
func (ix *Index) resolveSync(f Facts, s State) {
	sync := ix.plan.Sync
	if sync == nil {
		return
	}
	both := sync.Follow == "" || f.Turning[sync.Follow]
	if active := f.Active[sync.Follow]; both || active {
		s.SyncDaemons[SyncSend] = sync.Daemon
	}
	if active := f.Active[sync.Follow]; both || !active {
		s.SyncDaemons[SyncReceive] = sync.Daemon
	}
}

// ResolveSync is the part of [Index.Resolve] that the synchronisation of connections decides. The matching part of live is
// [Index.LiveSync].
func (ix *Index) ResolveSync(f Facts) State {
	s := State{SyncDaemons: make(map[SyncDaemonKey]SyncDaemon, 2)}
	if ix != nil {
		ix.resolveSync(f, s)
	}
	return s
}

// LiveSync returns the live daemons.
func (ix *Index) LiveSync(live State) State {
	return State{SyncDaemons: live.SyncDaemons, NoIPVS: live.NoIPVS}
}

// Follows tells whether the state of a VIP decides which daemon runs.
func (ix *Index) Follows(vip string) bool {
	return ix != nil && ix.plan.Sync != nil && ix.plan.Sync.Follow == vip && vip != ""
}

// addSync notes the daemons. The one that sends hangs on the VIP that is followed, as its addresses do.
func (ix *Index) addSync() {
	sync := ix.plan.Sync
	if sync == nil {
		return
	}
	own := place{unit: settingsUnit, source: sync.Source}
	first(ix.places, Key(SyncReceive), own)
	if sync.Follow != "" {
		own.when = sync.Follow
	}
	first(ix.places, Key(SyncSend), own)
}

// hangsOn returns the VIP of which the state decides whether an object of another unit stands; empty for none.
func (ix *Index) hangsOn(k Key) string {
	if ix == nil {
		return ""
	}
	return ix.places[k].when
}

// conditionalSync is the daemon that runs while its VIP is Active.
func (ix *Index) conditionalSync() []placed {
	sync := ix.plan.Sync
	if sync == nil || sync.Follow == "" {
		return nil
	}
	return []placed{{vip: sync.Follow, unit: settingsUnit, key: SyncSend, value: sync.Daemon, source: sync.Source}}
}

// syncClaim is the claim on a daemon. Roles change without an apply, and only what an apply does is on record for the next
// process: when one daemon is ours, the other is as well if it runs as we would run it.
func (d *differ) syncClaim(k SyncDaemonKey) Claim {
	claim := d.claims.Objects[k]
	if claim != Foreign || d.claims.Objects[SyncSend] != Owned && d.claims.Objects[SyncReceive] != Owned {
		return claim
	}
	for ix := d.ix; ix != nil; ix = ix.previous {
		if sync := ix.plan.Sync; sync != nil && sameSyncDaemon(k, sync.Daemon, d.live.SyncDaemons[k]) {
			return Owned
		}
	}
	return Foreign
}

// syncDaemons finds the changes of the daemons. The one that is new comes before the one that goes, and both after the addresses:
// clients wait for those.
func (d *differ) syncDaemons() {
	delta := compare(d.desired.SyncDaemons, d.live.SyncDaemons, sameSyncDaemon, d.syncClaim, SyncDaemonKey.Compare)
	for _, k := range delta.equal {
		d.adopt(k, d.live.SyncDaemons[k])
	}
	for _, k := range delta.missing {
		d.create(phaseSync, k, d.desired.SyncDaemons[k])
	}
	for _, k := range delta.differs {
		want := d.desired.SyncDaemons[k]
		d.replace(phaseSync, k, d.live.SyncDaemons[k].open(want), want)
	}
	for _, k := range delta.taken {
		want := d.desired.SyncDaemons[k]
		d.conflicts = append(d.conflicts, d.conflictOver(k, want, d.live.SyncDaemons[k].open(want)))
	}
	for _, k := range delta.surplus {
		d.leave(phaseDropSync, k, d.live.SyncDaemons[k])
	}
}
