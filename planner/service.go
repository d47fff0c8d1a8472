package planner

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// This file is what IPVS balances with: services and the destinations behind them. Everything outside of the keys is
// edited in place by the kernel (ip_vs_edit_service and ip_vs_edit_dest in net/netfilter/ipvs/ip_vs_ctl.c), so only what
// gets another key, such as another address or port, is made anew.

// Protocol is an IP protocol that IPVS balances.
type Protocol uint8

// The protocols that IPVS balances, by IPPROTO_* number.
const (
	TCP  Protocol = 6
	UDP  Protocol = 17
	SCTP Protocol = 132
)

// VirtualServerKey is what IPVS finds a service by: protocol, address and port, or a firewall mark.
type VirtualServerKey struct {
	Protocol Protocol       // 0 with a firewall mark
	Addr     netip.AddrPort // invalid with a firewall mark; port 0 is every port that has no service of its own
	FWMark   uint32         // 0 is none
	IPv6     bool           // family of a firewall mark service
}

// Is6 tells whether the service takes IPv6 packets.
func (k VirtualServerKey) Is6() bool { return k.IPv6 || k.Addr.Addr().Is6() }

// Words is the service in a table: tcp 192.0.2.20:80, or fwmark 7 IPv4.
func (k VirtualServerKey) Words() string {
	if k.FWMark != 0 {
		return serviceName(k)
	}
	return k.Protocol.String() + " " + k.Addr.String()
}

// VirtualServer is what can be edited in place in an IPVS service.
type VirtualServer struct {
	Scheduler   string        // rr wrr lc wlc sh dh mh sed nq ...
	Persistence time.Duration // whole seconds; 0 is off
	Flags       uint32        // [FlagOnePacket] to [FlagScheduler3]; others are the kernel's own
	// Netmask is the granularity of persistence as a prefix length: 32 for IPv4 and 128 for IPv6 keep clients apart.
	Netmask uint8
	Engine  string // persistence engine, a module ip_vs_pe_NAME such as sip; empty is none
}

// The flags of services that configuration decides: IP_VS_SVC_F_* of linux/ip_vs.h. What the scheduler's flags mean is
// the scheduler's business; sh and mh have names for two of them.
const (
	FlagOnePacket  uint32 = 0x04 // every UDP packet is scheduled for itself
	FlagScheduler1 uint32 = 0x08
	FlagScheduler2 uint32 = 0x10
	FlagScheduler3 uint32 = 0x20

	FlagFallback = FlagScheduler1 // sh, mh: a server that takes nothing is passed over
	FlagPort     = FlagScheduler2 // sh, mh: the client's port counts as well
)

// managedFlags leaves out HASHED, which the kernel sets by itself, and PERSISTENT, which goes with the persistence.
const managedFlags = FlagOnePacket | FlagScheduler1 | FlagScheduler2 | FlagScheduler3

// normal drops the flags that configuration does not decide, and a granularity that has nothing to divide.
func (v VirtualServer) normal(k VirtualServerKey) VirtualServer {
	v.Flags &= managedFlags
	whole := uint8(32)
	if k.Is6() {
		whole = 128
	}
	if v.Persistence == 0 || v.Netmask == 0 {
		v.Netmask = whole
	}
	return v
}

func sameVirtualServer(k VirtualServerKey, want, have VirtualServer) bool {
	return want == have || want.normal(k) == have.normal(k)
}

// attributes lists the settings of a service under the names that the language has for them.
func (v VirtualServer) attributes() []attribute {
	mask := ""
	if v.Persistence != 0 {
		mask = strconv.Itoa(int(v.Netmask))
	}
	return []attribute{
		{"scheduler", v.Scheduler},
		{"scheduler_flags", strings.Join(SchedulerFlags(v.Scheduler, v.Flags), " ")},
		{"one_packet", truth(v.Flags&FlagOnePacket != 0)},
		{"persistence", seconds(v.Persistence)},
		{"netmask", mask},
		{"persistence_engine", v.Engine},
	}
}

// SchedulerFlags names the flags that are set for a scheduler: fallback and port for sh and mh, which know two of
// them, and flag-1 to flag-3 for all others.
func SchedulerFlags(scheduler string, flags uint32) []string {
	names := [...]string{"flag-1", "flag-2", "flag-3"}
	if scheduler == "sh" || scheduler == "mh" {
		names[0], names[1] = "fallback", "port"
	}
	var set []string
	for i, name := range names {
		if flags&(FlagScheduler1<<i) != 0 {
			set = append(set, name)
		}
	}
	return set
}

// RealServerKey identifies a destination of an IPVS service.
type RealServerKey struct {
	Service VirtualServerKey
	Server  netip.AddrPort
}

// RealServer is what can be edited in place in an IPVS destination.
type RealServer struct {
	Weight     uint32        `json:"weight"` // configured: 0 to 65535; the kernel takes up to 2147483647 from others
	Forwarding Forwarding    `json:"forwarding"`
	Tunnel     TunnelOptions `json:"tunnel,omitzero"` // zero, and thus IPIP, where packets are not tunnelled
	// Upper is the number of connections from which on the server gets no new ones, Lower the one below which it gets
	// some again; 0 is no limit, and three quarters of Upper. Lower is never above Upper.
	Upper uint32 `json:"upper,omitempty"`
	Lower uint32 `json:"lower,omitempty"`
}

// Forwarding is how packets reach a real server. IP_VS_CONN_F_* of linux/ip_vs.h.
type Forwarding uint8

// The forwarding methods of IPVS.
const (
	NAT    Forwarding = 0 // IP_VS_CONN_F_MASQ
	Tunnel Forwarding = 2 // IP_VS_CONN_F_TUNNEL
	DR     Forwarding = 3 // IP_VS_CONN_F_DROUTE
)

// TunnelOptions are how packets are wrapped on their way to a real server with [Tunnel]. Connections that exist change
// with them at once.
type TunnelOptions struct {
	Type     TunnelType `json:"type,omitempty"`
	Port     uint16     `json:"port,omitempty"` // UDP port of the server; with [GUE] only, which needs it
	Checksum Checksum   `json:"checksum,omitempty"`
}

// TunnelType is IP_VS_CONN_F_TUNNEL_TYPE_* of linux/ip_vs.h.
type TunnelType uint8

// The types of tunnels.
const (
	IPIP TunnelType = 0
	GUE  TunnelType = 1 // generic UDP encapsulation
	GRE  TunnelType = 2
)

// Checksum is which checksum the wrapping carries: IP_VS_TUNNEL_ENCAP_FLAG_* of linux/ip_vs.h. IPIP has none.
type Checksum uint8

// The checksums of tunnels.
const (
	ChecksumNone   Checksum = 0
	ChecksumFull   Checksum = 1 // of the whole packet
	ChecksumRemote Checksum = 2 // GUE: the receiver computes the inner one
)

// normal leaves out how packets would be wrapped that are not, and what a type of tunnel does not have.
func (v RealServer) normal() RealServer {
	switch {
	case v.Forwarding != Tunnel, v.Tunnel.Type == IPIP:
		v.Tunnel = TunnelOptions{}
	case v.Tunnel.Type == GRE:
		v.Tunnel.Port = 0
	}
	return v
}

func sameRealServer(_ RealServerKey, want, have RealServer) bool {
	return want == have || want.normal() == have.normal()
}

// attributes lists the settings of a destination under the names that the language has for them.
func (v RealServer) attributes() []attribute {
	v = v.normal()
	kind, checksum := "", ""
	if v.Tunnel.Type != IPIP {
		kind = v.Tunnel.Type.String()
	}
	if v.Tunnel.Checksum != ChecksumNone {
		checksum = v.Tunnel.Checksum.String()
	}
	return []attribute{
		{"weight", strconv.Itoa(int(v.Weight))},
		{"forwarding", v.Forwarding.String()},
		{"tunnel.type", kind},
		{"tunnel.port", count(uint32(v.Tunnel.Port))},
		{"tunnel.checksum", checksum},
		{"upper_threshold", count(v.Upper)},
		{"lower_threshold", count(v.Lower)},
	}
}

// On is the key of the server behind a service. A server without a port has that of the service: IPVS itself takes port 0
// for the client's only where the service has none either, which those of firewall marks never have.
func (s *PoolServer) On(service VirtualServerKey) RealServerKey {
	k := RealServerKey{Service: service, Server: s.Address}
	if s.Address.Port() == 0 {
		k.Server = netip.AddrPortFrom(s.Address.Addr(), service.Addr.Port())
	}
	return k
}

// real is the server as IPVS shows it with a weight.
func (s *PoolServer) real(weight uint16) RealServer {
	return RealServer{
		Weight: uint32(weight), Forwarding: s.Forwarding, Tunnel: s.Tunnel, Upper: s.Upper, Lower: s.Lower,
	}.normal()
}
