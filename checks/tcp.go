package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// TCP is healthy when a connection opens.
type TCP struct {
	Target netip.AddrPort
}

func newTCP(c Config) (Check, error) {
	return &TCP{Target: c.Target}, nil
}

// Probe opens and closes one connection.
func (c *TCP) Probe(ctx context.Context) error {
	conn, err := connect(ctx, c.Target)
	if err != nil {
		return err
	}
	return conn.Close()
}

// connect opens a TCP connection. Its error says in words what a person would ask first: did nobody answer, or did
// somebody say no?
func connect(ctx context.Context, target netip.AddrPort) (net.Conn, error) {
	// Keep-alive probes are for connections that live; these do not.
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", target.String())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", target, inWords(err))
	}
	return conn, nil
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
	switch {
	case errors.As(err, &said): // before
	case errors.Is(err, context.Canceled):
		return &failure{"given up", err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &failure{"no answer in time", err}
	case errors.As(err, &number):
		return &failure{number.Error(), err} // connection refused, no route to host, ...
	}
	return err
}
