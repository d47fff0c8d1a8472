package path

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// sender sends whole IP packets on the way to a server.
type sender struct {
	fd     int
	to     unix.Sockaddr
	header []byte // before each packet
}

func (s *sender) close() { _ = unix.Close(s.fd) } // datagrams are gone or lost, there is nothing to flush

// send sends a packet. What the kernel cannot take is lost, as on any network; netstack sends it again.
func (s *sender) send(packet []byte) error {
	return unix.Sendto(s.fd, append(s.header[:len(s.header):len(s.header)], packet...), 0, s.to)
}

// sender opens the way to the server for packets to the family of target.
func (t Through) sender(ctx context.Context, target netip.Addr) (*sender, error) {
	if t.How == DR {
		return t.frames(ctx)
	}
	family, to := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(t.Port), Addr: t.Server.As16()})
	if t.Server.Is4() {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Port: int(t.Port), Addr: t.Server.As4()}
	}
	inner, ether := unix.IPPROTO_IPIP, uint16(unix.ETH_P_IP)
	if target.Is6() {
		inner, ether = unix.IPPROTO_IPV6, unix.ETH_P_IPV6
	}
	kind, protocol := unix.SOCK_RAW, inner
	var header []byte
	switch t.How {
	case GUE: // version 0, no options, then the protocol of what follows and no flags
		kind, protocol, header = unix.SOCK_DGRAM, unix.IPPROTO_UDP, []byte{0, byte(inner), 0, 0}
	case GRE: // neither checksum nor key nor sequence
		protocol, header = unix.IPPROTO_GRE, []byte{0, 0, byte(ether >> 8), byte(ether)}
	}
	if kind == unix.SOCK_RAW { // the port field of the address names the protocol of IPv6 raw sockets, or is 0
		switch to := to.(type) {
		case *unix.SockaddrInet4:
			to.Port = 0
		case *unix.SockaddrInet6:
			to.Port = 0
		}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, &Unable{"raw socket", err}
	}
	if err := deafen(fd); err != nil {
		_ = unix.Close(fd) // never used
		return nil, err
	}
	return &sender{fd: fd, to: to, header: header}, nil
}

// frames opens direct routing: frames to the MAC of a server on the same network.
func (t Through) frames(ctx context.Context) (*sender, error) {
	link, err := onLink(t.Server)
	if err != nil {
		return nil, err
	}
	mac, err := macOf(ctx, link, t.Server)
	if err != nil {
		return nil, err
	}
	ether := uint16(unix.ETH_P_IP)
	if t.Server.Is6() {
		ether = unix.ETH_P_IPV6
	}
	to := &unix.SockaddrLinklayer{Protocol: bigEndian(ether), Ifindex: link, Halen: uint8(len(mac))}
	copy(to.Addr[:], mac)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0) // protocol 0 hears nothing
	if err != nil {
		return nil, &Unable{"packet socket", err}
	}
	return &sender{fd: fd, to: to}, nil
}

// onLink is the index of the interface on whose network the server is.
func onLink(server netip.Addr) (int, error) {
	routes, err := netlink.RouteGet(server.AsSlice())
	switch {
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		return 0, fmt.Errorf("server %s: %w", server, err)
	case err != nil:
		return 0, &Unable{"route to " + server.String(), err}
	case len(routes) == 0:
		return 0, fmt.Errorf("server %s: %w", server, unix.ENETUNREACH)
	case routes[0].Gw != nil || routes[0].Via != nil:
		return 0, fmt.Errorf("server %s is behind the router %s: direct routing reaches only servers of the same network", server, routes[0].Gw)
	}
	return routes[0].LinkIndex, nil
}

// macPause is how long to wait before looking again for the MAC of a server.
const macPause = 5 * time.Millisecond

// macOf asks the kernel for the MAC of a neighbour, and makes it ask the neighbour: NTF_USE begins to resolve an entry, and
// to confirm one that is old, as a packet of the kernel's own would.
func macOf(ctx context.Context, link int, server netip.Addr) (net.HardwareAddr, error) {
	family := unix.AF_INET6
	if server.Is4() {
		family = unix.AF_INET
	}
	use := &netlink.Neigh{LinkIndex: link, Family: family, IP: server.AsSlice(), Flags: unix.NTF_USE}
	if err := netlink.NeighSet(use); err != nil {
		return nil, &Unable{"resolve the MAC of " + server.String(), err}
	}
	for {
		list, err := netlink.NeighListExecute(netlink.Ndmsg{Family: uint8(family), Index: uint32(link)})
		if err != nil {
			return nil, &Unable{"list neighbours", err}
		}
		for _, n := range list {
			ip, _ := netip.AddrFromSlice(n.IP)
			if ip.Unmap() != server {
				continue
			}
			const known = unix.NUD_PERMANENT | unix.NUD_NOARP | unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE
			if n.State&known != 0 && len(n.HardwareAddr) > 0 {
				return n.HardwareAddr, nil
			}
			if n.State&unix.NUD_FAILED != 0 {
				return nil, fmt.Errorf("server %s: nobody answers for its MAC: %w", server, unix.EHOSTUNREACH)
			}
		}
		pause := time.NewTimer(macPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, fmt.Errorf("server %s: nobody answers for its MAC: %w", server, ctx.Err())
		case <-pause.C:
		}
	}
}

// bigEndian is a number as the network orders its bytes, in the order of this machine.
func bigEndian(n uint16) uint16 {
	b := [2]byte{byte(n >> 8), byte(n)}
	return uint16FromNative(b)
}
