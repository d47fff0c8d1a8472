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

// Attributes inside RTA_ENCAP, which package unix does not have.
const (
	mplsStack = 1 // MPLS_IPTUNNEL_DST of linux/mpls_iptunnel.h: 32 bits a label (RFC 3032)
	mplsTTL   = 2 // MPLS_IPTUNNEL_TTL

	tunnelID          = 1 // LWTUNNEL_IP_* and LWTUNNEL_IP6_* of linux/lwtunnel.h
	tunnelDestination = 2
	tunnelSource      = 3
	tunnelTTL         = 4
	tunnelTOS         = 5
	tunnelFlags       = 6
	tunnelPad         = 7

	segmentHeader = 1 // SEG6_IPTUNNEL_SRH of linux/seg6_iptunnel.h
)

const (
	mplsLabelShift  = 12
	mplsBottom      = 1 << 8 // the last label of a stack
	highestLabel    = 1<<20 - 1
	implicitNull    = 3 // RFC 3032: never appears in a packet
	mostLabels      = 16
	segmentType     = 4 // IPV6_SRCRT_TYPE_4: RFC 8754
	sizeofSegments  = 8 // struct ipv6_sr_hdr without its segments
	sizeofMode      = 4 // struct seg6_iptunnel_encap: the mode before the header
	mostSegments    = 16
	sizeofIPv6      = 16
	highestTunnelID = 1<<63 - 1
)

// appendEncap appends RTA_ENCAP and its type, where packets are wrapped.
func appendEncap(b []byte, e planner.Encap) []byte {
	if e == (planner.Encap{}) {
		return b
	}
	b = wire.Nested(b, unix.RTA_ENCAP, func(b []byte) []byte {
		switch e.Kind {
		case planner.EncapMPLS:
			return appendLabels(b, e)
		case planner.EncapIP, planner.EncapIP6:
			return appendTunnel(b, e)
		case planner.EncapSegments:
			return appendSegments(b, e)
		case planner.EncapNone, planner.EncapOther: // refused by checkEncap
		}
		return b
	})
	return wire.Uint16(b, unix.RTA_ENCAP_TYPE, uint16(e.Kind))
}

// decodeEncap reads RTA_ENCAP. What the model does not know in full is something else, and equal to nothing that is wanted.
func decodeEncap(kind uint16, b []byte) planner.Encap {
	if kind == 0 {
		return planner.Encap{}
	}
	e := planner.Encap{Kind: planner.EncapKind(min(kind, uint16(planner.EncapOther)))}
	understood := false
	d := wire.Decode(b)
	switch e.Kind {
	case planner.EncapMPLS:
		understood = decodeLabels(d, &e)
	case planner.EncapIP, planner.EncapIP6:
		understood = decodeTunnel(d, &e)
	case planner.EncapSegments:
		understood = decodeSegments(d, &e)
	case planner.EncapNone, planner.EncapOther:
	}
	if !understood || d.Err() != nil || checkEncap(e) != nil {
		return planner.Encap{Kind: planner.EncapOther}
	}
	return e
}

func appendLabels(b []byte, e planner.Encap) []byte {
	var stack []byte
	labels := e.Labels.Slice()
	for i, label := range labels {
		entry := label << mplsLabelShift
		if i == len(labels)-1 {
			entry |= mplsBottom
		}
		stack = binary.BigEndian.AppendUint32(stack, entry)
	}
	b = wire.Attr(b, mplsStack, stack)
	if e.TTL != 0 {
		b = wire.Uint8(b, mplsTTL, e.TTL)
	}
	return b
}

func decodeLabels(d *wire.Decoder, e *planner.Encap) (understood bool) {
	understood = true
	for d.Next() {
		switch d.Type() {
		case mplsStack:
			var labels []uint32
			b := d.Bytes()
			for ; len(b) >= 4; b = b[4:] {
				entry := binary.BigEndian.Uint32(b)
				understood = understood && (entry&mplsBottom != 0) == (len(b) == 4) && entry&^mplsBottom&(1<<mplsLabelShift-1) == 0
				labels = append(labels, entry>>mplsLabelShift)
			}
			e.Labels = planner.ListOf(labels...)
			understood = understood && len(b) == 0
		case mplsTTL:
			e.TTL = d.Uint8()
		default:
			understood = false
		}
	}
	return understood
}

func appendTunnel(b []byte, e planner.Encap) []byte {
	if e.ID != 0 {
		b = wire.Attr(b, tunnelID, binary.BigEndian.AppendUint64(nil, e.ID))
	}
	b = wire.Addr(b, tunnelDestination, e.Destination)
	if e.Source.IsValid() {
		b = wire.Addr(b, tunnelSource, e.Source)
	}
	if e.TTL != 0 {
		b = wire.Uint8(b, tunnelTTL, e.TTL)
	}
	if e.TOS != 0 {
		b = wire.Uint8(b, tunnelTOS, e.TOS)
	}
	if e.Flags != 0 {
		b = wire.Port(b, tunnelFlags, uint16(e.Flags))
	}
	return b
}

func decodeTunnel(d *wire.Decoder, e *planner.Encap) (understood bool) {
	understood = true
	for d.Next() {
		switch d.Type() {
		case tunnelID:
			if b := d.Bytes(); len(b) == 8 {
				e.ID = binary.BigEndian.Uint64(b)
			} else {
				understood = false
			}
		case tunnelDestination:
			e.Destination = d.Addr()
		case tunnelSource:
			if a := d.Addr(); !a.IsUnspecified() {
				e.Source = a
			}
		case tunnelTTL:
			e.TTL = d.Uint8()
		case tunnelTOS:
			e.TOS = d.Uint8()
		case tunnelFlags:
			e.Flags = planner.TunnelFlag(d.Port())
		case tunnelPad:
		default:
			understood = false // options of GENEVE, VXLAN or ERSPAN
		}
	}
	return understood
}

// appendSegments appends the routing header: the last segment stands first. Inline, the packet's own destination takes
// the place before it.
func appendSegments(b []byte, e planner.Encap) []byte {
	list := e.Segments.Slice()
	slices.Reverse(list)
	if e.Mode == planner.SegmentsInline {
		list = slices.Insert(list, 0, netip.IPv6Unspecified())
	}
	last := uint8(len(list) - 1)
	header := binary.NativeEndian.AppendUint32(nil, uint32(e.Mode))
	header = append(header, 0, uint8(len(list)*sizeofIPv6/8), segmentType, last, last, 0, 0, 0)
	for _, segment := range list {
		header = append(header, segment.AsSlice()...)
	}
	return wire.Attr(b, segmentHeader, header)
}

func decodeSegments(d *wire.Decoder, e *planner.Encap) bool {
	if !d.Next() || d.Type() != segmentHeader {
		return false
	}
	b := d.Bytes()
	if len(b) < sizeofMode+sizeofSegments || (len(b)-sizeofMode-sizeofSegments)%sizeofIPv6 != 0 {
		return false // also with an HMAC behind the segments
	}
	mode, header := binary.NativeEndian.Uint32(b), b[sizeofMode:]
	var list []netip.Addr
	for b := header[sizeofSegments:]; len(b) > 0; b = b[sizeofIPv6:] {
		list = append(list, netip.AddrFrom16([16]byte(b)))
	}
	if mode > uint32(planner.SegmentsL2) || len(list) == 0 {
		return false
	}
	last := uint8(len(list) - 1)
	if header[2] != segmentType || header[3] != last || header[4] != last || header[5] != 0 || header[6] != 0 || header[7] != 0 {
		return false
	}
	e.Mode = planner.SegmentMode(mode)
	if e.Mode == planner.SegmentsInline {
		if !list[0].IsUnspecified() {
			return false
		}
		list = list[1:]
	}
	slices.Reverse(list)
	e.Segments = planner.ListOf(list...)
	return !d.Next()
}

// checkEncap refuses what cannot be written, or would be read back otherwise.
func checkEncap(e planner.Encap) error {
	bare := planner.Encap{Kind: e.Kind}
	switch e.Kind {
	case planner.EncapNone:
	case planner.EncapMPLS:
		bare.Labels, bare.TTL = e.Labels, e.TTL
		if n := e.Labels.Len(); n == 0 || n > mostLabels {
			return fmt.Errorf("%d MPLS labels are not from 1 to %d", n, mostLabels)
		}
		for label := range e.Labels.All() {
			if label > highestLabel || label == implicitNull {
				return fmt.Errorf("%d is no MPLS label that a packet can carry (RFC 3032 section 2.1)", label)
			}
		}
	case planner.EncapIP, planner.EncapIP6:
		bare = e
		bare.Labels, bare.Mode, bare.Segments = planner.List[uint32]{}, 0, planner.List[netip.Addr]{}
		six := e.Kind == planner.EncapIP6
		switch {
		case !e.Destination.IsValid() || e.Destination.Is6() != six || e.Source.IsValid() && e.Source.Is6() != six:
			return errors.New("an IP tunnel has a destination, and addresses of its own family")
		case e.Destination.Zone() != "" || e.Source.Zone() != "" || e.Source.IsValid() && e.Source.IsUnspecified():
			return errors.New("the ends of a tunnel are plain addresses")
		case e.ID > highestTunnelID || e.Flags&^planner.TunnelFlags != 0:
			return errors.New("the tunnel's key or flags are out of range")
		}
	case planner.EncapSegments:
		bare.Mode, bare.Segments = e.Mode, e.Segments
		n := e.Segments.Len()
		if e.Mode > planner.SegmentsL2 || n == 0 || n > mostSegments {
			return fmt.Errorf("segment routing has a mode and 1 to %d segments", mostSegments)
		}
		for segment := range e.Segments.All() {
			if !segment.Is6() || segment.Zone() != "" {
				return fmt.Errorf("the segment %v is no IPv6 address", segment)
			}
		}
	case planner.EncapOther:
		return errors.New("this encapsulation cannot be written")
	default:
		return fmt.Errorf("%d is no kind of encapsulation that can be written", e.Kind)
	}
	if bare != e {
		return fmt.Errorf("the encapsulation %s has arguments of another kind", e.Kind)
	}
	return nil
}
