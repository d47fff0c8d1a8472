package enforcer

import (
	"container/heap"
	"time"
)

// bfdQueue is sessions in the order in which something is due: a heap, in which each session knows its place.
type bfdQueue []*bfdSession

// put sets when something is due for a session.
func (q *bfdQueue) put(s *bfdSession, due time.Duration) {
	before := s.due
	s.due = due
	switch {
	case s.place < 0:
		heap.Push(q, s)
	case due != before:
		heap.Fix(q, s.place)
	}
}

// remove takes a session out; one that is not in there stays out.
func (q *bfdQueue) remove(s *bfdSession) {
	if s.place >= 0 {
		heap.Remove(q, s.place)
	}
}

// Len, Less, Swap, Push and Pop are for container/heap.
func (q bfdQueue) Len() int           { return len(q) }
func (q bfdQueue) Less(i, j int) bool { return q[i].due < q[j].due }
func (q bfdQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push appends a *bfdSession.
func (q *bfdQueue) Push(x any) {
	s, ok := x.(*bfdSession)
	if !ok {
		return // container/heap hands over what put gave it
	}
	s.place = len(*q)
	*q = append(*q, s)
}

// Pop takes the last one off.
func (q *bfdQueue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last], *q = nil, (*q)[:last]
	s.place = -1
	return s
}
