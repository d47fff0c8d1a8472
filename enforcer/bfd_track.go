package enforcer

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ha/checks"
	"ha/checks/bfd"
	"ha/planner"
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
	e.inbox.result(r)
}

// judgedNow takes verdicts that changed, and lets what gets worse happen before it returns: no socket has to be opened to lower a
// priority or to give up. What gets better follows soon.
func (e *elections) judgedNow(changed map[string]planner.Verdict) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.Copy(e.tracking.verdicts, changed)
	link := linkFinder()
	for _, name := range slices.Sorted(maps.Keys(e.groups)) {
		g := e.groups[name]
		if !g.tracks(changed) {
			continue
		}
		e.linksMoved()
		for i, m := range g.members {
			if m.unproven != nil {
				continue
			}
			lowered, fault := e.tracking.judge(m.instance, g.ready(i), link)
			g.weigh(i, lowered)
			if fault != nil {
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
