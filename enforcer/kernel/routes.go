package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	ipv6Metric = 1024 // IP6_RT_PRIO_USER: what the kernel makes of metric 0
	rtaNHID    = 30   // RTA_NH_ID of linux/rtnetlink.h
)

// routeObject is a route as netlink tells it.
type routeObject struct {
	key    planner.RouteKey
	value  planner.Route // without its ways
	ways   []way         // one, or several
	marked bool
}

// on is the value with its ways, on devices by these names.
func (o routeObject) on(names map[uint32]string) planner.Route {
	v := o.value
	if len(o.ways) == 1 {
		h := o.ways[0].hop(names)
		v.Gateway, v.Device, v.OnLink, v.Realms, v.Encap = h.Gateway, h.Device, h.OnLink, h.Realms, h.Encap
		return v
	}
	hops := make([]planner.NextHop, len(o.ways))
	for i := range o.ways {
		hops[i] = o.ways[i].hop(names)
	}
	v.NextHops = planner.NormalHops(planner.ListOf(hops...), o.key.Destination.Addr().Is6())
	return v
}

// appendRoute builds the body of RTM_NEWROUTE and RTM_DELROUTE (struct rtmsg). The index holds the interface of each way.
func appendRoute(index []int, key planner.RouteKey, v planner.Route, protocol uint8) []byte {
	key, v = normalRoute(key, v)
	table := uint8(unix.RT_TABLE_UNSPEC)
	if key.Table < 256 {
		table = uint8(key.Table)
	}
	var flags uint32
	if v.OnLink {
		flags = rtNexthopOnLink
	}
	to := key.Destination
	b := []byte{family(to.Addr()), uint8(to.Bits()), uint8(max(key.From.Bits(), 0)), key.TOS, table, protocol, uint8(v.Scope), uint8(v.Type)}
	b = binary.NativeEndian.AppendUint32(b, flags)
	if to.Bits() > 0 {
		b = wire.Addr(b, unix.RTA_DST, to.Addr())
	}
	if key.From.IsValid() {
		b = wire.Addr(b, unix.RTA_SRC, key.From.Addr())
	}
	b = wire.Uint32(b, unix.RTA_TABLE, key.Table)
	b = wire.Uint32(b, unix.RTA_PRIORITY, key.Metric)
	b = appendWays(b, to.Addr(), v, index)
	if v.Source.IsValid() {
		b = wire.Addr(b, unix.RTA_PREFSRC, v.Source)
	}
	if v.Preference != 0 {
		b = wire.Uint8(b, unix.RTA_PREF, uint8(v.Preference))
	}
	return appendMetrics(b, v)
}

// decodeRoute reads the body of RTM_NEWROUTE and RTM_DELROUTE. ok is false for a route that the model leaves out.
func decodeRoute(b []byte) (o routeObject, ok bool, err error) {
	if len(b) < unix.SizeofRtMsg {
		return routeObject{}, false, wire.ErrShort
	}
	protocol, flags := b[5], binary.NativeEndian.Uint32(b[8:])
	o.key.Table, o.key.TOS = uint32(b[4]), b[3]
	o.value.Type = planner.RouteType(b[7])
	o.marked = protocol == Mark
	if b[0] != unix.AF_INET6 {
		o.value.Scope = planner.Scope(b[6])
	}
	only := way{NextHop: planner.NextHop{OnLink: flags&rtNexthopOnLink != 0, Weight: 1}}
	if err := o.attributes(b, &only); err != nil {
		return routeObject{}, false, err
	}
	switch {
	case len(o.ways) == 0:
		o.ways = []way{only}
	case len(o.ways) == 1:
		o.ways[0].Weight = 1 // it shares with nobody
	}
	if o.value.Type.Rejects() {
		o.ways = []way{{NextHop: planner.NextHop{Weight: 1}}} // IPv6 hangs these on lo
	}
	kernels := protocol == unix.RTPROT_KERNEL || protocol == unix.RTPROT_REDIRECT || flags&unix.RTM_F_CLONED != 0
	return o, !kernels && modelled(o.value.Type), nil
}

// attributes reads what follows the header of a route; its own way goes into only.
func (o *routeObject) attributes(b []byte, only *way) error {
	ipv6 := b[0] == unix.AF_INET6
	to, from := netip.IPv4Unspecified(), netip.IPv4Unspecified()
	if ipv6 {
		to, from = netip.IPv6Unspecified(), netip.IPv6Unspecified()
	}
	d := wire.Decode(b[unix.SizeofRtMsg:])
	for d.Next() {
		if only.decode(d) {
			continue
		}
		switch d.Type() {
		case unix.RTA_DST:
			to = d.Addr()
		case unix.RTA_SRC:
			from = d.Addr()
		case unix.RTA_TABLE:
			o.key.Table = d.Uint32()
		case unix.RTA_PRIORITY:
			o.key.Metric = d.Uint32()
		case unix.RTA_OIF:
			only.index = d.Uint32()
		case unix.RTA_PREFSRC:
			o.value.Source = d.Addr()
		case unix.RTA_METRICS:
			decodeMetrics(d, &o.value)
		case unix.RTA_PREF:
			o.value.Preference = planner.Preference(d.Uint8())
		case unix.RTA_MULTIPATH:
			o.ways = decodeWays(d)
		case rtaNHID:
			o.value.NextHopID = d.Uint32()
		}
	}
	if d.Err() != nil {
		return d.Err()
	}
	var err error
	if o.key.Destination, err = routePrefix(b[0], to, b[1]); err != nil {
		return err
	}
	if b[2] > 0 {
		o.key.From, err = routePrefix(b[0], from, b[2])
	}
	return err
}

// routePrefix makes a network of an address and its length in struct rtmsg.
func routePrefix(family uint8, a netip.Addr, bits uint8) (netip.Prefix, error) {
	if a.Is6() != (family == unix.AF_INET6) || int(bits) > a.BitLen() {
		return netip.Prefix{}, fmt.Errorf("%w: route about %v/%d of family %d", wire.ErrShort, a, bits, family)
	}
	return netip.PrefixFrom(a, int(bits)).Masked(), nil
}

// modelled tells whether routes of a type can be configured. Those of the kernel's own table are read as well, where somebody
// else than the kernel made them.
func modelled(t planner.RouteType) bool {
	switch t {
	case planner.Unicast, planner.Local, planner.Broadcast, planner.Anycast, planner.Multicast,
		planner.Blackhole, planner.Unreachable, planner.Prohibit, planner.Throw:
		return true
	}
	return false
}

// routeMessage builds the request for a checked change of a route. Create refuses to overwrite, update to create. A delete
// names all that Before knows, so that it finds the one that was meant.
func routeMessage(index []int, c planner.Change, key planner.RouteKey) wire.Message {
	if c.Action == planner.Delete {
		before, known := c.Before.(planner.Route)
		m := wire.Message{Type: unix.RTM_DELROUTE, Body: appendRoute(index, key, before, unix.RTPROT_UNSPEC)}
		if !known {
			m.Body[6], m.Body[7] = unix.RT_SCOPE_NOWHERE, unix.RTN_UNSPEC // any
		}
		return m
	}
	after, _ := c.After.(planner.Route)
	m := wire.Message{Type: unix.RTM_NEWROUTE, Body: appendRoute(index, key, after, Mark)}
	m.Flags = unix.NLM_F_CREATE | unix.NLM_F_EXCL
	if c.Action == planner.Update || c.Action == planner.Replace {
		m.Flags = unix.NLM_F_REPLACE
	}
	return m
}

// routes lists the routes of a table in both families.
func (k *Kernel) routes(ctx context.Context, table uint32) ([]routeObject, error) {
	ipv4, err := k.routesOf(ctx, unix.AF_INET, table, unix.RTPROT_UNSPEC)
	if err != nil {
		return nil, err
	}
	ipv6, err := k.routesOf(ctx, unix.AF_INET6, table, unix.RTPROT_UNSPEC)
	return append(ipv4, ipv6...), err
}

// routesOf lists the routes of a table in one family, those of one protocol where it is not 0. A table that holds
// nothing does not exist for the kernel.
func (k *Kernel) routesOf(ctx context.Context, family uint8, table uint32, protocol uint8) ([]routeObject, error) {
	body := make([]byte, unix.SizeofRtMsg)
	body[0], body[5] = family, protocol
	body = wire.Uint32(body, unix.RTA_TABLE, table)
	bodies, err := k.strict.Dump(ctx, wire.Message{Type: unix.RTM_GETROUTE, Body: body})
	if errors.Is(err, syscall.ENOENT) || family == unix.AF_INET6 && errors.Is(err, syscall.EOPNOTSUPP) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing routes of table %d: %w", table, err)
	}
	objects := make([]routeObject, 0, len(bodies))
	for _, b := range bodies {
		o, ok, err := decodeRoute(b)
		if err != nil {
			return nil, fmt.Errorf("listing routes of table %d: %w", table, err)
		}
		if ok {
			objects = append(objects, o)
		}
	}
	return objects, nil
}
