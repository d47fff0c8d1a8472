package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ha/hcl/decode"
)

// mostFailures is how many things on nodes are tried in all their sets, 2^10 of them. Beyond, only failures of one thing
// are: on one node, and on all that track it.
const mostFailures = 10

// Outcome is who answers for a VIP when some things have failed.
type Outcome struct {
	Failed string // eth1 on lb1, pool.web on lb1 and lb2; empty: nothing
	Winner string // the node; empty: nobody answers. "lb1 or lb2" between equals
	Why    string // priority 100 > 90
}

// failure is a thing that may fail on a node: a stake of a contender.
type failure struct{ node, stake int }

// Outcomes says for sets of failed things who answers for a VIP then, when the best node was Active before and all nodes run:
// nothing, each thing alone, each thing on all nodes that have a stake in it, and each larger set without which the winner is another
// one, whichever of its failures is left out. all tells that there are no other sets of that kind; numbers of checks count as 0.
func (t Tracking) Outcomes(p *decode.PerNode[decode.VIP]) (list []Outcome, all bool) {
	field := contenders(t.v, p)
	var failures []failure
	for n, c := range field {
		for i, s := range c.stakes {
			if s.Track.Factor == 0 {
				failures = append(failures, failure{n, i})
			}
		}
	}
	if len(failures) == 0 || len(field) < 2 {
		return nil, true
	}
	sets := append([][]failure{nil}, alone(failures)...)
	sets = append(sets, everywhere(field, failures)...)
	all = len(failures) <= mostFailures
	if all {
		sets = append(sets, decisive(field, failures)...)
	}
	told := map[string]bool{}
	for _, set := range sets {
		o := decide(field, set)
		if !told[o.Failed] {
			told[o.Failed] = true
			list = append(list, o)
		}
	}
	return list, all
}

// alone are the sets of one failure.
func alone(failures []failure) [][]failure {
	var sets [][]failure
	for _, f := range failures {
		sets = append(sets, []failure{f})
	}
	return sets
}

// everywhere are the sets of one thing that has failed on all nodes that have a stake in it.
func everywhere(field []contender, failures []failure) [][]failure {
	var sets [][]failure
	index := map[string]int{}
	for _, f := range failures {
		thing := field[f.node].stakes[f.stake].Thing()
		i, known := index[thing]
		if !known {
			i = len(sets)
			index[thing] = i
			sets = append(sets, nil)
		}
		sets[i] = append(sets[i], f)
	}
	return sets
}

// decisive are the sets of several failures, each of which is needed for their outcome. Small sets come first.
func decisive(field []contender, failures []failure) [][]failure {
	winners := make([]string, 1<<len(failures))
	pick := func(set int) []failure {
		var list []failure
		for i, f := range failures {
			if set&(1<<i) != 0 {
				list = append(list, f)
			}
		}
		return list
	}
	var sets [][]failure
	for set := range winners {
		winners[set] = decide(field, pick(set)).Winner
		list, needed := pick(set), true
		for i := range failures {
			needed = needed && (set&(1<<i) == 0 || winners[set&^(1<<i)] != winners[set])
		}
		if needed && len(list) > 1 {
			sets = append(sets, list)
		}
	}
	slices.SortStableFunc(sets, func(a, b []failure) int { return cmp.Compare(len(a), len(b)) })
	return sets
}

// stand is a node in an election at one moment.
type stand struct {
	node     string
	priority int64
	out      bool
	preempts bool
}

// stands are the nodes when a set of things has failed.
func stands(field []contender, set []failure) []stand {
	list := make([]stand, len(field))
	for n, c := range field {
		s := stand{node: c.node, preempts: c.vip.Preempt.Val || c.vip.Priority.Val == owner}
		sum := c.vip.Priority.Val
		for i := range c.stakes {
			good := !slices.Contains(set, failure{n, i})
			sum += effect(c.stakes[i], good)
			s.out = s.out || faulted(c.stakes[i], good)
		}
		s.priority = cutOf(c, sum)
		list[n] = s
	}
	return list
}

// best is the node with the highest priority of those that take part and fit; nil for none. Equal ones are all returned.
func best(list []stand, fits func(stand) bool) []stand {
	var top []stand
	for _, s := range list {
		switch {
		case s.out || !fits(s):
		case len(top) == 0 || s.priority > top[0].priority:
			top = []stand{s}
		case s.priority == top[0].priority:
			top = append(top, s)
		}
	}
	return top
}

// decide says who answers when a set of things fails, while the node that is best without failures is Active.
func decide(field []contender, set []failure) Outcome {
	o := Outcome{Failed: spell(field, set)}
	now := stands(field, set)
	anyone := func(stand) bool { return true }
	var incumbent *stand
	if before := best(stands(field, nil), anyone); len(before) == 1 {
		for i := range now {
			if now[i].node == before[0].node && !now[i].out {
				incumbent = &now[i]
			}
		}
	}
	if incumbent == nil {
		return o.won(best(now, anyone), now)
	}
	better := best(now, func(s stand) bool { return s.priority > incumbent.priority && s.preempts })
	if len(better) > 0 {
		return o.won(better, now)
	}
	o.Winner = incumbent.node
	if rivals := best(now, func(s stand) bool { return s.node != incumbent.node }); len(rivals) > 0 {
		sign, more := ">", ""
		switch r := rivals[0]; {
		case r.priority == incumbent.priority:
			sign, more = "=", ", and an equal one does not take over"
		case r.priority > incumbent.priority:
			sign, more = "<", fmt.Sprintf(", but %s does not preempt", r.node)
		}
		o.Why = fmt.Sprintf("priority %d %s %d of %s%s", incumbent.priority, sign, rivals[0].priority, rivals[0].node, more)
	} else {
		o.Why = "no other node takes part"
	}
	return o
}

// won is the outcome of an election that one of the best wins.
func (o Outcome) won(top, all []stand) Outcome {
	if len(top) == 0 {
		o.Why = "no node takes part"
		return o
	}
	var names, outs []string
	for _, s := range top {
		names = append(names, s.node)
	}
	second := best(all, func(s stand) bool { return !slices.Contains(names, s.node) })
	for _, s := range all {
		if s.out {
			outs = append(outs, s.node)
		}
	}
	o.Winner = strings.Join(names, " or ")
	switch {
	case len(top) > 1:
		o.Why = fmt.Sprintf("equal priorities %d: the greater address decides", top[0].priority)
	case len(second) > 0:
		o.Why = fmt.Sprintf("priority %d > %d of %s", top[0].priority, second[0].priority, second[0].node)
	default:
		o.Why = "no other node takes part"
	}
	if len(outs) > 0 && len(second) > 0 {
		o.Why += fmt.Sprintf("; without %s", strings.Join(outs, " and "))
	}
	return o
}

// spell names a set of failures: eth1 on lb1 and lb2, eth2 on lb1.
func spell(field []contender, set []failure) string {
	var things []string
	nodes := map[string][]string{}
	for _, f := range set {
		thing := field[f.node].stakes[f.stake].Thing()
		if nodes[thing] == nil {
			things = append(things, thing)
		}
		nodes[thing] = append(nodes[thing], field[f.node].node)
	}
	for i, thing := range things {
		things[i] = thing + " on " + strings.Join(slices.Compact(nodes[thing]), " and ")
	}
	return strings.Join(things, ", ")
}
