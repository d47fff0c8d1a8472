package checks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

// Types of ICMP messages (RFC 792, RFC 4443).
const (
	echoRequest4, echoReply4 = 8, 0
	echoRequest6, echoReply6 = 128, 129
)

// nonceSize is how many random bytes a ping carries, so that nobody takes the answer to another for its own.
const nonceSize = 32

// Ping is healthy when an echo request is answered (RFC 792, RFC 4443). It needs no privilege where net.ipv4.ping_group_range
// admits the group, and CAP_NET_RAW elsewhere.
type Ping struct{ dialer Dialer }

func newPing(c Config) (Check, error) {
	return &Ping{c.dialer()}, nil
}

// Probe sends one echo request.
func (p *Ping) Probe(ctx context.Context) error {
	socket, raw, err := p.dialer.icmp()
	if err != nil {
		return err
	}
	defer socket.Close() //nolint:errcheck // nothing is left to be said
	defer interrupt(ctx, socket)()
	four := p.dialer.Target.Addr().Is4()
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails
	request := echo(four, nonce)
	if _, err := socket.Write(request); err != nil {
		return p.silence(err)
	}
	buffer := make([]byte, 256)
	for range maxStrays {
		n, err := socket.Read(buffer)
		if err != nil {
			return p.silence(err)
		}
		if answers(buffer[:n], request, four, raw) {
			return nil
		}
	}
	return fmt.Errorf("ping %s: %d messages answer other pings", p.dialer.Target.Addr(), maxStrays)
}

// silence says in words that there was no answer.
func (p *Ping) silence(err error) error {
	return fmt.Errorf("ping %s: %w", p.dialer.Target.Addr(), inWords(bare(err)))
}

// echo is an echo request. The kernel fills in the identifier where the socket is not raw, and the checksum of IPv6.
func echo(four bool, nonce []byte) []byte {
	m := append(make([]byte, 8), nonce...)
	copy(m[4:6], nonce) // identifier
	m[0] = echoRequest6
	if four {
		m[0] = echoRequest4
		binary.BigEndian.PutUint16(m[2:], checksum(m))
	}
	return m
}

// checksum is that of RFC 1071, of an even number of bytes.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// answers tells whether a message of the network answers a request. A raw socket of IPv4 has the header of the packet in
// front; there the identifier is ours, elsewhere the kernel has compared its own.
func answers(message, request []byte, four, raw bool) bool {
	want := byte(echoReply6)
	if four {
		want = echoReply4
		if raw {
			if len(message) < 20 || message[0]>>4 != 4 {
				return false
			}
			size := int(message[0]&15) * 4
			if size < 20 || len(message) < size {
				return false
			}
			message = message[size:]
		}
	}
	return len(message) == len(request) && message[0] == want && message[1] == 0 && bytes.Equal(message[8:], request[8:]) &&
		(!raw || bytes.Equal(message[4:6], request[4:6]))
}
