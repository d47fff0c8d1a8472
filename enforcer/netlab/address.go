package netlab

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Addresses reads and changes the addresses of one interface, from any goroutine, one at a time.
type Addresses struct {
	handle *netlink.Handle
	link   netlink.Link
}

// Addresses opens the addresses of an interface of the namespace.
func (n *Namespace) Addresses(device string) (*Addresses, error) {
	h, err := n.handle()
	if err != nil {
		return nil, err
	}
	link, err := h.LinkByName(device)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find link %s of %s: %w", device, n, err), h.Close())
	}
	return &Addresses{handle: h, link: link}, nil
}

// Add adds an address, usable at once: IPv6 without duplicate address detection. One that is there already is fine.
func (a *Addresses) Add(address netip.Prefix) error {
	if err := a.handle.AddrReplace(a.link, addr(address)); err != nil {
		return fmt.Errorf("add address %s to %s: %w", address, a.link.Attrs().Name, err)
	}
	return nil
}

// Remove removes an address. One that is not there is fine.
func (a *Addresses) Remove(address netip.Prefix) error {
	err := a.handle.AddrDel(a.link, addr(address))
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove address %s from %s: %w", address, a.link.Attrs().Name, err)
	}
	return nil
}

// List returns the addresses of both families in the kernel's order.
func (a *Addresses) List() ([]netip.Prefix, error) {
	addresses, err := a.handle.AddrList(a.link, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("list addresses of %s: %w", a.link.Attrs().Name, err)
	}
	var prefixes []netip.Prefix
	for _, address := range addresses {
		if ip, ok := netip.AddrFromSlice(address.IP); ok {
			bits, _ := address.Mask.Size()
			prefixes = append(prefixes, netip.PrefixFrom(ip.Unmap(), bits))
		}
	}
	return prefixes, nil
}

// Close frees the handle. The addresses stay.
func (a *Addresses) Close() error { return a.handle.Close() }

// addr is an address in the shape of netlink.
func addr(p netip.Prefix) *netlink.Addr {
	a := &netlink.Addr{IPNet: ipNet(p)}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}
