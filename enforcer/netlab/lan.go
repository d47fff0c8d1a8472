package netlab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// bridgeName is the bridge's name in the namespace of its LAN, and the device's name in every host.
const (
	bridgeName = "br0"
	deviceName = "eth0"
)

// LAN is an Ethernet: a bridge in a namespace of its own with hosts around it. Build, cut and close it from one
// goroutine; what runs in its hosts may run anywhere.
type LAN struct {
	prefix string // of the names of its namespaces; empty: anonymous
	bridge *Namespace
	hosts  []*Host
	ports  map[*Host]string
	wired  int // ports that there were, for names that are new
}

// Host is a namespace with an interface eth0 on a LAN.
type Host struct {
	*Namespace
	name string
}

// NewLAN makes a LAN without hosts. With a prefix its namespaces are named (PREFIXbridge and PREFIX + host name), can
// be entered with `ip netns exec`, and can be swept after a crash; without one they are anonymous and end with the
// process.
func NewLAN(prefix string) (*LAN, error) {
	bridge, err := namespace(prefix, "bridge")
	if err != nil {
		return nil, err
	}
	l := &LAN{prefix: prefix, bridge: bridge, ports: map[*Host]string{}}
	if err := bridge.netlink(func(h *netlink.Handle) error { return addBridge(h, bridgeName) }); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// namespace makes a namespace, named when there is a prefix.
func namespace(prefix, name string) (*Namespace, error) {
	if prefix == "" {
		return New()
	}
	return NewNamed(prefix + name)
}

// Add makes a host, connects its eth0 to the bridge and gives it addresses, host bits included (192.0.2.1/24). When
// Add returns, the addresses can be used and eth0 has its IPv6 link-local address.
func (l *LAN) Add(name string, addresses ...netip.Prefix) (*Host, error) {
	return l.AddAs(name, deviceName, addresses...)
}

// AddAs is Add with another name for the host's interface.
func (l *LAN) AddAs(name, device string, addresses ...netip.Prefix) (*Host, error) {
	for _, h := range l.hosts {
		if h.name == name {
			return nil, fmt.Errorf("add host %s: the LAN has one of that name", name)
		}
	}
	ns, err := namespace(l.prefix, name)
	if err != nil {
		return nil, fmt.Errorf("add host %s: %w", name, err)
	}
	host := &Host{Namespace: ns, name: name}
	if err := l.attach(host, device, addresses); err != nil {
		return nil, errors.Join(fmt.Errorf("add host %s: %w", name, err), ns.Close())
	}
	l.hosts = append(l.hosts, host)
	return host, nil
}

// Attach connects a host of another LAN to this one too, by a further interface. The host still belongs to the LAN
// that made it.
func (l *LAN) Attach(host *Host, device string, addresses ...netip.Prefix) error {
	if _, ok := l.ports[host]; ok {
		return fmt.Errorf("attach host %s: it already has an interface on this LAN", host.name)
	}
	if err := l.attach(host, device, addresses); err != nil {
		return fmt.Errorf("attach host %s: %w", host.name, err)
	}
	return nil
}

func (l *LAN) attach(host *Host, device string, addresses []netip.Prefix) error {
	l.wired++
	port := fmt.Sprintf("port%d", l.wired)
	err := l.bridge.netlink(func(h *netlink.Handle) error {
		return addPort(h, bridgeName, port, device, host.Namespace)
	})
	if err != nil {
		return err
	}
	l.ports[host] = port
	err = host.netlink(func(h *netlink.Handle) error {
		if err := addAddresses(h, device, addresses); err != nil {
			return err
		}
		return ready(h, device)
	})
	if err != nil {
		return err
	}
	return l.bridge.netlink(func(h *netlink.Handle) error { return forwards(h, port) })
}

// Detach deletes a host's interface on this LAN. Attach gives it another one.
func (l *LAN) Detach(host *Host) error {
	if err := l.port(host, "detach", func(h *netlink.Handle, port netlink.Link) error { return h.LinkDel(port) }); err != nil {
		return err
	}
	delete(l.ports, host)
	return nil
}

// Name is the host's name on its LAN, without the LAN's prefix.
func (h *Host) Name() string { return h.name }

// Hosts returns the hosts in the order in which they were added.
func (l *LAN) Hosts() []*Host { return slices.Clone(l.hosts) }

// Cut takes a host off the LAN as a pulled cable does: its interface loses the carrier.
func (l *LAN) Cut(host *Host) error {
	return l.port(host, "cut", func(h *netlink.Handle, port netlink.Link) error { return h.LinkSetDown(port) })
}

// Isolate takes a host off the LAN as a broken switch does: its interface stays up, its frames get nowhere.
func (l *LAN) Isolate(host *Host) error {
	return l.port(host, "isolate", func(h *netlink.Handle, port netlink.Link) error { return h.LinkSetNoMaster(port) })
}

// Heal undoes Cut and Isolate. Frames pass a moment later.
func (l *LAN) Heal(host *Host) error {
	return l.port(host, "heal", func(h *netlink.Handle, port netlink.Link) error {
		return errors.Join(join(h, bridgeName, port.Attrs().Name), h.LinkSetUp(port))
	})
}

// port runs fn on the bridge's end of a host's link.
func (l *LAN) port(host *Host, verb string, fn func(*netlink.Handle, netlink.Link) error) error {
	name, ok := l.ports[host]
	if !ok {
		return fmt.Errorf("%s host %s: it is not on this LAN", verb, host.name)
	}
	err := l.bridge.netlink(func(h *netlink.Handle) error {
		link, err := h.LinkByName(name)
		if err != nil {
			return err
		}
		return fn(h, link)
	})
	if err != nil {
		return fmt.Errorf("%s host %s: %w", verb, host.name, err)
	}
	return nil
}

// Close takes the LAN and its hosts away. Stop the processes in them first. A second Close does nothing.
func (l *LAN) Close() error {
	var errs []error
	for _, h := range l.hosts {
		errs = append(errs, h.Close())
	}
	l.hosts = nil
	return errors.Join(append(errs, l.bridge.Close())...)
}
