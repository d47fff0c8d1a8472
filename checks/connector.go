package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// opener is a check that is over when a connection opens. Such connections wait in the kernel, thousands of them behind one
// descriptor (epoll(7)), where a goroutine with its timers each would cost twice the processor time.
type opener interface {
	Check
	// open begins to connect: fd does not block, and becomes writable when the connection is open or has failed. An error is
	// the result already, and leaves no descriptor.
	open() (fd int, err error)
	// progress looks whether the connection is open by now: nil, or unix.EALREADY while it opens, or why it failed.
	progress(fd int) error
	// opened says in words what became of it.
	opened(err error) error
}

// connector holds connections that are opening. Its loop owns it; only collect runs beside it.
type connector struct {
	file      *os.File // of epoll
	fd        int
	raw       syscall.RawConn
	slots     []slot
	free      []int32                    // indexes of slots that hold nothing
	deadlines map[time.Duration][]ticket // by timeout, and so in order; some are over already
	young     []ticket                   // that epoll does not know yet: the most are over before it is worth telling it
}

// slot is one connection that is opening.
type slot struct {
	turn int32 // counts the uses of the slot: news of an earlier one are stale
	fd   int
	done ended // all but its end
}

// ticket is one use of a slot, with the moment when it is over at the latest.
type ticket struct {
	slot, turn int32
	until      time.Time
}

func newConnector() (*connector, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that the runtime waits for it, and no thread
		return nil, errors.Join(err, unix.Close(fd))
	}
	c := &connector{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, deadlines: map[time.Duration][]ticket{}}
	if c.raw, err = c.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, c.file.Close())
	}
	return c, nil
}

// collect hands over what the kernel tells of connections, until the connector is closed or ctx ends.
func (c *connector) collect(ctx context.Context, out chan<- []unix.EpollEvent) {
	buffer := make([]unix.EpollEvent, 256)
	for {
		n := 0
		var failed error
		err := c.raw.Read(func(fd uintptr) bool {
			n, failed = unix.EpollWait(int(fd), buffer, 0)
			return n > 0 || failed != nil && !errors.Is(failed, unix.EINTR)
		})
		if err != nil || failed != nil {
			return // closed
		}
		select {
		case out <- append([]unix.EpollEvent(nil), buffer[:n]...):
		case <-ctx.Done():
			return
		}
	}
}

// begin opens the connection of a probe. False says that it is over already, with the reason. Patient is who looks again soon,
// by mature.
func (c *connector) begin(o opener, done ended, timeout time.Duration, patient bool) (waits bool, err error) {
	fd, err := o.open()
	if err != nil {
		return false, err
	}
	if len(c.free) == 0 {
		c.free = append(c.free, int32(len(c.slots)))
		c.slots = append(c.slots, slot{})
	}
	at := c.free[len(c.free)-1]
	s := &c.slots[at]
	t := ticket{at, s.turn, done.started.Add(timeout)}
	if patient {
		c.young = append(c.young, t)
	} else if err := c.watch(at, fd); err != nil {
		_ = unix.Close(fd) // nothing was sent over it
		return false, err
	}
	c.free = c.free[:len(c.free)-1]
	s.fd, s.done = fd, done
	done.entry.slot = at + 1
	c.deadlines[timeout] = append(c.deadlines[timeout], t)
	return true, nil
}

// watch makes the kernel tell when the connection of a slot is open.
func (c *connector) watch(at int32, fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLONESHOT, Fd: at, Pad: c.slots[at].turn}
	if err := unix.EpollCtl(c.fd, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return &Unable{"epoll: " + errnoText(err), err}
	}
	return nil
}

// mature looks after the connections that began a moment ago, which spares epoll and the runtime the most of them: those that are over it returns, the others epoll watches from now on.
func (c *connector) mature() []ended {
	var over []ended
	for _, t := range c.young {
		s := &c.slots[t.slot]
		if s.turn != t.turn {
			continue // nobody asks any more
		}
		o := s.done.entry.check.(opener)
		err := o.progress(s.fd)
		if errors.Is(err, unix.EALREADY) {
			if err = c.watch(t.slot, s.fd); err == nil {
				continue
			}
		} else if err != nil {
			err = os.NewSyscallError("connect", err)
		}
		done := c.empty(t.slot)
		done.err = o.opened(err)
		over = append(over, done)
	}
	c.young = c.young[:0]
	return over
}

// take empties the slot that an event is about, and says how its probe ended. False: the event is of a probe that is over.
func (c *connector) take(event unix.EpollEvent) (ended, bool) {
	s := &c.slots[event.Fd]
	if s.turn != event.Pad || s.done.entry == nil {
		return ended{}, false
	}
	var err error
	if event.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		number, failed := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		switch {
		case failed != nil:
			err = os.NewSyscallError("getsockopt", failed)
		case number != 0:
			err = os.NewSyscallError("connect", syscall.Errno(number))
		}
	}
	done := c.empty(event.Fd)
	done.err = done.entry.check.(opener).opened(err)
	return done, true
}

// empty closes the connection in a slot, and returns its probe without its end.
func (c *connector) empty(at int32) ended {
	s := &c.slots[at]
	done := s.done
	_ = unix.Close(s.fd) // it also leaves epoll; nothing was written that could get lost
	done.entry.slot = 0
	s.done, s.turn = ended{}, s.turn+1
	c.free = append(c.free, at)
	return done
}

// expired takes a probe whose time is over out of its slot. False: there is none; the next one is over at the time returned, if
// that is not zero.
func (c *connector) expired(now time.Time) (done ended, timeout time.Duration, next time.Time, some bool) {
	for timeout, list := range c.deadlines {
		for len(list) > 0 {
			first := list[0]
			s := &c.slots[first.slot]
			over := s.turn != first.turn
			if !over && first.until.After(now) {
				break
			}
			list = list[1:]
			if !over {
				c.deadlines[timeout] = list
				return c.empty(first.slot), timeout, next, true
			}
		}
		if len(list) == 0 {
			delete(c.deadlines, timeout)
			continue
		}
		c.deadlines[timeout] = list
		if next.IsZero() || list[0].until.Before(next) {
			next = list[0].until
		}
	}
	return ended{}, 0, next, false
}

// close closes all connections.
func (c *connector) close() {
	for at := range c.slots {
		if c.slots[at].done.entry != nil {
			c.empty(int32(at))
		}
	}
	_ = c.file.Close() // nothing was written
}

// openLimit is how many connections may be opening at once: half of the files that the process may have, and no more than need be.
func openLimit() int {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return DefaultLimit
	}
	return int(min(max(files.Cur/2, 64), 32<<10))
}
