package socket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrNoSource is the error when an interface has no address from which adverts can be sent. It may get one any time.
var ErrNoSource = errors.New("no usable source address")

// PrimarySource is the address from which adverts leave an interface: in IPv4 the first address that is not excluded,
// in IPv6 the first link-local address that is not excluded (RFC 9568 sections 5.1.1.1 and 5.1.2.1), in the kernel's
// order. Exclude every VIP of the node, which a crash may have left behind, but not those of the owner: its real
// address is the VIP. Addresses that the kernel still examines, or found to be taken, are passed over. Secondary and
// deprecated addresses come last. Asks the network namespace of the calling thread; the error wraps ErrNoSource when
// there is no such address.
func PrimarySource(iface string, ipv6 bool, exclude map[netip.Addr]bool) (netip.Addr, error) {
	i, err := FindLink(iface)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("looking for a source address on %s: %w", iface, err)
	}
	addresses, err := interfaceAddresses(i.Index, ipv6)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("looking for a source address on %s: %w", iface, err)
	}
	if source, ok := choose(addresses, ipv6, exclude); ok {
		return source, nil
	}
	what := "IPv4 address"
	if ipv6 {
		what = "link-local IPv6 address"
	}
	return netip.Addr{}, fmt.Errorf("%w: %s has no %s that is none of the VIPs, and ready", ErrNoSource, iface, what)
}

// CheckSource is nil when an interface has an address that was chosen as source of unicast adverts, and it is usable.
// Asks the network namespace of the calling thread; the error wraps ErrNoSource when it is not there.
func CheckSource(iface string, source netip.Addr) error {
	i, err := FindLink(iface)
	if err != nil {
		return fmt.Errorf("looking for the source address %s on %s: %w", source, iface, err)
	}
	addresses, err := interfaceAddresses(i.Index, source.Is6())
	if err != nil {
		return fmt.Errorf("looking for the source address %s on %s: %w", source, iface, err)
	}
	for _, a := range addresses {
		if a.addr == source && a.flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%w: %s does not have %s, or not yet", ErrNoSource, iface, source)
}

// SourceAmong is the first of the candidates that an interface has and that is usable: of the peers of a unicast instance,
// ourselves. Asks the network namespace of the calling thread; the error wraps ErrNoSource when there is none.
func SourceAmong(iface string, candidates []netip.Addr) (netip.Addr, error) {
	for _, c := range candidates {
		if err := CheckSource(iface, c); !errors.Is(err, ErrNoSource) {
			return c, err
		}
	}
	return netip.Addr{}, fmt.Errorf("%w: %s has none of %v", ErrNoSource, iface, candidates)
}

// localAddress is an address of an interface with its flags (linux/if_addr.h, IFA_F_*).
type localAddress struct {
	addr  netip.Addr
	flags uint32
}

// choose picks the source among the addresses of an interface.
func choose(addresses []localAddress, ipv6 bool, exclude map[netip.Addr]bool) (netip.Addr, bool) {
	var second netip.Addr
	for _, a := range addresses {
		switch {
		case exclude[a.addr], ipv6 && !a.addr.IsLinkLocalUnicast():
			continue
		case a.flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) != 0:
			continue
		case a.flags&unix.IFA_F_DEPRECATED == 0 && (ipv6 || a.flags&unix.IFA_F_SECONDARY == 0):
			return a.addr, true
		case !second.IsValid():
			second = a.addr
		}
	}
	return second, second.IsValid()
}

// interfaceAddresses dumps the addresses of an interface in one family. Package net tells no flags.
func interfaceAddresses(index int, ipv6 bool) ([]localAddress, error) {
	domain := unix.AF_INET
	if ipv6 {
		domain = unix.AF_INET6
	}
	dump, err := syscall.NetlinkRIB(unix.RTM_GETADDR, domain)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	var addresses []localAddress
	for _, m := range messages {
		if m.Header.Type != unix.RTM_NEWADDR || len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		// struct ifaddrmsg: family, prefix length, flags, scope, then the index
		if int(m.Data[0]) != domain || int(binary.NativeEndian.Uint32(m.Data[4:])) != index {
			continue
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			return nil, fmt.Errorf("list addresses: %w", err)
		}
		if a := parseAddress(uint32(m.Data[2]), attributes); a.addr.IsValid() {
			addresses = append(addresses, a)
		}
	}
	return addresses, nil
}

// parseAddress reads the attributes of one address. On a point-to-point link IFA_ADDRESS is the peer and IFA_LOCAL
// ours; elsewhere they are equal, or IFA_LOCAL is missing.
func parseAddress(flags uint32, attributes []syscall.NetlinkRouteAttr) localAddress {
	a := localAddress{flags: flags}
	var local bool
	for _, attribute := range attributes {
		switch attribute.Attr.Type {
		case unix.IFA_LOCAL:
			a.addr, local = netip.AddrFromSlice(attribute.Value)
		case unix.IFA_ADDRESS:
			if !local {
				a.addr, _ = netip.AddrFromSlice(attribute.Value)
			}
		case unix.IFA_FLAGS: // all 32 bits of the flags
			if len(attribute.Value) >= 4 {
				a.flags = binary.NativeEndian.Uint32(attribute.Value)
			}
		}
	}
	return a
}
