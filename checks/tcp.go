package checks

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// TCP is healthy when a connection opens.
type TCP struct{ Dialer }

func newTCP(c Config) (Check, error) {
	if c.Weight != nil {
		return &Agent{tcp: TCP{c.dialer()}, weight: *c.Weight}, nil
	}
	return &TCP{c.dialer()}, nil
}

// open implements [opener].
func (c *TCP) open() (int, error) { return c.connectSlowly() }

// opened implements [opener].
func (c *TCP) opened(err error) error {
	if err == nil {
		return nil
	}
	return c.said(err)
}

// Probe opens and closes one connection.
func (c *TCP) Probe(ctx context.Context) error {
	conn, err := c.Dial(ctx, "tcp")
	if err != nil {
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
