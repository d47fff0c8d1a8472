package check

// effect is by how much a stake changes the priority when it is good, or has failed. What a number of a check will be is
// not known, so a factor counts as nothing here.
func effect(s Stake, good bool) int64 {
	change, _ := s.Track.Effect(good, 0)
	return int64(change)
}

// faulted tells whether a stake keeps the node out of the election.
func faulted(s Stake, good bool) bool {
	_, fault := s.Track.Effect(good, 0)
	return fault
}

// step is by how much a failure changes the priority.
func step(s Stake) int64 { return effect(s, false) - effect(s, true) }

// cut keeps a sum within the priorities that are not an owner's.
func cut(sum int64) int64 { return max(1, min(sum, owner-1)) }

// normally is the priority of a node when nothing has failed.
func normally(c contender) int64 {
	if c.vip.Priority.Val == owner {
		return owner
	}
	sum := c.vip.Priority.Val
	for _, s := range c.stakes {
		sum += effect(s, true)
	}
	return cut(sum)
}

// matters tells whether the failure of a stake of c can change who of two nodes is better, whatever else has failed. A
// node that preempts must be among the two. The number of a check can be any, so a factor always matters.
func matters(c contender, stake int, field []contender) bool {
	s := c.stakes[stake]
	if c.vip.Priority.Val == owner {
		return false
	}
	if s.Track.Factor != 0 {
		return true
	}
	for sum := range reachable(c, stake) {
		good, bad := cut(sum+effect(s, true)), cut(sum+effect(s, false))
		for _, other := range field {
			if other.node == c.node || !other.vip.Preempt.Val && !c.vip.Preempt.Val {
				continue
			}
			for theirs := range reachable(other, -1) {
				if theirs = cutOf(other, theirs); min(good, bad) < theirs && theirs < max(good, bad) {
					return true
				}
			}
		}
	}
	return false
}

// cutOf is [cut] for a node, which may be the owner.
func cutOf(c contender, sum int64) int64 {
	if c.vip.Priority.Val == owner {
		return owner
	}
	return cut(sum)
}

// reachable are the sums that the priority of a node can come to, whatever has failed; one stake may be left out. Their
// number is bounded by what weights can add up to, not by the number of sets.
func reachable(c contender, without int) map[int64]bool {
	all := map[int64]bool{c.vip.Priority.Val: true}
	for i, s := range c.stakes {
		if s.Track.Condition() || i == without {
			continue
		}
		if s.Track.Factor != 0 {
			for p := int64(1); p < owner; p++ {
				all[p] = true // any number
			}
			continue
		}
		next := map[int64]bool{}
		for sum := range all {
			next[sum+effect(s, true)], next[sum+effect(s, false)] = true, true
		}
		all = next
	}
	return all
}
