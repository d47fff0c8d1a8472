package checks

import (
	"context"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// TCP is healthy when a connection opens.
type TCP struct{ Dialer }

func newTCP(c Config) (Check, error) {
	if c.Weight != nil {
		return &Agent{tcp: TCP{c.dialer()}, weight: *c.Weight}, nil
	}
	if c.Through.Is() {
		return &throughTCP{TCP{c.dialer()}}, nil
	}
	return &TCP{c.dialer()}, nil
}

// open implements [opener].
func (c *TCP) open() (int, error) { return c.connectSlowly() }

// progress implements [opener].
func (c *TCP) progress(fd int) error {
	if err := unix.Connect(fd, inetAddr(c.Target)); !errors.Is(err, unix.EISCONN) {
		return err
	}
	return nil
}

// opened implements [opener].
func (c *TCP) opened(err error) error {
	if err == nil || wasOpen(err) {
		return nil
	}
	return c.said(err)
}

// wasOpen tells whether a connection failed that was open before: a server that hangs up with a reset at once must not be up or
// down by who was quicker. One that refuses gives ECONNREFUSED (tcp_reset in net/ipv4/tcp_input.c).
func wasOpen(err error) bool { return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE) }

// Probe opens and closes one connection.
func (c *TCP) Probe(ctx context.Context) error {
	conn, err := c.Dial(ctx, "tcp")
	switch {
	case err != nil && wasOpen(err):
		return nil
	case err != nil:
		return err
	}
	return conn.Close()
}

// failure is an error with its own words in place of the wrapped one's.
type failure struct {
	words string
	cause error
}

func (f *failure) Error() string { return f.words }
func (f *failure) Unwrap() error { return f.cause }

// inWords replaces what the operating system and the net package say where plain words say it shorter.
func inWords(err error) error {
	var timeout net.Error
	var number syscall.Errno
	var said *failure
	var unable *Unable
	switch {
	case errors.As(err, &said), errors.As(err, &unable): // before
	case errors.Is(err, context.Canceled):
		return &failure{"given up", err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &failure{"no answer in time", err}
	case errors.As(err, &number):
		return &failure{number.Error(), err} // connection refused, no route to host, ...
	}
	return err
}
