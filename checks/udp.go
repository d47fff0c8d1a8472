package checks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// maxDatagram is how much of a datagram is looked at, and how much one may hold, in bytes.
const maxDatagram = 65507

// UDPConfig holds the arguments that only check "udp" has.
type UDPConfig struct {
	Payload      string `json:"payload,omitempty"`       // hexadecimal digits; empty: 16 random bytes
	RequireReply bool   `json:"require_reply,omitempty"` // silence is a failure
	Reply        string `json:"reply,omitempty"`         // how the reply begins: hexadecimal digits, x is any; needs RequireReply
	ReplyMin     int    `json:"reply_min,omitempty"`     // bytes that the reply must have at least
	ReplyMax     int    `json:"reply_max,omitempty"`     // and at most; 0: any number
}

// UDP is healthy when a datagram provokes no ICMP error, and, if wanted, a reply.
type UDP struct {
	UDPConfig
	dialer     Dialer
	payload    []byte
	want, mask []byte // of the beginning of the reply
}

func newUDP(c Config) (Check, error) {
	u := c.UDP
	if u == nil {
		u = &UDPConfig{}
	}
	payload, err := hex.DecodeString(u.Payload)
	want, mask, patternErr := pattern(u.Reply)
	if err := errors.Join(patternErr,
		unless(err == nil, "payload %q is not pairs of hexadecimal digits", shorten(u.Payload)),
		unless(len(payload) <= maxDatagram, "the payload has %d bytes, more than the %d of a datagram", len(payload), maxDatagram),
		unless(u.RequireReply || u.Reply == "" && u.ReplyMin == 0 && u.ReplyMax == 0, "reply, reply_min and reply_max need require_reply"),
		unless(u.ReplyMin >= 0 && u.ReplyMin <= maxDatagram, "reply_min %d is not from 0 to %d", u.ReplyMin, maxDatagram),
		unless(u.ReplyMax == 0 || u.ReplyMax >= u.ReplyMin && u.ReplyMax <= maxDatagram, "reply_max %d is not from reply_min to %d", u.ReplyMax, maxDatagram),
	); err != nil {
		return nil, err
	}
	return &UDP{UDPConfig: *u, dialer: c.dialer(), payload: payload, want: want, mask: mask}, nil
}

// pattern reads pairs of hexadecimal digits in which x is any digit.
func pattern(text string) (want, mask []byte, err error) {
	digits := strings.ToLower(text)
	known := strings.Map(func(r rune) rune {
		if r == 'x' {
			return '0'
		}
		return r
	}, digits)
	if want, err = hex.DecodeString(known); err != nil {
		return nil, nil, fmt.Errorf("reply %q is not pairs of hexadecimal digits, or x for any", shorten(text))
	}
	mask = make([]byte, len(want))
	for i := range mask {
		for n, digit := range []byte(digits[2*i : 2*i+2]) {
			if digit != 'x' {
				mask[i] |= 0xf0 >> (4 * n)
			}
		}
	}
	return want, mask, nil
}

// Probe sends one datagram. Where no reply is wanted it waits for an ICMP error half of the time that it has.
func (c *UDP) Probe(ctx context.Context) error {
	conn, err := c.dialer.datagrams(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer interrupt(ctx, conn)()
	payload := c.payload
	if len(payload) == 0 {
		payload = make([]byte, 16)
		_, _ = rand.Read(payload) // never fails
	}
	if _, err := conn.Write(payload); err != nil {
		return unreachable(err)
	}
	if !c.RequireReply {
		return c.listen(ctx, conn)
	}
	buffer := make([]byte, max(c.ReplyMax, c.ReplyMin, len(c.want))+1)
	n, err := conn.Read(buffer)
	if err != nil {
		return unreachable(err)
	}
	return c.judge(buffer[:n])
}

// listen waits for an ICMP error; a reply says that there is none.
func (c *UDP) listen(ctx context.Context, conn net.Conn) error {
	patience := time.Second
	if end, limited := ctx.Deadline(); limited {
		patience = time.Until(end) / 2
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 1))
	if ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // nobody objects
	}
	return unreachable(err)
}

// judge compares a reply with what is wanted; a pattern counts as far as the reply goes, as keepalived has it.
func (c *UDP) judge(reply []byte) error {
	switch n := len(reply); {
	case n < c.ReplyMin:
		return fmt.Errorf("the reply has %d bytes, want at least %d", n, c.ReplyMin)
	case c.ReplyMax > 0 && n > c.ReplyMax:
		return fmt.Errorf("the reply has more than %d bytes", c.ReplyMax)
	case n == 0 && len(c.want) > 0:
		return errors.New("the reply is empty")
	}
	head := bytes.Clone(reply[:min(len(reply), len(c.want))])
	for i := range head {
		if (head[i]^c.want[i])&c.mask[i] != 0 {
			return fmt.Errorf("the reply begins with %x, want %s", head[:min(len(head), 32)], shorten(c.Reply))
		}
	}
	return nil
}

// unreachable says in words what came back instead of an answer.
func unreachable(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return &failure{"nobody listens: the port is unreachable (ICMP)", err}
	}
	if err == nil {
		return nil
	}
	return inWords(err)
}
