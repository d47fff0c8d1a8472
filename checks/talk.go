package checks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// talkLimit is how much a server may say in one conversation, in bytes: all that is wanted of it is short.
const talkLimit = 64 << 10

// talk is a conversation with a server over one connection, which ends with its context.
type talk struct {
	conn net.Conn
	r    *bufio.Reader
	left *io.LimitedReader
	stop func() bool
}

// talk opens a connection, with TLS from its first byte if secure is not nil.
func (d Dialer) talk(ctx context.Context, secure *secured) (*talk, error) {
	conn, err := d.Dial(ctx, "tcp")
	if err != nil {
		return nil, err
	}
	if secure != nil {
		if conn, err = secure.over(ctx, conn); err != nil {
			return nil, err
		}
	}
	t := &talk{stop: interrupt(ctx, conn)}
	t.use(conn)
	return t, nil
}

// use goes on over a connection.
func (t *talk) use(conn net.Conn) {
	t.conn, t.left = conn, &io.LimitedReader{R: conn, N: talkLimit}
	t.r = bufio.NewReader(t.left)
}

// startTLS goes on over TLS. What the server said already would be taken for a secured word of it, so it must have said
// nothing (RFC 3207 section 6).
func (t *talk) startTLS(ctx context.Context, secure *secured) error {
	if t.r.Buffered() > 0 {
		return errors.New("the server said more before TLS began")
	}
	t.stop()
	conn, err := secure.over(ctx, t.conn)
	if err != nil {
		return err
	}
	t.stop = interrupt(ctx, conn)
	t.use(conn)
	return nil
}

// send says something.
func (t *talk) send(what []byte) error {
	_, err := t.conn.Write(what)
	return t.fault(err)
}

// read fills b.
func (t *talk) read(b []byte) error {
	_, err := io.ReadFull(t.r, b)
	return t.fault(err)
}

// line reads a line, and cuts its end.
func (t *talk) line() (string, error) {
	text, err := t.r.ReadString('\n')
	return strings.TrimRight(text, "\r\n"), t.fault(err)
}

// fault says in words why a conversation ended.
func (t *talk) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case t.left.N <= 0:
		return &failure{fmt.Sprintf("the server said more than %d KiB", talkLimit>>10), err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{"the server hung up", err}
	}
	return inWords(err)
}

// close ends the conversation.
func (t *talk) close() {
	t.stop()
	t.conn.Close()
}

// interrupt ends what waits on a connection when ctx ends. The function returned lets it go on waiting for ever.
func interrupt(ctx context.Context, conn interface{ SetDeadline(time.Time) error }) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// said quotes what a server said, on one line that is not too long.
func said(text string) string { return fmt.Sprintf("%q", shorten(text)) }

// shorten cuts a text of a server that would not fit into a line.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
