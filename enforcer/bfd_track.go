package enforcer

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ha/checks"
	"ha/checks/bfd"
	"ha/planner"
	"ha/vrrp"
)

// bfdSaid takes a verdict of a BFD session: elections that track it follow at once, pools and status with the loop.
func (e *Enforcer) bfdSaid(n bfdNews) {
	r := checks.Result{Key: n.name, At: n.at, Changed: true}
	switch n.verdict {
	case bfd.Alive:
		r.Verdict = checks.Up
	case bfd.Dead:
		r.Verdict, r.Err = checks.Down, n.why
	case bfd.Undecided:
	}
	e.elections.judgedNow(map[string]planner.Verdict{n.name: verdictOf(r.Verdict)})
	if n.lost.IsValid() {
		e.elections.lost(n.name, n.lost)
	}
	e.inbox.result(r)
}

// lost tells the groups that watch a session that its peer is gone.
func (e *elections) lost(session string, peer netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		e.groups[name].lost(session, peer)
	}
}

// lost steps members that watch a session whose peer is gone. One family of a group may hear its adverts from another
// address than that of the session, so each is told by the address that it knows: the group has one Active router.
func (g *group) lost(session string, peer netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	heard := func(i int) netip.Addr { return g.core[i].Election.Peer.Source }
	watches := func(m *member) bool { return slices.Contains(m.instance.Watch, session) }
	followed := false
	for i, m := range g.members {
		followed = followed || watches(m) && heard(i) == peer
	}
	for i, m := range g.members {
		if followed && watches(m) && g.core[i].Election.State == vrrp.Backup {
			g.owner.events.info("bfd", m.instance.Name, fmt.Sprintf("%s lost %v, whose adverts it follows: takes over unless somebody speaks", session, peer))
			g.step(i, vrrp.PeerLost{Source: heard(i)})
		}
	}
}

// judgedNow takes verdicts that changed, and lets what gets worse happen before it returns: no socket has to be opened to lower a
// priority or to give up. What gets better follows soon.
func (e *elections) judgedNow(changed map[string]planner.Verdict) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.Copy(e.tracking.facts.Verdicts, changed)
	link := e.links()
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		g := e.groups[name]
		if !e.tracking.concerns(g, changed, nil) {
			continue
		}
		e.linksMoved()
		for i, m := range g.members {
			if m.unproven != nil {
				continue
			}
			dependencies := e.tracking.judge(*m.instance, g.ready(i), link)
			g.weigh(i, dependencies)
			if fault := faultOf(dependencies); fault != nil {
				g.attend(i, nil, netip.Addr{}, fault)
			}
		}
	}
}

// called is what stands behind the key of a verdict, for people.
func called(key string) string {
	if strings.HasPrefix(key, "bfd.") || strings.HasPrefix(key, "bfd[") {
		return "session " + key
	}
	return "check " + key
}

// vipsOf are the addresses that move.
func vipsOf(instances []vrrp.Instance) []netip.Addr {
	var list []netip.Addr
	for _, i := range instances {
		list = append(list, i.Addresses...)
	}
	return list
}
