package ipvs

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
)

// Forwarding is how packets reach a destination (IP_VS_CONN_F_FWD_MASK).
type Forwarding uint8

// The forwarding methods (IP_VS_CONN_F_*).
const (
	Masquerade  Forwarding = 0
	LocalNode   Forwarding = 1
	Tunnel      Forwarding = 2
	DirectRoute Forwarding = 3
)

// forwardingMask is IP_VS_CONN_F_FWD_MASK: the kernel keeps other flags of connections in the same word.
const forwardingMask = 0x7

// Destination is a real server of a service.
type Destination struct {
	Addr       netip.AddrPort // its family may differ from the service's with [Tunnel]
	Forwarding Forwarding
	Weight     uint32 // 0 takes no new connections; at most 2147483647
	// Upper and Lower are connection thresholds; 0 is none. Lower must not exceed Upper.
	Upper, Lower uint32
	TunnelType   uint8  // IP_VS_CONN_F_TUNNEL_TYPE_*: 0 IPIP, 1 GUE, 2 GRE
	TunnelPort   uint16 // with GUE
	TunnelFlags  uint16 // IP_VS_TUNNEL_ENCAP_FLAG_*

	// Only read: connections at this moment, and what was counted.
	Active, Inactive, Persistent uint32
	Stats                        Stats
}

// IPVS_DEST_ATTR_*.
const (
	destAddr        = 1
	destPort        = 2
	destForwarding  = 3
	destWeight      = 4
	destUpper       = 5
	destLower       = 6
	destActive      = 7
	destInactive    = 8
	destPersistent  = 9
	destFamily      = 11
	destStats64     = 12
	destTunnelType  = 13
	destTunnelPort  = 14
	destTunnelFlags = 15
)

// family is AF_INET or AF_INET6.
func (t Destination) family() uint16 {
	if t.Addr.Addr().Is6() {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// append appends the whole destination: the kernel takes what is missing for zero, and a missing family for the
// service's.
func (t Destination) append(b []byte) []byte {
	b = wire.Addr(b, destAddr, t.Addr.Addr())
	b = wire.Port(b, destPort, t.Addr.Port())
	b = wire.Uint16(b, destFamily, t.family())
	b = wire.Uint32(b, destForwarding, uint32(t.Forwarding))
	b = wire.Uint32(b, destWeight, t.Weight)
	b = wire.Uint32(b, destUpper, t.Upper)
	b = wire.Uint32(b, destLower, t.Lower)
	if t.Forwarding != Tunnel {
		return b
	}
	b = wire.Uint8(b, destTunnelType, t.TunnelType)
	b = wire.Port(b, destTunnelPort, t.TunnelPort)
	return wire.Uint16(b, destTunnelFlags, t.TunnelFlags)
}

// decodeDestination reads the attributes of a destination. The order in which the kernel sends them is its own.
func decodeDestination(d *wire.Decoder) (Destination, error) {
	var (
		t      Destination
		family uint16
		addr   []byte
		port   uint16
	)
	for d.Next() {
		switch d.Type() {
		case destAddr:
			addr = d.Bytes()
		case destPort:
			port = d.Port()
		case destFamily:
			family = d.Uint16()
		case destForwarding:
			t.Forwarding = Forwarding(d.Uint32() & forwardingMask)
		case destWeight:
			t.Weight = d.Uint32()
		case destUpper:
			t.Upper = d.Uint32()
		case destLower:
			t.Lower = d.Uint32()
		case destActive:
			t.Active = d.Uint32()
		case destInactive:
			t.Inactive = d.Uint32()
		case destPersistent:
			t.Persistent = d.Uint32()
		case destStats64:
			t.Stats = decodeStats(d)
		case destTunnelType:
			t.TunnelType = d.Uint8()
		case destTunnelPort:
			t.TunnelPort = d.Port()
		case destTunnelFlags:
			t.TunnelFlags = d.Uint16()
		}
	}
	if d.Err() != nil {
		return Destination{}, d.Err()
	}
	ip, err := address(family, addr)
	if err != nil {
		return Destination{}, fmt.Errorf("destination: %w", err)
	}
	t.Addr = netip.AddrPortFrom(ip, port)
	return t, nil
}
