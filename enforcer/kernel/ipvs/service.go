package ipvs

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
)

// ServiceID is what IPVS finds a service by: protocol, address and port, or family and firewall mark.
type ServiceID struct {
	Protocol uint8          // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP; 0 with a firewall mark
	Addr     netip.AddrPort // invalid with a firewall mark
	FWMark   uint32         // 0 is none
	IPv6     bool           // the family of a firewall mark; without one the address decides
}

// Service is a virtual service.
type Service struct {
	ID        ServiceID
	Scheduler string // rr, wrr, lc, wlc, sh, dh, mh, sed, nq, ...
	// Flags are IP_VS_SVC_F_* ([Persistent] and its neighbours). The kernel adds [Hashed], which is never sent.
	Flags   uint32
	Timeout time.Duration // persistence, whole seconds; read back whether or not Persistent is set
	// Netmask is the granularity of persistence as a prefix length: 0 to 32, or 1 to 128 for IPv6.
	Netmask uint8
	PEName  string // persistence engine, such as sip; empty is none
	Stats   Stats  // only read
}

// The flags of a service (IP_VS_SVC_F_*).
const (
	Persistent uint32 = 0x01
	Hashed     uint32 = 0x02 // the kernel's own
	OnePacket  uint32 = 0x04
	Scheduler1 uint32 = 0x08 // sh, mh: fall back to another server
	Scheduler2 uint32 = 0x10 // sh, mh: the source port counts
	Scheduler3 uint32 = 0x20
)

// Stats counts since the object was made.
type Stats struct {
	Connections, PacketsIn, PacketsOut, BytesIn, BytesOut uint64
	// Per second, averaged by the kernel.
	ConnectionRate, PacketRateIn, PacketRateOut, ByteRateIn, ByteRateOut uint64
}

// Plus is the sum of two counts.
func (s Stats) Plus(t Stats) Stats {
	return Stats{
		Connections: s.Connections + t.Connections, PacketsIn: s.PacketsIn + t.PacketsIn, PacketsOut: s.PacketsOut + t.PacketsOut,
		BytesIn: s.BytesIn + t.BytesIn, BytesOut: s.BytesOut + t.BytesOut,
		ConnectionRate: s.ConnectionRate + t.ConnectionRate, PacketRateIn: s.PacketRateIn + t.PacketRateIn,
		PacketRateOut: s.PacketRateOut + t.PacketRateOut, ByteRateIn: s.ByteRateIn + t.ByteRateIn, ByteRateOut: s.ByteRateOut + t.ByteRateOut,
	}
}

// IPVS_SVC_ATTR_*.
const (
	svcFamily    = 1
	svcProtocol  = 2
	svcAddr      = 3
	svcPort      = 4
	svcFWMark    = 5
	svcScheduler = 6
	svcFlags     = 7
	svcTimeout   = 8
	svcNetmask   = 9
	svcPEName    = 11
	svcStats64   = 12
)

// family is AF_INET or AF_INET6.
func (id ServiceID) family() uint16 {
	if id.Addr.Addr().Is6() || !id.Addr.IsValid() && id.IPv6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// String names the service as ipvsadm(8) would: tcp 192.0.2.1:80, or fwmark 7.
func (id ServiceID) String() string {
	switch {
	case id.FWMark != 0 && id.IPv6:
		return fmt.Sprintf("fwmark %d (IPv6)", id.FWMark)
	case id.FWMark != 0:
		return fmt.Sprintf("fwmark %d", id.FWMark)
	}
	names := map[uint8]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_SCTP: "sctp"}
	name := names[id.Protocol]
	if name == "" {
		name = fmt.Sprintf("protocol %d", id.Protocol)
	}
	return name + " " + id.Addr.String()
}

// appendID appends the attributes by which the kernel finds the service.
func (id ServiceID) appendID(b []byte) []byte {
	b = wire.Uint16(b, svcFamily, id.family())
	if id.FWMark != 0 {
		return wire.Uint32(b, svcFWMark, id.FWMark)
	}
	b = wire.Uint16(b, svcProtocol, uint16(id.Protocol))
	b = wire.Addr(b, svcAddr, id.Addr.Addr())
	return wire.Port(b, svcPort, id.Addr.Port())
}

// append appends the whole service.
func (s Service) append(b []byte) []byte {
	b = s.ID.appendID(b)
	b = wire.String(b, svcScheduler, s.Scheduler)
	if s.PEName != "" {
		b = wire.String(b, svcPEName, s.PEName)
	}
	// struct ip_vs_flags: the flags, and which of them count.
	flags := binary.NativeEndian.AppendUint32(nil, s.Flags&^Hashed)
	flags = binary.NativeEndian.AppendUint32(flags, ^uint32(0))
	b = wire.Attr(b, svcFlags, flags)
	b = wire.Uint32(b, svcTimeout, uint32(s.Timeout/time.Second))
	return wire.Attr(b, svcNetmask, s.netmask())
}

// netmask is the persistence mask as the kernel holds it: the mask's four bytes in network order for IPv4, the
// prefix length in host order for IPv6.
func (s Service) netmask() []byte {
	if s.ID.family() == unix.AF_INET6 {
		return binary.NativeEndian.AppendUint32(nil, uint32(s.Netmask))
	}
	return binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-min(s.Netmask, 32)))
}

// decodeService reads the attributes of a service.
func decodeService(d *wire.Decoder) (Service, error) {
	var (
		s       Service
		family  uint16
		addr    []byte
		port    uint16
		netmask []byte
	)
	for d.Next() {
		switch d.Type() {
		case svcFamily:
			family = d.Uint16()
		case svcProtocol:
			s.ID.Protocol = uint8(d.Uint16())
		case svcAddr:
			addr = d.Bytes()
		case svcPort:
			port = d.Port()
		case svcFWMark:
			s.ID.FWMark = d.Uint32()
		case svcScheduler:
			s.Scheduler = d.String()
		case svcFlags:
			s.Flags = decodeFlags(d)
		case svcTimeout:
			s.Timeout = time.Duration(d.Uint32()) * time.Second
		case svcNetmask:
			netmask = d.Bytes()
		case svcPEName:
			s.PEName = d.String()
		case svcStats64:
			s.Stats = decodeStats(d)
		}
	}
	if d.Err() != nil {
		return Service{}, d.Err()
	}
	if len(netmask) != 4 {
		return Service{}, fmt.Errorf("%w: a netmask of %d bytes", wire.ErrShort, len(netmask))
	}
	s.Netmask = uint8(bits.OnesCount32(binary.NativeEndian.Uint32(netmask)))
	if family == unix.AF_INET6 {
		s.ID.IPv6 = true
		s.Netmask = uint8(min(binary.NativeEndian.Uint32(netmask), 128))
	}
	if s.ID.FWMark != 0 {
		s.ID.Protocol = 0
		return s, nil
	}
	ip, err := address(family, addr)
	s.ID.Addr = netip.AddrPortFrom(ip, port)
	return s, err
}

// decodeFlags reads struct ip_vs_flags.
func decodeFlags(d *wire.Decoder) uint32 {
	b := d.Bytes()
	if len(b) != 8 {
		d.Fail(fmt.Errorf("%w: flags of %d bytes", wire.ErrShort, len(b)))
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}

// address reads an address that the kernel stores in 16 bytes whatever its family (union nf_inet_addr).
func address(family uint16, b []byte) (netip.Addr, error) {
	switch {
	case family == unix.AF_INET && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b[:4])), nil
	case family == unix.AF_INET6 && len(b) == 16:
		return netip.AddrFrom16([16]byte(b)), nil
	}
	return netip.Addr{}, fmt.Errorf("%w: an address of family %d in %d bytes", wire.ErrShort, family, len(b))
}

// decodeStats reads IPVS_STATS_ATTR_* as 64-bit numbers.
func decodeStats(d *wire.Decoder) Stats {
	var s Stats
	fields := [...]*uint64{
		1: &s.Connections, 2: &s.PacketsIn, 3: &s.PacketsOut, 4: &s.BytesIn, 5: &s.BytesOut,
		6: &s.ConnectionRate, 7: &s.PacketRateIn, 8: &s.PacketRateOut, 9: &s.ByteRateIn, 10: &s.ByteRateOut,
	}
	in := d.Nested()
	for in.Next() {
		if t := int(in.Type()); t > 0 && t < len(fields) {
			*fields[t] = in.Uint64()
		}
	}
	if err := in.Err(); err != nil {
		d.Fail(err)
	}
	return s
}
