package enforcer

import "time"

// task is something that is done when its time has come. Its zero value with do set is ready for use.
type task struct {
	do     func()
	due    time.Duration
	latest time.Duration // until then it may wait for others, to be done together
	place  int           // in the agenda, from 1; 0: it is not there
}

// agenda is tasks in the order in which they cannot wait any longer: a binary heap, for thousands that are moved at every
// turn. It is pure: whoever has it brings the time.
type agenda []*task

// put makes a task due at a time, instead of when it was due before; it may wait until slack after that.
func (a *agenda) put(t *task, due, slack time.Duration) {
	t.due, t.latest = due, due+slack
	if t.place == 0 {
		*a = append(*a, t)
		t.place = len(*a)
	}
	a.down(a.up(t.place - 1))
}

// remove takes a task away. One that is not there is not missed.
func (a *agenda) remove(t *task) {
	if t.place == 0 {
		return
	}
	at, last := t.place-1, len(*a)-1
	a.swap(at, last)
	(*a)[last] = nil
	*a = (*a)[:last]
	t.place = 0
	if at < last {
		a.down(a.up(at))
	}
}

// next is until when the first task may wait, and false when there is none.
func (a agenda) next() (time.Duration, bool) {
	if len(a) == 0 {
		return 0, false
	}
	return a[0].latest, true
}

// take removes and returns the first task if it is due at a time, else nil. Of those behind it some may be due as well;
// they can wait.
func (a *agenda) take(now time.Duration) *task {
	if len(*a) == 0 || (*a)[0].due > now {
		return nil
	}
	t := (*a)[0]
	a.remove(t)
	return t
}

// up moves what can wait less than its parent towards the front, and returns where it is then.
func (a agenda) up(i int) int {
	for i > 0 && a[i].latest < a[(i-1)/2].latest {
		a.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	return i
}

// down moves what can wait longer than its children towards the back.
func (a agenda) down(i int) {
	for {
		first := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(a) && a[child].latest < a[first].latest {
				first = child
			}
		}
		if first == i {
			return
		}
		a.swap(i, first)
		i = first
	}
}

func (a agenda) swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i+1, j+1
}
