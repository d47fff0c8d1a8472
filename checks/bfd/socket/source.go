package socket

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Source is the address from which a session of single hop should send: the one that has its peer in its network, on a
// device or, where that is empty, on any. The kernel's own choice may be the address of a VIP, which moves: over IPv6 it
// takes the one that has most in common with the peer (RFC 6724 section 5, rule 8). Not valid: there is none. Asks the
// network namespace of the calling thread.
func Source(peer netip.Addr, device string, exclude []netip.Addr) (netip.Addr, error) {
	addresses, err := addressesOf(device)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find the address next to %s: %w", peer, err)
	}
	var best netip.Prefix
	for _, a := range addresses {
		ipnet, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(ipnet.IP)
		ones, _ := ipnet.Mask.Size()
		if addr = addr.Unmap(); !ok || addr == peer || slices.Contains(exclude, addr) {
			continue
		}
		if p := netip.PrefixFrom(addr, ones); p.Contains(peer) && (!best.IsValid() || p.Bits() > best.Bits()) {
			best = p
		}
	}
	return best.Addr(), nil
}

func addressesOf(device string) ([]net.Addr, error) {
	if device == "" {
		return net.InterfaceAddrs()
	}
	i, err := net.InterfaceByName(device)
	if err != nil {
		return nil, err
	}
	return i.Addrs()
}
