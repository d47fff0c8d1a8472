package enforcer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ha/planner"
)

// disputes are the services and servers of IPVS that another program changes again and again: an old keepalived, kube-proxy, a script
// with ipvsadm. What hands change is put back at once; two programs that do so for ever would make the service flap at the pace of
// the faster one. So ha puts it back at longer and longer intervals, and says who else is there. The zero value is none.
type disputes struct {
	of   map[planner.Key]dispute
	next time.Time // when something is to be put back that was left; zero: nothing waits
}

// dispute is how often an object had to be put back.
type dispute struct {
	name  string
	times int       // in a row
	last  time.Time // when it was put back last
}

const (
	// patienceWithHands is how often in a row an object is put back at once: people try things.
	patienceWithHands = 4
	// firstRest and longestRest bound for how long it is left then; each time doubles it.
	firstRest, longestRest = 5 * time.Second, 5 * time.Minute
	// inARow is how soon an object must be changed again for it to be in a row, besides the time that it was left.
	inARow = time.Minute
)

// rest is for how long the object is left as the other program wants it, before it is put back again.
func (d dispute) rest() time.Duration {
	if d.times < patienceWithHands {
		return 0
	}
	return min(firstRest<<min(d.times-patienceWithHands, 10), longestRest)
}

// over tells whether the object was left alone for so long that what happens next is something new.
func (d dispute) over(now time.Time) bool { return now.Sub(d.last) > 2*d.rest()+inARow }

// inDispute tells whether objects of this kind are watched: those that have no events, and whose other writers run for ever.
func inDispute(k planner.Key) bool {
	switch k.(type) {
	case planner.VirtualServerKey, planner.RealServerKey:
		return true
	default:
		return false
	}
}

// corrected notes that an object was put back, and reports whether that has just become a dispute.
func (d *disputes) corrected(k planner.Key, name string, now time.Time) (begins bool) {
	if !inDispute(k) {
		return false
	}
	one := d.of[k]
	if one.over(now) {
		one = dispute{}
	}
	one.name, one.last = name, now
	one.times++
	d.of = with(d.of, k, one)
	return one.times == patienceWithHands
}

// hold leaves out of all that differs what is to be left for a while, and real servers whose service is.
func (d *disputes) hold(changes []planner.Change, now time.Time) []planner.Change {
	d.next = time.Time{}
	if len(d.of) == 0 {
		return changes
	}
	held := map[planner.VirtualServerKey]bool{}
	for _, c := range changes {
		if k, service := c.Key.(planner.VirtualServerKey); service && c.Action == planner.Create && d.waits(k, now) {
			held[k] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c planner.Change) bool {
		if k, server := c.Key.(planner.RealServerKey); server && held[k.Service] {
			return true
		}
		return d.waits(c.Key, now)
	})
}

// waits tells whether an object is left for now, and sees to it that somebody comes back to it.
func (d *disputes) waits(k planner.Key, now time.Time) bool {
	one, known := d.of[k]
	until := one.last.Add(one.rest())
	if !known || one.rest() == 0 || !until.After(now) {
		return false
	}
	if d.next.IsZero() || until.Before(d.next) {
		d.next = until
	}
	return true
}

// due tells, once, that something which was left is to be put back.
func (d *disputes) due(now time.Time) bool {
	if d.next.IsZero() || now.Before(d.next) {
		return false
	}
	d.next = time.Time{}
	return true
}

// settled forgets the objects that were left alone, and returns the names of those that were in dispute.
func (d *disputes) settled(now time.Time) (names []string) {
	maps.DeleteFunc(d.of, func(_ planner.Key, one dispute) bool {
		if !one.over(now) {
			return false
		}
		if one.times >= patienceWithHands {
			names = append(names, one.name)
		}
		return true
	})
	slices.Sort(names)
	return names
}

// dispute tells of an object that another program changes again and again.
func (w *writer) dispute(c planner.Change) {
	who := "another program"
	if rivals := w.kernel.Rivals(); len(rivals) > 0 {
		who = strings.Join(rivals, " and ") + " in this network namespace, or another program,"
	}
	text := fmt.Sprintf("%s changes it again and again; ha puts it back less and less often, in the end every %v. Stop that program, or leave the object to it.", who, longestRest)
	w.facts.Disputed = with(w.facts.Disputed, c.Name, text)
	w.problemOf(disputed+c.Name, c.Name, text)
}

// disputed begins the keys of the problems about disputes.
const disputed = "dispute "

// undisputed ends the disputes about what others have left alone.
func (w *writer) undisputed(now time.Time) {
	for _, name := range w.disputes.settled(now) {
		delete(w.facts.Disputed, name)
		delete(w.problems, disputed+name)
		w.events.info("change", name, "is left alone by other programs again")
	}
}

// forgive ends all disputes: the kernel has lost IPVS as a whole, so what is missing is nobody's doing.
func (w *writer) forgive() {
	for name := range w.facts.Disputed {
		delete(w.problems, disputed+name)
	}
	w.disputes, w.facts.Disputed = disputes{}, nil
}
