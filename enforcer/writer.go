package enforcer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// origin is what made the writer look again; it decides how what it does is told.
type origin int

const (
	byStart  origin = iota // the process began, or takes back what was not finished
	byFacts                // an election or a check
	byKernel               // somebody else changed the kernel
	byLink                 // the kernel itself, when a link went down or away
	byApply                // a person
)

// writer turns facts into changes and is the only one that changes the kernel. It belongs to one goroutine.
type writer struct {
	kernel    Kernel
	events    *eventLog
	installed func(vips ...string)   // the addresses of Active VIPs are in place
	urgent    func() map[string]bool // news about VIPs, which go before long work on pools
	overlap   func()                 // a role changed: ask to be told when the overlap is over

	index  *planner.Index
	query  kernel.Query
	facts  planner.Facts
	claims planner.Claims
	live   planner.State // what the kernel held when last heard of; own writes and events keep it current
	silent silentTurn
	echoes echoes

	synced      syncRole          // what the synchronisation of connections followed last
	suspect     *planner.State    // a first reading back that differs from live
	mortal      map[string]bool   // VIPs whose addresses the kernel will take away
	leases      map[string]lease  // by VIP; what its addresses were given last, all together
	renewals    []renewal         // memory for the next round
	stale       bool              // live is known to be wrong: read again before the next diff
	failures    int               // rounds in a row that left something undone
	problems    map[string]string // what is wrong now, by object
	disputes    disputes
	corrections uint64
	moves       uint64 // how often VIPs came or went

	asides asides

	countedSince time.Time // the corrections: the start of this process, or of one before that handed over
}

// silentTurn keeps own writes and own readings of what has no events (IPVS, filters and sysctls) apart: a dump of IPVS that races
// with deletions loses entries without a sign.
type silentTurn struct {
	sync.Mutex
	epoch uint64 // of own writes and of what is known; guarded by the lock
}

// adopt takes a generation as what is enforced. Facts about things that both plans have are kept.
func (w *writer) adopt(g *Generation) {
	w.index = planner.NewIndex(&g.Config.Plan).After(w.index)
	w.claims = planner.ClaimsAfter(nil, planner.State{}, g.Claims) // a copy: claims move with every write
	w.query = kernel.QueryFor(g.Config.Plan, w.claims)
	if w.facts.Active == nil {
		w.facts = planner.Facts{Active: map[string]bool{}, Verdicts: map[string]planner.Verdict{}}
	}
}

// claimAlso takes what an unfinished apply may have made as ours.
func (w *writer) claimAlso(g Generation) {
	if w.claims.Objects == nil {
		w.claims.Objects = map[planner.Key]planner.Claim{}
	}
	for k, claim := range g.Claims.Objects {
		if _, known := w.claims.Objects[k]; !known {
			w.claims.Objects[k] = claim
		}
	}
	if w.claims.Before == nil {
		w.claims.Before = map[planner.SysctlKey]planner.Sysctl{}
	}
	for k, v := range g.Claims.Before {
		if _, known := w.claims.Before[k]; !known {
			w.claims.Before[k] = v
		}
	}
	w.alsoRead(kernel.QueryFor(g.Config.Plan, w.claims))
}

// alsoRead makes every later reading see more.
func (w *writer) alsoRead(q kernel.Query) {
	w.query = kernel.Query{
		Tables:  slices.Compact(slices.Sorted(slices.Values(slices.Concat(w.query.Tables, q.Tables)))),
		Sysctls: slices.Compact(slices.Sorted(slices.Values(slices.Concat(w.query.Sysctls, q.Sysctls)))),
	}
}

// presume fills the facts of the moment after a start: real servers that take connections are taken as up until
// they were probed again, so that a restart costs nothing. The addresses of our VIPs that still stand will go, since
// no election was won yet.
func (w *writer) presume() {
	w.facts.Verdicts = w.index.Presume(w.live).Verdicts
	w.claims = PresumedClaims(w.index.Plan(), w.live, w.claims)
}

// PresumedClaims is what is ours when nobody has watched: what is on record, and the addresses of the applied plan's
// VIPs that stand. On a kernel without marks (before Linux 5.18) nothing else tells that a killed enforcer left them;
// to leave them alone would be two nodes that answer. A nil plan is none.
func PresumedClaims(plan *planner.Plan, live planner.State, recorded planner.Claims) planner.Claims {
	claims := planner.ClaimsAfter(nil, live, recorded)
	if plan == nil {
		return claims
	}
	for _, v := range plan.VIPs {
		for _, a := range v.Addresses {
			if _, stands := live.Addresses[a.Key]; stands && claims.Of(a.Key, live) == planner.Foreign {
				claims.Objects = with(claims.Objects, planner.Key(a.Key), planner.Owned)
			}
		}
	}
	return claims
}

// reread replaces what is known of the kernel.
func (w *writer) reread(ctx context.Context) error {
	w.silent.Lock()
	defer w.silent.Unlock()
	w.silent.epoch++ // a reading that began before is older
	live, err := w.kernel.Read(ctx, w.query)
	if err != nil {
		return fmt.Errorf("reading the kernel: %w", err)
	}
	w.live, w.stale = live, false
	w.filtersStand()
	w.ipvsStands()
	return nil
}

// ipvsStands tells of an IPVS that is not there, and ends that problem when it is.
func (w *writer) ipvsStands() {
	if plan := w.index.Plan(); w.live.NoIPVS != "" && plan != nil && len(plan.Pools) > 0 {
		w.problem("ipvs", "pools are not balanced, VIPs work: "+w.live.NoIPVS)
		w.forgive()
		return
	}
	delete(w.problems, "ipvs")
}

// settle makes the whole kernel equal to plan and facts.
func (w *writer) settle(ctx context.Context, why origin) {
	if !w.refreshed(ctx) {
		return
	}
	changes, conflicts := planner.Diff(w.index.Resolve(w.facts), w.live, w.claims, w.index)
	w.tell(conflicts)
	if why == byKernel || why == byStart {
		changes = w.disputes.hold(changes, time.Now())
	}
	if w.carry(ctx, changes, why) {
		w.failures = 0
	}
	w.tellStanding(slices.Sorted(maps.Keys(w.facts.Active)))
}

// refreshed makes sure that what is known of the kernel is right; false: it cannot be read now, and will be later.
func (w *writer) refreshed(ctx context.Context) bool {
	if !w.stale {
		return true
	}
	switch err := w.reread(ctx); {
	case err != nil && ctx.Err() != nil:
		return false // the enforcer stops, and that is no problem
	case err != nil:
		w.problem("kernel", err.Error())
		w.failures++
		return false
	}
	delete(w.problems, "kernel")
	return true
}

// together is how many VIPs are settled by one batch of requests to the kernel: so many that a request costs little more
// than the address itself, so few that the first VIP is not announced much later than it would be alone.
const together = 64

// activity carries out news of elections: addresses come or go.
func (w *writer) activity(ctx context.Context, news map[string]bool) {
	for vips := range slices.Chunk(slices.Sorted(maps.Keys(news)), together) {
		w.moves++
		for _, vip := range vips {
			w.facts.Active[vip] = news[vip]
		}
		w.activeServices(ctx, vips, true)
		w.settleVIPs(ctx, vips, byFacts)
		w.activeServices(ctx, vips, false)
		w.tellStanding(vips)
	}
	w.turn(ctx, news)
}

// settleVIPs makes the kernel equal to plan and facts as far as VIPs are concerned, one after the other.
func (w *writer) settleVIPs(ctx context.Context, vips []string, why origin) {
	var all []planner.Change
	for _, vip := range vips {
		changes, conflicts := planner.Diff(w.index.ResolveVIP(vip, w.facts), w.index.LiveVIP(vip, w.live), w.claims, w.index)
		w.tell(conflicts)
		all = append(all, changes...)
	}
	w.carry(ctx, all, why)
}

// tellStanding tells the elections which of these VIPs are Active and have all their addresses.
func (w *writer) tellStanding(vips []string) {
	var standing []string
	for _, vip := range vips {
		if w.facts.Active[vip] && w.stands(vip) {
			standing = append(standing, vip)
		}
	}
	if len(standing) > 0 {
		w.installed(standing...)
	}
}

// stands tells whether all addresses of a VIP are in place.
func (w *writer) stands(vip string) bool {
	v := w.index.VIP(vip)
	if v == nil {
		return true
	}
	for k := range w.index.Served(v) {
		if _, ok := w.live.Addresses[k]; !ok {
			return false
		}
	}
	return true
}

// hear takes verdicts and numbers that changed into the facts, and returns the pools that hang on them. Nothing is written.
func (w *writer) hear(verdicts map[string]planner.Verdict, weighed []string) []string {
	pools := map[string]bool{}
	keys := weighed
	for key, v := range verdicts {
		w.facts.Verdicts[key] = v
		keys = append(keys, key)
	}
	for _, key := range keys {
		for _, pool := range w.index.PoolsOf(key) {
			pools[pool] = true
		}
	}
	return slices.Sorted(maps.Keys(pools))
}

// judge makes the kernel equal to plan and facts as far as pools are concerned.
func (w *writer) judge(ctx context.Context, pools []string) {
	for _, pool := range pools {
		part, leavers := w.index.LivePool(pool, w.live), w.leaversOf(pool)
		planner.Left(part, w.live, leavers...)
		changes, conflicts := planner.Diff(w.index.ResolvePool(pool, w.facts), part, w.claims, w.index)
		w.tell(conflicts)
		w.carry(ctx, changes, byFacts)
		for _, k := range leavers {
			delete(w.asides.gone, k) // what could not be done is tried again with all
		}
	}
}

// letGo removes the addresses of every VIP.
func (w *writer) letGo(ctx context.Context) {
	for vips := range slices.Chunk(slices.Sorted(maps.Keys(w.facts.Active)), together) {
		for _, vip := range vips {
			w.facts.Active[vip] = false
		}
		w.settleVIPs(ctx, vips, byFacts)
		w.activeServices(ctx, vips, false)
	}
	w.turn(ctx, w.facts.Active)
}

// tell notes objects whose place a foreign one takes.
func (w *writer) tell(conflicts []planner.Conflict) {
	for _, c := range conflicts {
		w.problemOf(c.Key.String(), c.Name, c.Message)
	}
}

// problem notes what is wrong with an object, and tells of it when that is new.
func (w *writer) problem(object, text string) { w.problemOf(object, object, text) }

// problemOf is problem for an object that people know by another name.
func (w *writer) problemOf(key, object, text string) {
	if w.problems[key] == text {
		return
	}
	if w.problems == nil {
		w.problems = map[string]string{}
	}
	w.problems[key] = text
	w.events.error("problem", object, text)
}

// unsettled tells whether something is left to be tried again.
func (w *writer) unsettled() bool { return w.failures > 0 || w.stale }

// backOff is how long to wait before the next try: 100 ms, doubled each time, at most 30 s.
func (w *writer) backOff() time.Duration {
	return min(100*time.Millisecond<<min(w.failures, 10), 30*time.Second)
}

// retry reads the kernel again and tries everything that is left.
func (w *writer) retry(ctx context.Context) {
	w.stale = true
	w.settle(ctx, byStart)
}
