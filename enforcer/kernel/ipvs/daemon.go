package ipvs

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"ha/enforcer/kernel/wire"
)

// DaemonState is what a synchronisation daemon does (IP_VS_STATE_*).
type DaemonState uint32

// The states of a daemon. A namespace has one of each at most.
const (
	Master DaemonState = 1 // sends
	Backup DaemonState = 2 // receives
)

// Daemon is a connection synchronisation daemon.
type Daemon struct {
	State     DaemonState
	Interface string
	ID        uint8
	// What is not set the kernel decides: group 224.0.0.81, port 8848, TTL 1, and as many bytes as fit into a packet of
	// 1500, or for a receiver into one of the interface's.
	Group     netip.Addr
	Port      uint16
	TTL       uint8
	MaxLength uint16
}

// IPVS_DAEMON_ATTR_*.
const (
	daemonState     = 1
	daemonInterface = 2
	daemonID        = 3
	daemonMaxLength = 4
	daemonGroup     = 5
	daemonGroup6    = 6
	daemonPort      = 7
	daemonTTL       = 8
)

// StartDaemon starts a daemon. EEXIST when one of its state runs, ENODEV without the interface, EINVAL for a group that is no
// multicast address and where a destination is of another family than its service.
func (c *Conn) StartDaemon(ctx context.Context, d Daemon) error {
	return c.do(ctx, cmdNewDaemon, wire.Nested(nil, attrDaemon, d.append))
}

// StopDaemon stops the daemon of a state; what it has not sent yet is lost. ESRCH when there is none.
func (c *Conn) StopDaemon(ctx context.Context, s DaemonState) error {
	stop := wire.Nested(nil, attrDaemon, func(b []byte) []byte { return wire.Uint32(b, daemonState, uint32(s)) })
	// A daemon that is stopped before its thread has run once is gone all the same, but kthread_stop says EINTR, and that is
	// never acknowledged: without a second request, its answer would be waited for in vain.
	_, err := c.reach(ctx, func() ([][]byte, error) {
		return nil, c.wire.Batch(ctx, []wire.Message{c.message(cmdDelDaemon, stop), c.message(cmdGetInfo, nil)})[0]
	})
	if errors.Is(err, syscall.EINTR) {
		return nil
	}
	return err
}

// Daemons lists those that run.
func (c *Conn) Daemons(ctx context.Context) ([]Daemon, error) {
	bodies, err := c.dump(ctx, cmdGetDaemon, nil)
	if err != nil {
		return nil, fmt.Errorf("listing IPVS daemons: %w", err)
	}
	list := make([]Daemon, 0, len(bodies))
	for _, b := range bodies {
		d, err := DecodeDaemon(b)
		if err != nil {
			return nil, fmt.Errorf("listing IPVS daemons: %w", err)
		}
		list = append(list, d)
	}
	return list, nil
}

// append appends the attributes of a daemon that is to be started.
func (d Daemon) append(b []byte) []byte {
	b = wire.Uint32(b, daemonState, uint32(d.State))
	b = wire.String(b, daemonInterface, d.Interface)
	b = wire.Uint32(b, daemonID, uint32(d.ID))
	switch {
	case d.Group.Is4():
		b = wire.Addr(b, daemonGroup, d.Group)
	case d.Group.Is6():
		b = wire.Addr(b, daemonGroup6, d.Group)
	}
	if d.MaxLength != 0 {
		b = wire.Uint16(b, daemonMaxLength, d.MaxLength)
	}
	if d.Port != 0 {
		b = wire.Uint16(b, daemonPort, d.Port) // in the host's order, unlike all other ports of IPVS
	}
	if d.TTL != 0 {
		b = wire.Uint8(b, daemonTTL, d.TTL)
	}
	return b
}

// DecodeDaemon reads one message of a list of daemons, generic header included.
func DecodeDaemon(body []byte) (Daemon, error) {
	in, err := inside(body, attrDaemon)
	if err != nil {
		return Daemon{}, err
	}
	var d Daemon
	for in.Next() {
		switch in.Type() {
		case daemonState:
			d.State = DaemonState(in.Uint32())
		case daemonInterface:
			d.Interface = in.String()
		case daemonID:
			d.ID = uint8(in.Uint32())
		case daemonMaxLength:
			d.MaxLength = in.Uint16()
		case daemonGroup, daemonGroup6:
			d.Group = in.Addr()
		case daemonPort:
			d.Port = in.Uint16()
		case daemonTTL:
			d.TTL = in.Uint8()
		}
	}
	return d, in.Err()
}
