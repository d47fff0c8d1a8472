package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	sizeofRtvia     = 2   // struct rtvia: the family before the address
	sizeofNextHop   = 8   // struct rtnexthop
	rtNexthopOnLink = 4   // RTNH_F_ONLINK of linux/rtnetlink.h
	heaviest        = 256 // rtnh_hops is a byte that counts from 1
	mostHops        = 32  // what a person can mean; the kernel has no limit but the message's
)

// way is a next hop as netlink tells it, a route's only one or one of several.
type way struct {
	planner.NextHop        // without Device
	index           uint32 // of the interface; 0 is none
	wrap            uint16 // LWTUNNEL_ENCAP_*
	wrapping        []byte // RTA_ENCAP
}

// ways are the next hops of a route to be written: its own, or several.
func ways(v planner.Route) []planner.NextHop {
	if !v.NextHops.IsZero() {
		return v.NextHops.Slice()
	}
	return []planner.NextHop{{Gateway: v.Gateway, Device: v.Device, OnLink: v.OnLink, Realms: v.Realms, Encap: v.Encap, Weight: 1}}
}

// indexes looks up the interfaces of a route's ways; 0 where the gateway decides.
func indexes(v planner.Route, index func(string) (int, error)) ([]int, error) {
	var list []int
	for _, h := range ways(v) {
		i := 0
		if h.Device != "" {
			var err error
			if i, err = index(h.Device); err != nil {
				return nil, err
			}
		}
		list = append(list, i)
	}
	return list, nil
}

// appendWays appends the ways of a route to a network; index holds the interface of each.
func appendWays(b []byte, to netip.Addr, v planner.Route, index []int) []byte {
	hops := ways(v)
	if v.NextHops.IsZero() {
		if index[0] != 0 {
			b = wire.Uint32(b, unix.RTA_OIF, uint32(index[0]))
		}
		return appendWay(b, to, hops[0])
	}
	return wire.Nested(b, unix.RTA_MULTIPATH, func(b []byte) []byte {
		for i, h := range hops {
			start := len(b)
			flags := uint8(0)
			if h.OnLink {
				flags = rtNexthopOnLink
			}
			b = append(b, 0, 0, flags, uint8(max(h.Weight, 1)-1))
			b = binary.NativeEndian.AppendUint32(b, uint32(index[i]))
			b = appendWay(b, to, h)
			binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
		}
		return b
	})
}

// appendWay appends what the attributes of a way say; the interface stands elsewhere.
func appendWay(b []byte, to netip.Addr, h planner.NextHop) []byte {
	if h.Gateway.IsValid() {
		if family(h.Gateway) == family(to) {
			b = wire.Addr(b, unix.RTA_GATEWAY, h.Gateway)
		} else {
			via := binary.NativeEndian.AppendUint16(nil, uint16(family(h.Gateway)))
			b = wire.Attr(b, unix.RTA_VIA, append(via, h.Gateway.AsSlice()...))
		}
	}
	if h.Realms != 0 && to.Is4() {
		b = wire.Uint32(b, unix.RTA_FLOW, uint32(h.Realms))
	}
	return appendEncap(b, h.Encap)
}

// decode reads an attribute of a way. False: it is none.
func (w *way) decode(d *wire.Decoder) bool {
	switch d.Type() {
	case unix.RTA_GATEWAY:
		w.Gateway = d.Addr()
	case unix.RTA_VIA:
		w.Gateway = decodeVia(d)
	case unix.RTA_FLOW:
		w.Realms = planner.Realms(d.Uint32())
	case unix.RTA_ENCAP_TYPE:
		w.wrap = d.Uint16()
	case unix.RTA_ENCAP:
		w.wrapping = d.Bytes()
	default:
		return false
	}
	return true
}

// hop is the way with its device's name.
func (w *way) hop(names map[uint32]string) planner.NextHop {
	h := w.NextHop
	h.Device, h.Encap = names[w.index], decodeEncap(w.wrap, w.wrapping)
	return h
}

// decodeWays reads RTA_MULTIPATH.
func decodeWays(d *wire.Decoder) []way {
	var list []way
	for b := d.Bytes(); len(b) > 0; {
		if len(b) < sizeofNextHop {
			d.Fail(fmt.Errorf("%w: %d bytes after the last next hop", wire.ErrShort, len(b)))
			return nil
		}
		size := int(binary.NativeEndian.Uint16(b))
		if size < sizeofNextHop || size > len(b) {
			d.Fail(fmt.Errorf("%w: a next hop claims %d bytes of %d", wire.ErrShort, size, len(b)))
			return nil
		}
		w := way{index: binary.NativeEndian.Uint32(b[4:])}
		w.OnLink, w.Weight = b[2]&rtNexthopOnLink != 0, uint16(b[3])+1
		in := wire.Decode(b[sizeofNextHop:size])
		for in.Next() {
			w.decode(in)
		}
		if in.Err() != nil {
			d.Fail(in.Err())
			return nil
		}
		list = append(list, w)
		b = b[min((size+3)&^3, len(b)):] // RTNH_ALIGN
	}
	return list
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

// checkWays refuses next hops that cannot be written, or would be read back otherwise.
func checkWays(key planner.RouteKey, v planner.Route) error {
	to := key.Destination.Addr()
	if !v.NextHops.IsZero() {
		if v.Gateway.IsValid() || v.Device != "" || v.OnLink || v.Realms != 0 || v.Encap != (planner.Encap{}) {
			return errors.New("a route has next hops or a way of its own, not both")
		}
		if n := v.NextHops.Len(); n < 2 || n > mostHops {
			return fmt.Errorf("a list of next hops has 2 to %d of them, not %d", mostHops, n)
		}
	}
	hops := ways(v)
	for i, h := range hops {
		twice := func(other planner.NextHop) bool {
			return other.Gateway == h.Gateway && (other.Device == h.Device || other.Device == "" || h.Device == "")
		}
		switch {
		case to.Is6() && slices.ContainsFunc(hops[:i], twice):
			return errors.New("an IPv6 route has each next hop once: set its weight")
		case to.Is6() && h.Gateway.Is4():
			return errors.New("an IPv6 route cannot go through an IPv4 gateway")
		case h.Gateway.IsValid() && (h.Gateway.Zone() != "" || h.Gateway.Is4In6()):
			return errors.New("a gateway is a plain IPv4 or IPv6 address")
		case !h.Gateway.IsValid() && h.Device == "":
			return errors.New("a route needs a gateway or a device")
		case h.OnLink && (!h.Gateway.IsValid() || h.Device == ""):
			return errors.New("onlink is about a gateway on a device, and needs both")
		case h.Weight < 1 || h.Weight > heaviest:
			return fmt.Errorf("the weight %d is not from 1 to %d", h.Weight, heaviest)
		case to.Is6() && !v.NextHops.IsZero() && !h.Gateway.IsValid():
			return errors.New("each of several IPv6 next hops needs a gateway (ip6_route_multipath_add in net/ipv6/route.c)")
		}
		if err := checkEncap(h.Encap); err != nil {
			return err
		}
	}
	return nil
}
