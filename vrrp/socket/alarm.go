package socket

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Alarm is the timer of an election. A time.Timer of an idle Go process is up to a millisecond late, since the runtime
// sleeps whole milliseconds (epoll_wait); an Alarm is a timerfd, to which the runtime wakes like to a packet. Methods
// may be called from any goroutine. Who selects on channels lets Serve's function fill one with room for one:
//
//	select {
//	case fired <- struct{}{}:
//	default: // it already says so
//	}
type Alarm struct {
	file   *os.File
	raw    syscall.RawConn
	closed atomic.Bool
}

// NewAlarm makes an Alarm that is not set.
func NewAlarm() (*Alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make an alarm: %w", os.NewSyscallError("timerfd_create", err))
	}
	a := &Alarm{file: os.NewFile(uintptr(fd), "alarm")}
	if a.raw, err = a.file.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("make an alarm: %w", err), a.file.Close())
	}
	return a, nil
}

// Set lets the Alarm go off once, after a time from now, instead of when it was set to before; at once when the time is
// not positive. A firing that Serve has not told of yet is taken back.
func (a *Alarm) Set(after time.Duration) error {
	after = max(after, 1) // zero would stop the timer
	return a.set(unix.ItimerSpec{Value: unix.NsecToTimespec(int64(after))})
}

// Stop lets the Alarm not go off.
func (a *Alarm) Stop() error { return a.set(unix.ItimerSpec{}) }

func (a *Alarm) set(spec unix.ItimerSpec) error {
	err := control(a.raw, func(fd int) error {
		return os.NewSyscallError("timerfd_settime", unix.TimerfdSettime(fd, 0, &spec, nil))
	})
	if err != nil {
		return fmt.Errorf("set an alarm: %w", err)
	}
	return nil
}

// Serve calls fire each time the Alarm goes off, until it is closed; then it returns nil. Call it once, in a goroutine
// of its own. fire may Set the Alarm.
func (a *Alarm) Serve(fire func()) error {
	for {
		var expirations [8]byte
		var inner error
		err := a.raw.Read(func(fd uintptr) bool {
			_, inner = unix.Read(int(fd), expirations[:])
			return !errors.Is(inner, unix.EAGAIN)
		})
		switch {
		case a.closed.Load():
			return nil
		case err != nil:
			return fmt.Errorf("wait for an alarm: %w", err)
		case errors.Is(inner, unix.EINTR):
			continue
		case inner != nil:
			return fmt.Errorf("wait for an alarm: %w", os.NewSyscallError("read", inner))
		}
		fire()
	}
}

// Close ends Serve. A second Close does nothing.
func (a *Alarm) Close() error {
	a.closed.Store(true)
	if err := a.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
