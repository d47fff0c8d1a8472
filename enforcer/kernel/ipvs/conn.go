package ipvs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
)

// ErrAbsent says that the kernel has no IPVS: not built in, not loaded, and not loadable on request.
var ErrAbsent = errors.New("this kernel has no IPVS")

// IPVS_CMD_*.
const (
	cmdNewService  = 1
	cmdSetService  = 2
	cmdDelService  = 3
	cmdGetService  = 4
	cmdNewDest     = 5
	cmdSetDest     = 6
	cmdDelDest     = 7
	cmdGetDest     = 8
	cmdNewDaemon   = 9
	cmdDelDaemon   = 10
	cmdGetDaemon   = 11
	cmdSetConfig   = 12
	cmdGetConfig   = 13
	cmdGetInfo     = 15
	cmdFlush       = 17
	attrService    = 1 // IPVS_CMD_ATTR_SERVICE
	attrDest       = 2 // IPVS_CMD_ATTR_DEST
	attrDaemon     = 3 // IPVS_CMD_ATTR_DAEMON
	infoVersion    = 1 // IPVS_INFO_ATTR_VERSION
	infoConnTable  = 2 // IPVS_INFO_ATTR_CONN_TAB_SIZE
	genericVersion = 1
)

// genericHeader is the size of struct genlmsghdr (linux/genetlink.h), in bytes.
const genericHeader = 4

// Options choose the socket's surroundings.
type Options struct {
	Namespace string        // path of a network namespace; empty is the caller's own
	Timeout   time.Duration // bounds the wait for each answer; 0 is 5 s
	Quiet     bool          // the kernel is not made to load ip_vs
}

// Conn speaks with the IPVS of one network namespace. It is safe for concurrent use.
type Conn struct {
	wire *wire.Conn
	// family is the number that this kernel gave IPVS. The kernel acknowledges messages to family 0 as if it had
	// obeyed them, so it is asked for before anything else.
	family atomic.Uint32
	// turn lets one snapshot or one batch through at a time: a list that races with deletions skips entries.
	turn chan struct{}
}

// Open opens a socket and asks for the IPVS family, which makes the kernel load ip_vs where it can. Without IPVS
// the error is [ErrAbsent].
func Open(ctx context.Context, o Options) (*Conn, error) {
	w, err := wire.Open(unix.NETLINK_GENERIC, wire.Options{Namespace: o.Namespace, Timeout: o.Timeout})
	if err != nil {
		return nil, err
	}
	ask := familyByName
	if o.Quiet {
		ask = familyInList
	}
	family, err := ask(ctx, w)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	c := &Conn{wire: w, turn: make(chan struct{}, 1)}
	c.family.Store(uint32(family))
	c.turn <- struct{}{}
	return c, nil
}

// Close closes the socket.
func (c *Conn) Close() error { return c.wire.Close() }

// lock waits for the turn, or for the context's end.
func (c *Conn) lock(ctx context.Context) error {
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Conn) unlock() { c.turn <- struct{}{} }

// Entry is a service with its destinations.
type Entry struct {
	Service      Service
	Destinations []Destination
}

// Snapshot reads every service and its destinations, none of them while this Conn writes.
func (c *Conn) Snapshot(ctx context.Context) ([]Entry, error) {
	if err := c.lock(ctx); err != nil {
		return nil, err
	}
	defer c.unlock()
	services, err := c.services(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(services))
	for i, s := range services {
		entries[i].Service = s
		if entries[i].Destinations, err = c.destinations(ctx, s.ID); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// Destinations reads the destinations of one service; none when it does not exist.
func (c *Conn) Destinations(ctx context.Context, id ServiceID) ([]Destination, error) {
	if err := c.lock(ctx); err != nil {
		return nil, err
	}
	defer c.unlock()
	return c.destinations(ctx, id)
}

// services lists the services.
func (c *Conn) services(ctx context.Context) ([]Service, error) {
	bodies, err := c.dump(ctx, cmdGetService, nil)
	if err != nil {
		return nil, fmt.Errorf("listing IPVS services: %w", err)
	}
	services := make([]Service, 0, len(bodies))
	for _, b := range bodies {
		s, err := DecodeService(b)
		if err != nil {
			return nil, fmt.Errorf("listing IPVS services: %w", err)
		}
		services = append(services, s)
	}
	return services, nil
}

// destinations lists the destinations of a service; none when it is gone.
func (c *Conn) destinations(ctx context.Context, id ServiceID) ([]Destination, error) {
	bodies, err := c.dump(ctx, cmdGetDest, wire.Nested(nil, attrService, id.appendID))
	if err != nil {
		return nil, fmt.Errorf("listing IPVS destinations of %v: %w", id, err)
	}
	list := make([]Destination, 0, len(bodies))
	for _, b := range bodies {
		t, err := DecodeDestination(b)
		if err != nil {
			return nil, fmt.Errorf("listing IPVS destinations of %v: %w", id, err)
		}
		list = append(list, t)
	}
	return list, nil
}

// DecodeService reads one message of a list of services, generic header included.
func DecodeService(body []byte) (Service, error) {
	in, err := inside(body, attrService)
	if err != nil {
		return Service{}, err
	}
	return decodeService(in)
}

// DecodeDestination reads one message of a list of destinations, generic header included.
func DecodeDestination(body []byte) (Destination, error) {
	in, err := inside(body, attrDest)
	if err != nil {
		return Destination{}, err
	}
	return decodeDestination(in)
}

// inside finds the attribute of the wanted type in a message and steps into it.
func inside(body []byte, want uint16) (*wire.Decoder, error) {
	if len(body) < genericHeader {
		return nil, wire.ErrShort
	}
	d := wire.Decode(body[genericHeader:])
	for d.Next() {
		if d.Type() == want {
			return d.Nested(), nil
		}
	}
	if d.Err() != nil {
		return nil, d.Err()
	}
	return nil, fmt.Errorf("%w: no attribute %d in an IPVS message", wire.ErrShort, want)
}

// Info is what IPVS tells about itself.
type Info struct {
	Version   uint32 // 0x010201 is 1.2.1
	TableSize uint32 // buckets of the connection table
}

// Info asks for version and size.
func (c *Conn) Info(ctx context.Context) (Info, error) {
	bodies, err := c.get(ctx, cmdGetInfo, nil)
	if err != nil {
		return Info{}, fmt.Errorf("asking for IPVS's version: %w", err)
	}
	var info Info
	for _, b := range bodies {
		if len(b) < genericHeader {
			return Info{}, wire.ErrShort
		}
		d := wire.Decode(b[genericHeader:])
		for d.Next() {
			switch d.Type() {
			case infoVersion:
				info.Version = d.Uint32()
			case infoConnTable:
				info.TableSize = d.Uint32()
			}
		}
		if d.Err() != nil {
			return Info{}, d.Err()
		}
	}
	return info, nil
}
