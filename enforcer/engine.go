package enforcer

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"ha/enforcer/control"
	"ha/vrrp/socket"
)

// engine is the one thread on which elections run: it hears their packets, keeps their timers, and sends what falls due
// together by one system call. A turn of it is:
//
//  1. what waits in the sockets is heard, a bounded number of packets for each;
//  2. what is due is done, the earliest first;
//  3. the adverts of both are sent (see outbox), and the timer is set to what falls due next.
//
// So packets go before deadlines, and neither a flood nor a thousand timers keep the other from its turn.
//
// Its locks are leaves: tasks run, and packets are heard, without them. after, cancel and send may be called from
// anywhere, in the state of any other lock; they never wait for a turn.
type engine struct {
	events   *eventLog
	receiver *socket.Receiver
	outbox   outbox
	start    time.Time
	realtime Realtime

	mu      sync.Mutex
	loop    *socket.Loop // nil while it does not run
	agenda  agenda
	armed   time.Duration // when the timer goes off; 0: it is not set
	turning bool          // the timer is set at the end of the turn

	lateness lateness
	tardy    tardy
	refused  []string // what the machine does not give the thread
}

// maxTasks bounds the tasks of one turn, after which packets are let in again.
const maxTasks = 1024

func newEngine(events *eventLog) *engine {
	return &engine{events: events, receiver: socket.NewReceiver(), start: time.Now()}
}

// now is the time on the engine's clock. It never is 0.
func (e *engine) now() time.Duration { return time.Since(e.start) + 1 }

// run starts the thread, if it does not run; it ends with stop.
func (e *engine) run(running *sync.WaitGroup) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.loop != nil {
		return nil
	}
	loop, err := socket.NewLoop()
	if err != nil {
		return err
	}
	e.loop, e.armed = loop, 0
	running.Go(func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		e.enter()
		if err := loop.Run(e.turn); err != nil {
			e.events.error("problem", "engine", err.Error())
		}
	})
	e.arm()
	return nil
}

// enter schedules the thread as the node wants it.
func (e *engine) enter() {
	refused := e.realtime.enter()
	for _, text := range refused {
		e.events.error("problem", "engine", text)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refused = refused
}

// status is how late timers were, and what is wrong with the thread.
func (e *engine) status() (control.TimerStatus, []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lateness.status(), slices.Clone(e.refused)
}

// stop ends the thread.
func (e *engine) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.loop == nil {
		return
	}
	e.complain(e.loop.Close())
	e.loop = nil
}

// complain tells of an error of something that all elections need.
func (e *engine) complain(err error) {
	if err != nil {
		e.events.error("problem", "engine", err.Error())
	}
}

// watch lets heard be called while packets wait in a Conn.
func (e *engine) watch(c *socket.Conn, heard func()) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.loop.Watch(c, heard)
}

// forget sends what is queued in a Conn, which is closed next, and watches it no longer.
func (e *engine) forget(c *socket.Conn) {
	e.outbox.forget(c)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.loop != nil {
		e.complain(e.loop.Forget(c))
	}
}

// after lets a task be done once, on the thread of the engine, after a time from now, instead of when it was due before;
// as soon as possible when the time is not positive. A task that runs right now may run again. It may wait for others for
// as long as slack, so that fewer turns do more.
func (e *engine) after(t *task, d, slack time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.agenda.put(t, e.now()+max(d, 0), slack)
	e.arm()
}

// cancel lets a task not be done. It may be running.
func (e *engine) cancel(t *task) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.agenda.remove(t)
}

// arm sets the timer to what falls due next; called with the lock. One that goes off too early costs less than setting it
// anew, so it is only moved when it would be late.
func (e *engine) arm() {
	due, ok := e.agenda.next()
	if !ok || e.turning || e.loop == nil || e.armed != 0 && e.armed <= due {
		return
	}
	e.armed = due
	e.complain(e.loop.Set(due - e.now()))
}

// turn is called by the loop each time something has happened.
func (e *engine) turn(hear func()) {
	e.begin()
	e.outbox.hold()
	hear()
	for range maxTasks {
		t := e.due()
		if t == nil {
			break
		}
		t.do()
	}
	e.outbox.release()
	e.end()
}

func (e *engine) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turning = true
	if e.armed != 0 && e.armed <= e.now() {
		e.armed = 0 // it has gone off
	}
}

func (e *engine) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.turning = false
	e.arm()
}

// due takes the first task that is due.
func (e *engine) due() *task {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.agenda.take(e.now())
}
