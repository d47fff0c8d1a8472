package planner

import (
	"net/netip"
	"strconv"
	"strings"
)

// Encap is how packets are wrapped on a way (a light-weight tunnel, linux/lwtunnel.h). The zero value wraps nothing. Only
// the fields of the kind are set.
type Encap struct {
	Kind EncapKind `json:"kind"`

	Labels List[uint32] `json:"labels,omitzero"` // MPLS: outermost first, 0 to 1048575
	TTL    uint8        `json:"ttl,omitempty"`   // MPLS, IP, IPv6: 0 is the packet's own, or the tunnel's

	ID          uint64     `json:"id,omitempty"` // IP, IPv6: the tunnel's key
	Source      netip.Addr `json:"source,omitzero"`
	Destination netip.Addr `json:"destination,omitzero"`
	TOS         uint8      `json:"tos,omitempty"`
	Flags       TunnelFlag `json:"flags,omitempty"`

	Mode     SegmentMode      `json:"mode,omitempty"` // Segments
	Segments List[netip.Addr] `json:"segments,omitzero"`
}

// EncapKind is LWTUNNEL_ENCAP_* of linux/lwtunnel.h.
type EncapKind uint8

// The kinds of wrapping that can be configured, and what stands for all others.
const (
	EncapNone     EncapKind = 0
	EncapMPLS     EncapKind = 1
	EncapIP       EncapKind = 2
	EncapIP6      EncapKind = 4
	EncapSegments EncapKind = 5   // segment routing over IPv6 (RFC 8754)
	EncapOther    EncapKind = 255 // live, and not one of these or with more than the model knows
)

func encapKinds() []word[EncapKind] {
	return []word[EncapKind]{
		{EncapNone, "none"},
		{EncapMPLS, "mpls"},
		{EncapIP, "ip"},
		{EncapIP6, "ip6"},
		{EncapSegments, "seg6"},
		{EncapOther, "other"},
	}
}

// String returns the kind as ip-route(8) names it.
func (k EncapKind) String() string { return spell(k, encapKinds()) }

// MarshalText returns the name or the number.
func (k EncapKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name, or the number of a kind that has none.
func (k *EncapKind) UnmarshalText(text []byte) error {
	return read(k, text, "encapsulation", encapKinds(), true)
}

// SegmentMode is SEG6_IPTUN_MODE_* of linux/seg6_iptunnel.h.
type SegmentMode uint8

// The modes of segment routing.
const (
	SegmentsInline SegmentMode = 0 // the list is inserted into the packet
	SegmentsEncap  SegmentMode = 1 // the packet is wrapped
	SegmentsL2     SegmentMode = 2 // the frame is wrapped
)

func segmentModes() []word[SegmentMode] {
	return []word[SegmentMode]{{SegmentsInline, "inline"}, {SegmentsEncap, "encap"}, {SegmentsL2, "l2encap"}}
}

// SegmentModeNamed returns the mode that ip-route(8) calls by a word; inline for a word that is none.
func SegmentModeNamed(text string) SegmentMode {
	var m SegmentMode
	if read(&m, []byte(text), "mode", segmentModes(), false) != nil {
		return SegmentsInline
	}
	return m
}

// String returns inline, encap or l2encap, or the number of another mode.
func (m SegmentMode) String() string { return spell(m, segmentModes()) }

// MarshalText returns the name or the number.
func (m SegmentMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a name, or the number of a mode that has none.
func (m *SegmentMode) UnmarshalText(text []byte) error {
	return read(m, text, "mode", segmentModes(), true)
}

// TunnelFlag is a set of TUNNEL_* of linux/if_tunnel.h: what the header of an IP tunnel carries.
type TunnelFlag uint16

// The flags that ip-route(8) knows.
const (
	TunnelChecksum TunnelFlag = 1
	TunnelKey      TunnelFlag = 4
	TunnelSequence TunnelFlag = 8

	// TunnelFlags are all of them.
	TunnelFlags = TunnelChecksum | TunnelKey | TunnelSequence
)

// TunnelFlagNamed returns the flag that ip-route(8) calls by a word; 0 for a word that is none.
func TunnelFlagNamed(word string) TunnelFlag {
	switch word {
	case "csum":
		return TunnelChecksum
	case "key":
		return TunnelKey
	case "seq":
		return TunnelSequence
	}
	return 0
}

// String lists the flags.
func (f TunnelFlag) String() string {
	var words []string
	for _, name := range []string{"csum", "key", "seq"} {
		if flag := TunnelFlagNamed(name); f&flag != 0 {
			words = append(words, name)
			f &^= flag
		}
	}
	if f != 0 {
		words = append(words, strconv.Itoa(int(f)))
	}
	return strings.Join(words, " ")
}

// String returns the encapsulation as ip-route(8) words it; nothing where there is none.
func (e Encap) String() string {
	if e == (Encap{}) {
		return ""
	}
	words := []string{e.Kind.String()}
	add := func(word, value string) {
		if value != "" && value != "0" {
			words = append(words, word+" "+value)
		}
	}
	if e.Kind == EncapSegments {
		return "seg6 mode " + e.Mode.String() + " segs " + e.Segments.join(",")
	}
	if !e.Labels.IsZero() {
		words = append(words, e.Labels.join("/"))
	}
	add("id", strconv.FormatUint(e.ID, 10))
	add("src", printed(e.Source))
	add("dst", printed(e.Destination))
	add("ttl", count(uint32(e.TTL)))
	add("tos", count(uint32(e.TOS)))
	if e.Flags != 0 {
		words = append(words, e.Flags.String())
	}
	return strings.Join(words, " ")
}
