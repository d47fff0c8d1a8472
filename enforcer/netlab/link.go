package netlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// prepare brings lo up and makes interfaces usable at once: without duplicate address detection an IPv6 address is
// never tentative, and without router solicitations the wire is quiet.
func (n *Namespace) prepare() error {
	quiet := func() error {
		for _, setting := range []string{"default/accept_dad", "default/dad_transmits", "default/router_solicitations"} {
			err := os.WriteFile("/proc/sys/net/ipv6/conf/"+setting, []byte("0"), 0)
			if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without IPv6
				return err
			}
		}
		return nil
	}
	if err := n.Do(quiet); err != nil {
		return fmt.Errorf("prepare network namespace %s: %w", n, err)
	}
	return n.netlink(func(h *netlink.Handle) error { return up(h, "lo") })
}

// netlink runs fn with a netlink handle of the namespace.
func (n *Namespace) netlink(fn func(*netlink.Handle) error) error {
	h, err := n.handle()
	if err != nil {
		return err
	}
	err = fn(h)
	return errors.Join(err, h.Close())
}

// handle opens a netlink handle of the namespace. Lists that change while they are read are read again: namespaces are
// busy with their own addresses, and with what tests do to them.
func (n *Namespace) handle() (*netlink.Handle, error) {
	h, err := netlink.NewHandleAt(netns.NsHandle(n.FD()), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink in network namespace %s: %w", n, err)
	}
	return h.RetryInterrupted(), nil
}

// up sets a link up by its name.
func up(h *netlink.Handle, name string) error {
	link, err := h.LinkByName(name)
	if err == nil {
		err = h.LinkSetUp(link)
	}
	if err != nil {
		return fmt.Errorf("set link %s up: %w", name, err)
	}
	return nil
}

// addBridge makes a bridge that forwards from the first frame on: no spanning tree, no snooping.
func addBridge(h *netlink.Handle, name string) error {
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: attributes(name), MulticastSnooping: &snooping}
	if err := h.LinkAdd(bridge); err != nil {
		return fmt.Errorf("add bridge %s: %w", name, err)
	}
	return up(h, name)
}

// addPort makes a veth pair between the bridge and a host: port here, device in the host's namespace.
func addPort(h *netlink.Handle, bridge, port, device string, host *Namespace) error {
	veth := netlink.NewVeth(attributes(port))
	veth.PeerName = device
	veth.PeerNamespace = netlink.NsFd(host.FD())
	if err := h.LinkAdd(veth); err != nil {
		return fmt.Errorf("add link %s of host %s: %w", device, host, err)
	}
	if err := join(h, bridge, port); err != nil {
		return err
	}
	return up(h, port)
}

// join makes port a port of the bridge.
func join(h *netlink.Handle, bridge, port string) error {
	master, err := h.LinkByName(bridge)
	if err != nil {
		return fmt.Errorf("find bridge %s: %w", bridge, err)
	}
	link, err := h.LinkByName(port)
	if err == nil {
		err = h.LinkSetMaster(link, master)
	}
	if err != nil {
		return fmt.Errorf("join port %s to bridge %s: %w", port, bridge, err)
	}
	return nil
}

// addAddresses brings a device up and gives it addresses in their order.
func addAddresses(h *netlink.Handle, device string, addresses []netip.Prefix) error {
	if err := up(h, device); err != nil {
		return err
	}
	link, err := h.LinkByName(device)
	if err != nil {
		return fmt.Errorf("find link %s: %w", device, err)
	}
	for _, address := range addresses {
		if err := h.AddrAdd(link, addr(address)); err != nil {
			return fmt.Errorf("add address %s to %s: %w", address, device, err)
		}
	}
	return nil
}

// AddRoute adds a route by a gateway that the namespace reaches directly; 0.0.0.0/0 and ::/0 are the default routes.
func (n *Namespace) AddRoute(destination netip.Prefix, via netip.Addr) error {
	err := n.netlink(func(h *netlink.Handle) error {
		return h.RouteAdd(&netlink.Route{Dst: ipNet(destination.Masked()), Gw: via.AsSlice()})
	})
	if err != nil {
		return fmt.Errorf("add route to %s by %s in network namespace %s: %w", destination, via, n, err)
	}
	return nil
}

// ready waits until a device of a host can be used: it has carrier and, where the kernel speaks IPv6, a link-local
// address that is no longer tentative. The kernel does all that a moment after the link comes up.
func ready(h *netlink.Handle, device string) error {
	_, err := os.Stat("/proc/sys/net/ipv6")
	wantsIPv6 := err == nil
	return await(h, device, func(link netlink.Link) (bool, error) {
		if link.Attrs().OperState != netlink.OperUp || !wantsIPv6 {
			return link.Attrs().OperState == netlink.OperUp, nil
		}
		addresses, err := h.AddrList(link, netlink.FAMILY_V6)
		return slices.ContainsFunc(addresses, func(a netlink.Addr) bool {
			return a.IP.IsLinkLocalUnicast() && a.Flags&unix.IFA_F_TENTATIVE == 0
		}), err
	})
}

// forwards waits until a port of a bridge forwards: it does as soon as its own carrier was noticed.
func forwards(h *netlink.Handle, port string) error {
	return await(h, port, func(link netlink.Link) (bool, error) { return link.Attrs().OperState == netlink.OperUp, nil })
}

// await asks for a link every millisecond until it is as wanted, five seconds at most.
func await(h *netlink.Handle, name string, wanted func(netlink.Link) (bool, error)) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); <-tick.C {
		link, err := h.LinkByName(name)
		if err != nil {
			return fmt.Errorf("find link %s: %w", name, err)
		}
		if ok, err := wanted(link); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("link %s was not usable within 5s", name)
}

// ipNet is the shape in which netlink wants a prefix, host bits kept.
func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// attributes are the defaults of a link with a name.
func attributes(name string) netlink.LinkAttrs {
	a := netlink.NewLinkAttrs()
	a.Name = name
	return a
}
