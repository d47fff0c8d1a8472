package enforcer

import (
	"context"
	"time"

	"ha/planner"
)

// turnOverlap is how long a node that becomes Active, or ceases to be, sends connections and receives them, both: the kernel keeps
// what it has to say for up to 2 s (IPVS_SYNC_FLUSH_TIME in net/netfilter/ipvs/ip_vs_sync.c), and a daemon that is stopped
// forgets it.
const turnOverlap = 3 * time.Second

// turn lets the synchronisation of connections follow news of the VIP that it hangs on. It comes after the addresses, for
// which clients wait: until then the node hears, and says nothing that its peers would miss.
func (w *writer) turn(ctx context.Context, news map[string]bool) {
	for vip := range news {
		now := syncRole{vip: vip, active: w.facts.Active[vip]}
		if !w.index.Follows(vip) || now.active == (w.synced.vip == vip && w.synced.active) {
			continue
		}
		w.synced = now
		w.facts.Turning = map[string]bool{vip: true}
		w.settleSync(ctx, byFacts)
		w.overlap() // asks to be told when the time is over
	}
}

// overlap returns what asks for the end of an overlap. When a role changes during one, it begins anew.
func overlap(in *inbox) (begin func()) {
	timer := time.AfterFunc(time.Hour, func() { in.put(func(m *mail) { m.due.turn = true }) })
	timer.Stop()
	return func() { timer.Reset(turnOverlap) }
}

// syncRole is what the synchronisation follows: a VIP and what it is here.
type syncRole struct {
	vip    string
	active bool
}

// endTurn stops what only the change of a role needed.
func (w *writer) endTurn(ctx context.Context) {
	if len(w.facts.Turning) == 0 {
		return
	}
	w.facts.Turning = nil
	w.settleSync(ctx, byFacts)
}

// settleSync makes the daemons equal to plan and facts.
func (w *writer) settleSync(ctx context.Context, why origin) {
	changes, conflicts := planner.Diff(w.index.ResolveSync(w.facts), w.index.LiveSync(w.live), w.claims, w.index)
	w.tell(conflicts)
	w.carry(ctx, changes, why)
}
