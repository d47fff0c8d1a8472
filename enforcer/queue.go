package enforcer

import (
	"sync"
	"time"

	"ha/vrrp/socket"
)

// load is what one instance announces in one lane, made at one moment.
type load struct {
	name    string // whom to name when it fails
	frames  []socket.Announcement
	count   int           // rounds of all frames that are left, the current one included
	pace    time.Duration // after each frame
	current func() bool   // whether the addresses are still ours: else nothing more is sent
	at      int           // in frames
	failed  bool          // that was told
}

// queue is the loads of a lane in the order of their turns. A turn is one round; a load that has more of them then waits behind
// all others. So whoever comes last is announced once before the others are announced again, and nobody is passed twice.
type queue struct {
	mu     sync.Mutex
	loads  []*load
	socket announcer // of its own; nil: none is open
	err    error     // why not
}

func (q *queue) put(ld *load) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.loads = append(q.loads, ld)
}

// head is whose frame is next; nil: nobody's.
func (q *queue) head() *load {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.first()
}

// first drops what is no longer current, and returns what is next. Called with the lock.
func (q *queue) first() *load {
	for len(q.loads) > 0 {
		if ld := q.loads[0]; ld.count > 0 && len(ld.frames) > 0 && ld.current() {
			return ld
		}
		q.loads = q.loads[1:]
	}
	return nil
}

// burst is frames that leave together, each with its load. Whoever stops announcing waits for those at most.
type burst struct {
	frames [mostTogether]socket.Announcement
	by     [mostTogether]*load
}

// mostTogether is so many frames that the system call costs little for each.
const mostTogether = 16

// take takes the next frames of one pace into b, as many as that holds or as are asked for, and says how many there were.
func (q *queue) take(b *burst, most int) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for n < min(most, mostTogether) {
		ld := q.first()
		if ld == nil || n > 0 && ld.pace != b.by[0].pace {
			break
		}
		b.frames[n], b.by[n] = ld.frames[ld.at], ld
		n++
		if ld.at++; ld.at < len(ld.frames) {
			continue
		}
		ld.at = 0
		ld.count--
		q.loads = q.loads[1:]
		if ld.count > 0 {
			q.loads = append(q.loads, ld)
		}
	}
	return n
}

// empty drops all that waits, and says how many frames that were.
func (q *queue) empty() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, ld := range q.loads {
		n += ld.count*len(ld.frames) - ld.at
	}
	q.loads = nil
	return n
}

// announcer is the queue's own, opened when it is first asked for; nil: it cannot be, for the reason in err. Only whoever serves
// the queue calls it, and close.
func (q *queue) announcer(device string, open func(string) (announcer, error)) announcer {
	if q.socket == nil {
		q.socket, q.err = open(device)
		if q.err != nil {
			q.socket = nil
		}
	}
	return q.socket
}

func (q *queue) close() {
	if q.socket != nil {
		_ = q.socket.Close() // nothing was buffered
		q.socket = nil
	}
}
