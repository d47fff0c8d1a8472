package socket

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Loop waits for the packets of many Conns and for one timer in a single system call. The runtime's poller would cost a
// hand-over between two threads for each of them, and be as late as that takes. Whoever calls Run gives it a thread of its
// own (runtime.LockOSThread). The other methods may be called from any goroutine; none of them waits.
type Loop struct {
	epoll, timer int

	mu     sync.Mutex
	ready  map[int32]func() // by descriptor
	closed bool
}

// maxReady is how many sockets one turn hears of; the others are first in the next one.
const maxReady = 128

// NewLoop makes a Loop that waits for nothing.
func NewLoop() (*Loop, error) {
	l := &Loop{epoll: -1, timer: -1, ready: map[int32]func(){}}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a loop: %w", os.NewSyscallError("epoll_create1", err))
	}
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return nil, errors.Join(fmt.Errorf("make a loop: %w", os.NewSyscallError("timerfd_create", err)), l.free())
	}
	// Edge-triggered: each expiry wakes once, and nobody has to read it.
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(l.timer)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.timer, &event); err != nil {
		return nil, errors.Join(fmt.Errorf("make a loop: %w", os.NewSyscallError("epoll_ctl", err)), l.free())
	}
	return l, nil
}

// Set lets the timer go off once, after a time from now, instead of when it was set to before; at once when the time is not
// positive.
func (l *Loop) Set(after time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	return l.set(after)
}

func (l *Loop) set(after time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(after, 1)))} // zero would stop the timer
	if err := unix.TimerfdSettime(l.timer, 0, &spec, nil); err != nil {
		return fmt.Errorf("set a timer: %w", os.NewSyscallError("timerfd_settime", err))
	}
	return nil
}

// Watch lets Run call heard, in its goroutine, while packets wait in a Conn that was opened with Watched. heard takes them
// by Drain.
func (l *Loop) Watch(c *Conn, heard func()) error {
	err := control(c.rxRaw, func(fd int) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.closed {
			return os.ErrClosed
		}
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
		if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
			return os.NewSyscallError("epoll_ctl", err)
		}
		l.ready[int32(fd)] = heard
		return nil
	})
	if err != nil {
		return fmt.Errorf("watch a VRRP socket: %w", err)
	}
	return nil
}

// Forget ends what Watch began; call it before the Conn is closed. heard may be running still.
func (l *Loop) Forget(c *Conn) error {
	return control(c.rxRaw, func(fd int) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if _, watched := l.ready[int32(fd)]; !watched || l.closed {
			return nil
		}
		delete(l.ready, int32(fd))
		return os.NewSyscallError("epoll_ctl", unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, fd, nil))
	})
}

// Run calls turn each time something has happened, until the Loop is closed; then it returns nil. turn calls hear once:
// that lets every Conn in which packets wait be heard.
func (l *Loop) Run(turn func(hear func())) error {
	var events [maxReady]unix.EpollEvent
	n := 0
	hear := func() {
		for _, e := range events[:n] {
			l.mu.Lock()
			heard := l.ready[e.Fd] // nil: the timer, or no longer watched
			l.mu.Unlock()
			if heard != nil {
				heard()
			}
		}
	}
	for {
		var err error
		n, err = unix.EpollWait(l.epoll, events[:], -1)
		if errors.Is(err, unix.EINTR) {
			n, err = 0, nil
		}
		l.mu.Lock()
		closed := l.closed
		l.mu.Unlock()
		switch {
		case closed:
			return l.free()
		case err != nil:
			return fmt.Errorf("wait for packets and a timer: %w", os.NewSyscallError("epoll_wait", err))
		}
		turn(hear)
	}
}

// Close lets Run return, which frees everything. Not for a Loop that never runs. A second Close does nothing.
func (l *Loop) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	return l.set(0)
}

// free closes the descriptors.
func (l *Loop) free() error {
	var errs []error
	for _, fd := range []int{l.epoll, l.timer} {
		if fd >= 0 {
			errs = append(errs, os.NewSyscallError("close", unix.Close(fd)))
		}
	}
	return errors.Join(errs...)
}
