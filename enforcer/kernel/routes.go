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
	rtNexthopOnLink = 4    // RTNH_F_ONLINK of linux/rtnetlink.h
	ipv6Metric      = 1024 // IP6_RT_PRIO_USER: what the kernel makes of metric 0
	sizeofRtvia     = 2    // struct rtvia: the family before the address
)

// routeObject is a route as netlink tells it.
type routeObject struct {
	key    planner.RouteKey
	value  planner.Route // without Device
	index  uint32        // of the interface; 0 is none
	marked bool
}

// on is the value with the device's name.
func (o routeObject) on(device string) planner.Route {
	o.value.Device = device
	return o.value
}

// rejects tells whether a route's type takes packets nowhere.
func rejects(t planner.RouteType) bool { return t != planner.Unicast }

// appendRoute builds the body of RTM_NEWROUTE and RTM_DELROUTE (struct rtmsg).
func appendRoute(index int, key planner.RouteKey, v planner.Route, protocol uint8) []byte {
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
	b := []byte{family(to.Addr()), uint8(to.Bits()), 0, 0, table, protocol, uint8(v.Scope), uint8(v.Type)}
	b = binary.NativeEndian.AppendUint32(b, flags)
	if to.Bits() > 0 {
		b = wire.Addr(b, unix.RTA_DST, to.Addr())
	}
	b = wire.Uint32(b, unix.RTA_TABLE, key.Table)
	b = wire.Uint32(b, unix.RTA_PRIORITY, key.Metric)
	if v.Gateway.IsValid() {
		if family(v.Gateway) == family(to.Addr()) {
			b = wire.Addr(b, unix.RTA_GATEWAY, v.Gateway)
		} else {
			via := binary.NativeEndian.AppendUint16(nil, uint16(family(v.Gateway)))
			b = wire.Attr(b, unix.RTA_VIA, append(via, v.Gateway.AsSlice()...))
		}
	}
	if index != 0 {
		b = wire.Uint32(b, unix.RTA_OIF, uint32(index))
	}
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
	ipv6, bits, source, tos := b[0] == unix.AF_INET6, int(b[1]), b[2], b[3]
	protocol, flags := b[5], binary.NativeEndian.Uint32(b[8:])
	o.key.Table = uint32(b[4])
	o.value.Type = planner.RouteType(b[7])
	o.value.OnLink = flags&rtNexthopOnLink != 0
	o.marked = protocol == Mark
	if !ipv6 {
		o.value.Scope = planner.Scope(b[6])
	}
	to := netip.IPv4Unspecified()
	if ipv6 {
		to = netip.IPv6Unspecified()
	}
	multipath := false
	d := wire.Decode(b[unix.SizeofRtMsg:])
	for d.Next() {
		switch d.Type() {
		case unix.RTA_DST:
			to = d.Addr()
		case unix.RTA_TABLE:
			o.key.Table = d.Uint32()
		case unix.RTA_PRIORITY:
			o.key.Metric = d.Uint32()
		case unix.RTA_GATEWAY:
			o.value.Gateway = d.Addr()
		case unix.RTA_VIA:
			o.value.Gateway = decodeVia(d)
		case unix.RTA_OIF:
			o.index = d.Uint32()
		case unix.RTA_PREFSRC:
			o.value.Source = d.Addr()
		case unix.RTA_METRICS:
			decodeMetrics(d, &o.value)
		case unix.RTA_PREF:
			o.value.Preference = planner.Preference(d.Uint8())
		case unix.RTA_MULTIPATH:
			multipath = true
		}
	}
	if d.Err() != nil {
		return routeObject{}, false, d.Err()
	}
	if to.Is6() != ipv6 || bits > to.BitLen() {
		return routeObject{}, false, fmt.Errorf("%w: route to %v/%d of family %d", wire.ErrShort, to, bits, b[0])
	}
	o.key.Destination = netip.PrefixFrom(to, bits).Masked()
	if multipath {
		o.value.Gateway, o.index = netip.Addr{}, 0
	}
	if rejects(o.value.Type) {
		o.index = 0 // IPv6 hangs these on lo
	}
	kernels := protocol == unix.RTPROT_KERNEL || protocol == unix.RTPROT_REDIRECT || flags&unix.RTM_F_CLONED != 0
	return o, !kernels && source == 0 && tos == 0 && modelled(o.value.Type), nil
}

// modelled tells whether the planner knows the type: local, broadcast, multicast and anycast are the kernel's.
func modelled(t planner.RouteType) bool {
	switch t {
	case planner.Unicast, planner.Blackhole, planner.Unreachable, planner.Prohibit, planner.Throw:
		return true
	}
	return false
}

// decodeVia reads struct rtvia: an IPv6 gateway of an IPv4 route.
func decodeVia(d *wire.Decoder) netip.Addr {
	b := d.Bytes()
	if len(b) < sizeofRtvia {
		d.Fail(wire.ErrShort)
		return netip.Addr{}
	}
	a, ok := netip.AddrFromSlice(b[sizeofRtvia:])
	if !ok {
		d.Fail(fmt.Errorf("%w: a gateway of %d bytes", wire.ErrShort, len(b)-sizeofRtvia))
	}
	return a
}

// routeMessage builds the request for a checked change of a route. Create refuses to overwrite, update to create. A delete
// names all that Before knows, so that it finds the one that was meant.
func routeMessage(index int, c planner.Change, key planner.RouteKey) wire.Message {
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
