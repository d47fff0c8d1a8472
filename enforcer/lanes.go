package enforcer

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp"
	"ha/vrrp/socket"
)

// lane is an interface and an address family: announcements leave it one after the other, in an order, and those of different
// lanes do not wait for each other.
type lane struct {
	device string
	ipv6   bool
}

// lanes is all announcements that are on their way. Its lock is a leaf. A lane has a goroutine while something waits in it.
type lanes struct {
	events  *eventLog
	open    func(device string) (announcer, error)
	running sync.WaitGroup
	ended   chan struct{} // closed by stop

	mu     sync.Mutex
	closed bool
	queues map[lane]*queue
	pacer  pacer
}

// announcer is a socket.Announcer.
type announcer interface {
	AnnounceAll([]socket.Announcement) (sent int, err error)
	Close() error
}

func newLanes(events *eventLog) *lanes {
	return &lanes{
		events: events, ended: make(chan struct{}), queues: map[lane]*queue{}, pacer: newPacer(),
		open: func(device string) (announcer, error) { return socket.OpenAnnouncer(device) },
	}
}

// regroup takes the interfaces that keep a common pace.
func (l *lanes) regroup(groups []vrrp.PaceGroup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pacer.regroup(groups)
}

// add lets a load be sent after what waits in its lane.
func (l *lanes) add(key lane, ld *load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	q := l.queues[key]
	if q == nil {
		q = &queue{}
		l.queues[key] = q
		l.running.Go(func() { l.serve(key, q) })
	}
	q.put(ld)
}

// hasten is add, but the first round leaves at once, from the goroutine of the caller, when nothing has to be waited for: clients
// follow the first announcement. Else it does nothing, and returns false. It leaves through an announcer that stays with the caller,
// or through a new one if that is nil.
func (l *lanes) hasten(key lane, ld *load, through announcer) bool {
	q := l.claim(key, ld)
	if q == nil {
		return false
	}
	own := through == nil
	if own {
		through = q.announcer(key.device, l.open)
	}
	var b burst
	for left := len(ld.frames); left > 0; {
		n := q.take(&b, left)
		if n == 0 {
			break
		}
		l.send(key, q, &b, n, through)
		left -= n
	}
	l.settle(key, q, own)
	return true
}

// claim returns a queue for a lane in which nothing waits, with the load in it, if that needs no pace. Nobody serves it.
func (l *lanes) claim(key lane, ld *load) *queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.queues[key] != nil || l.pacer.pause(key, ld.pace) > 0 {
		return nil
	}
	q := &queue{}
	q.put(ld)
	l.queues[key] = q
	return q
}

// settle ends the claim: what is left, and the closing of a socket, which takes time, is for another goroutine.
func (l *lanes) settle(key lane, q *queue, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !own && q.head() == nil {
		delete(l.queues, key)
		q.close()
		return
	}
	l.running.Go(func() { l.serve(key, q) })
}

// serve sends what waits in a lane until nothing does.
func (l *lanes) serve(key lane, q *queue) {
	defer q.close()
	var b burst
	for {
		wait, together, ok := l.next(key, q)
		if !ok {
			return
		}
		if wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-l.ended:
				timer.Stop()
				return
			}
		}
		if n := q.take(&b, together); n > 0 {
			l.send(key, q, &b, n, q.announcer(key.device, l.open))
		}
	}
}

// next says how long the next frame of a lane has to wait, how many may leave together then, and false when there is none: then
// the lane is no longer served.
func (l *lanes) next(key lane, q *queue) (wait time.Duration, together int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := q.head()
	if head == nil || l.closed {
		delete(l.queues, key)
		return 0, 0, false
	}
	together = 1
	if l.pacer.pause(key, head.pace) == 0 {
		together = mostTogether
	}
	return l.pacer.turn(key, head.pace, time.Now()), together, true
}

// send sends the first n frames of a burst. What fails once is told once per load. A lane whose interface has gone is emptied: the
// instances on it hear of that by themselves, and announce anew when it is back.
func (l *lanes) send(key lane, q *queue, b *burst, n int, through announcer) {
	for at := 0; at < n; at++ { // past the one that could not be sent
		err := q.err
		if through != nil {
			var sent int
			sent, err = through.AnnounceAll(b.frames[at:n])
			at += sent
		}
		switch {
		case err == nil:
			return
		case errors.Is(err, unix.ENETDOWN):
			q.empty() // that it is down is told by itself
			return
		case through == nil || gone(err):
			left := q.empty() + n - at
			l.events.warn("problem", b.by[at].name, fmt.Sprintf("%v; %d announcements are dropped that waited for %s", err, left, key.device))
			return
		case !b.by[at].failed:
			b.by[at].failed = true
			l.events.warn("problem", b.by[at].name, err.Error())
		}
	}
}

// gone tells whether the interface that an error is about cannot send at all any more.
func gone(err error) bool {
	return slices.ContainsFunc([]error{unix.ENODEV, unix.ENXIO}, func(e error) bool { return errors.Is(err, e) })
}

// stop ends all lanes, and forgets what waits in them.
func (l *lanes) stop() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.ended)
	}
	l.mu.Unlock()
	l.running.Wait()
}
