package enforcer

import (
	"net/netip"
	"slices"
	"testing"

	"ha/planner"
)

// synchronised is the configuration of the tests with connections that are synchronised as the VIP moves.
func synchronised() Config {
	c := testConfig()
	c.Plan.Sync = &planner.Sync{Follow: "vip.web", Daemon: planner.SyncDaemon{
		Interface: "eth0", ID: 51, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1,
	}}
	return c
}

// roles returns a condition: exactly these daemons run.
func roles(want ...planner.SyncDaemonKey) func(planner.State) bool {
	return func(s planner.State) bool {
		for _, k := range want {
			if !has(s.SyncDaemons, k) {
				return false
			}
		}
		return len(s.SyncDaemons) == len(want)
	}
}

// overlapEnds says that the time in which both daemons run is over.
func (r *rig) overlapEnds() { r.inbox.put(func(m *mail) { m.due.turn = true }) }

// order is where a change of an object stands among those that were carried out; it must be there once.
func (r *rig) order(a planner.Action, k planner.Key) int {
	r.t.Helper()
	changes := r.fake.Applied()
	is := func(c planner.Change) bool { return c.Action == a && c.Key == k }
	i := slices.IndexFunc(changes, is)
	if i < 0 || slices.ContainsFunc(changes[i+1:], is) {
		r.t.Fatalf("%s %s was not carried out exactly once", a, k)
	}
	return i
}

// Connections are told and heard as the VIP moves. What is new comes after the addresses, for which clients wait; what goes, goes
// when the peers have had their time.
func TestSynchronisationFollowsTheVIP(t *testing.T) {
	r := startFake(t)
	r.mustApply(synchronised())
	r.eventually("a Backup listens", roles(planner.SyncReceive))

	r.inbox.activity("vip.web", true)
	r.eventually("the new Active sends", func(s planner.State) bool { return has(s.SyncDaemons, planner.SyncSend) })
	r.overlapEnds()
	r.eventually("and listens no longer", roles(planner.SyncSend))
	address, send, deaf := r.order(planner.Create, vipKey), r.order(planner.Create, planner.SyncSend), r.order(planner.Delete, planner.SyncReceive)
	if address > send || send > deaf {
		t.Errorf("address at %d, sender at %d, end of the receiver at %d: want this order", address, send, deaf)
	}
	r.settled()

	r.inbox.activity("vip.web", false)
	r.eventually("who is Active no longer listens", func(s planner.State) bool { return has(s.SyncDaemons, planner.SyncReceive) })
	r.overlapEnds()
	r.eventually("and sends no longer", roles(planner.SyncReceive))
	if address, silent := r.order(planner.Delete, vipKey), r.order(planner.Delete, planner.SyncSend); address > silent {
		t.Errorf("the address goes at %d, the sender at %d: want this order", address, silent)
	}
	r.settled()
}

// The kernel tells nothing of its daemons: reading back finds what hands did.
func TestDaemonsStoppedByHandRunAgain(t *testing.T) {
	r := startFake(t)
	c := synchronised()
	c.Plan.Sync.Follow = ""
	r.mustApply(c)
	both := roles(planner.SyncSend, planner.SyncReceive)
	r.eventually("both run without a VIP to follow", both)
	before := r.Status(t.Context()).Corrections
	r.fake.DeleteByHand(planner.SyncSend)
	r.eventually("the sender is back", both)
	other := c.Plan.Sync.Daemon
	other.ID = 7
	r.fake.PutByHand(planner.SyncReceive, other)
	r.eventually("the receiver is as wanted", func(s planner.State) bool { return s.SyncDaemons[planner.SyncReceive].ID == 51 })
	r.settled()
	if after := r.Status(t.Context()).Corrections; after != before+2 {
		t.Errorf("%d corrections were told, want two", after-before)
	}
	r.mustApply(testConfig())
	r.eventually("they go with the configuration", roles())
}

// Who stops tells the others to the end, and hears from them while it is away: connections outlive a restart, and services stay, too.
func TestAStopKeepsBothDaemons(t *testing.T) {
	r := startFake(t)
	r.mustApply(synchronised())
	r.inbox.activity("vip.web", true)
	r.eventually("the Active one sends", func(s planner.State) bool { return has(s.SyncDaemons, planner.SyncSend) })
	r.overlapEnds()
	r.eventually("only", roles(planner.SyncSend))
	r.stop()
	if got := r.live(); has(got.Addresses, vipKey) || !roles(planner.SyncSend, planner.SyncReceive)(got) {
		t.Errorf("got addresses %v, daemons %v", got.Addresses, got.SyncDaemons)
	}
	r = start(t, r.fake, r.fake, r.dir)
	r.eventually("a start begins as a Backup", roles(planner.SyncReceive))
}

// A daemon of somebody else that differs is not ours to stop.
func TestAForeignDaemonRefusesTheApply(t *testing.T) {
	r := startFake(t)
	foreign := planner.SyncDaemon{Interface: "lo", ID: 9, Group: netip.MustParseAddr("224.0.0.81"), Port: 8848, TTL: 1, MaxLength: 1472}
	r.fake.PutByHand(planner.SyncReceive, foreign)
	if result := r.apply(synchronised()); len(result.Lines) == 0 || r.live().SyncDaemons[planner.SyncReceive] != foreign {
		t.Errorf("got %+v and %v, want a refusal", result, r.live().SyncDaemons)
	}
}
