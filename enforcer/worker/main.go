package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks"
	"ha/enforcer/notify"
)

// FD is the worker's end of the socket pair when Start started it.
const FD = 3

// Main is the worker process: it runs the checks that the core sets on the socket fd, and tells the world what the core says. It returns nil when ctx ends or the
// core goes away, and an error when fd is no socket or the core talks nonsense.
func Main(ctx context.Context, fd int) error {
	if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
		return fmt.Errorf("file descriptor %d is not the core's socket: %w; the enforcer starts its worker, people do not", fd, err)
	}
	unix.CloseOnExec(fd)
	// Scripts get none of the files that this process inherited. Kernels before 5.11 do not know how; there they get those that
	// whoever started the enforcer left open.
	_ = unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	conn := os.NewFile(uintptr(fd), "core")
	defer conn.Close() //nolint:errcheck // the core is gone, or does not care

	ctx, cancel := context.WithCancelCause(ctx)
	out := newOutbound()
	out.say(message{Hello: &hello{Version: Version}}) // before anybody else says anything
	scheduler := checks.NewScheduler(out.put, checks.Options{})
	out.pace = scheduler.Pace
	teller := notify.New(out.told)
	defer teller.Close()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel(nil)
	tasks.Go(func() { scheduler.Run(ctx) })
	tasks.Go(func() { cancel(out.run(ctx, conn)) })
	tasks.Go(func() {
		<-ctx.Done()
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // ends listen
	})
	err := listen(ctx, conn, servant{scheduler, teller, out})
	if ctx.Err() != nil { // it was we who hung up
		err = context.Cause(ctx)
	}
	if gone(err) {
		return nil
	}
	return err
}

// gone reports whether an error says no more than that it is time to end.
func gone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET)
}

// servant is what the worker does for the core.
type servant struct {
	scheduler *checks.Scheduler
	teller    *notify.Teller
	out       *outbound
}

// listen does what the core says until it stops talking.
func listen(ctx context.Context, conn io.Reader, s servant) error {
	r := bufio.NewReader(conn)
	for {
		m, err := decode(r, maxToWorker)
		switch {
		case err != nil:
			return err
		case m.Set != nil:
			if err := s.scheduler.Set(m.Set.Checks, m.Set.Known); err != nil {
				s.out.say(message{Refused: shorten(err.Error())})
			}
		case m.Try != nil:
			go func() { s.out.say(message{Tried: m.Try.run()}) }()
		case m.Channels != nil:
			if err := s.teller.Set(m.Channels.List); err != nil {
				s.out.say(message{Refused: shorten(err.Error())})
			}
		case m.Tell != nil:
			for _, t := range m.Tell {
				s.teller.Tell(t.Channels, t.Event)
			}
		case m.Drain != 0:
			go func() {
				s.teller.Drain(ctx)
				s.out.say(message{Drained: m.Drain})
			}()
		case m.Ping != 0:
			s.out.say(message{Pong: m.Ping})
		default:
			return errors.New("the core sent what only a worker says")
		}
	}
}
