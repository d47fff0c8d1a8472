package ipvs

import (
	"context"
	"fmt"
	"time"

	"ha/enforcer/kernel/wire"
)

// Timeouts are how long IPVS remembers connections without packets, in whole seconds: 1 s to 2^31-1 ticks of the kernel, which
// is at least 24 days. 0 leaves a timeout as it is.
type Timeouts struct {
	TCP    time.Duration // established
	TCPFin time.Duration // after a FIN
	UDP    time.Duration
}

// IPVS_CMD_ATTR_TIMEOUT_*.
const (
	attrTimeoutTCP    = 4
	attrTimeoutTCPFin = 5
	attrTimeoutUDP    = 6
)

// Timeouts reads them.
func (c *Conn) Timeouts(ctx context.Context) (Timeouts, error) {
	bodies, err := c.get(ctx, cmdGetConfig, nil)
	if err != nil {
		return Timeouts{}, fmt.Errorf("asking for IPVS's timeouts: %w", err)
	}
	var t Timeouts
	for _, b := range bodies {
		if err := decodeTimeouts(b, &t); err != nil {
			return Timeouts{}, fmt.Errorf("asking for IPVS's timeouts: %w", err)
		}
	}
	return t, nil
}

// decodeTimeouts reads one answer, generic header included.
func decodeTimeouts(body []byte, t *Timeouts) error {
	if len(body) < genericHeader {
		return wire.ErrShort
	}
	d := wire.Decode(body[genericHeader:])
	for d.Next() {
		switch d.Type() {
		case attrTimeoutTCP:
			t.TCP = time.Duration(d.Uint32()) * time.Second
		case attrTimeoutTCPFin:
			t.TCPFin = time.Duration(d.Uint32()) * time.Second
		case attrTimeoutUDP:
			t.UDP = time.Duration(d.Uint32()) * time.Second
		}
	}
	return d.Err()
}

// SetTimeouts sets those that are not 0. EINVAL when one is too long for the kernel's ticks; none is set then.
func (c *Conn) SetTimeouts(ctx context.Context, t Timeouts) error {
	var b []byte
	for _, a := range []struct {
		attr    uint16
		timeout time.Duration
	}{{attrTimeoutTCP, t.TCP}, {attrTimeoutTCPFin, t.TCPFin}, {attrTimeoutUDP, t.UDP}} {
		if a.timeout != 0 {
			b = wire.Uint32(b, a.attr, uint32(a.timeout/time.Second))
		}
	}
	return c.do(ctx, cmdSetConfig, b)
}
