package netlab

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
)

// AddressNews is what the kernel tells of an address.
type AddressNews struct {
	At      time.Time // when it was heard of
	Address netip.Addr
	Comes   bool // that it is there, or there with other flags; false when it is gone
	Flags   int  // IFA_F_ of linux/if_addr.h
}

// WatchAddresses tells what the kernel says of the addresses of all interfaces of the namespace, both families, from now
// on until done is closed. Up to 256 wait for a slow reader.
func (n *Namespace) WatchAddresses(done <-chan struct{}) (<-chan AddressNews, error) {
	raw, out := make(chan netlink.AddrUpdate), make(chan AddressNews, 256)
	if err := n.Do(func() error { return netlink.AddrSubscribe(raw, done) }); err != nil {
		return nil, fmt.Errorf("watch the addresses of %s: %w", n, err)
	}
	go func() {
		for u := range raw {
			a, _ := netip.AddrFromSlice(u.LinkAddress.IP) // the kernel sends 4 or 16 bytes
			select {
			case out <- AddressNews{At: time.Now(), Address: a.Unmap(), Comes: u.NewAddr, Flags: u.Flags}:
			case <-done:
			}
		}
	}()
	return out, nil
}
