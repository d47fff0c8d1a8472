package worker

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"ha/checks"
)

// listen hears a worker out until it stops making sense. It rings heard at every message.
func (c *Client) listen(conn io.Reader, heard chan struct{}) error {
	r := bufio.NewReader(conn)
	first, err := decode(r, maxToCore)
	switch {
	case ended(err):
		return errors.New("it ended before it said hello")
	case err != nil:
		return err
	case first.Hello == nil:
		return errors.New("it did not say hello first")
	case first.Hello.Version != Version:
		return fmt.Errorf("it speaks version %d of the protocol, this is %d", first.Hello.Version, Version)
	}
	for {
		m, err := decode(r, maxToCore)
		if ended(err) {
			return errors.New("it ended")
		}
		if err != nil {
			return err
		}
		select {
		case heard <- struct{}{}:
		default:
		}
		switch {
		case m.Refused != "":
			c.options.Log.Error("worker refused its checks and keeps the old ones", "err", m.Refused)
			c.note(func(s *Status) { s.Err = m.Refused })
		case m.Pong != 0:
		case m.Pace != nil:
			c.note(func(s *Status) { s.Pace = *m.Pace })
		case m.Tried != nil:
			select {
			case c.tried <- *m.Tried:
			default: // nobody waits for it any more
			}
		case m.Told != nil:
			for _, o := range m.Told {
				c.options.OnTold(o)
			}
		case m.Drained != 0:
			c.answered(m.Drained)
		case m.Results != nil:
			for _, result := range m.Results {
				c.take(result)
			}
		default:
			return errors.New("it sent what only the core says")
		}
	}
}

// ended reports whether an error of the connection says that the other end closed it.
func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) }

// take remembers a result and passes it on, unless its check has left the set.
func (c *Client) take(r checks.Result) {
	c.mu.Lock()
	_, wanted := c.known[r.Key]
	if wanted && !r.Unable {
		c.known[r.Key] = r.Health()
	}
	c.mu.Unlock()
	if wanted {
		c.options.OnResult(r)
	}
}
