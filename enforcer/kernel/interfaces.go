package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	macvlanBridge   = 4         // MACVLAN_MODE_BRIDGE of linux/if_link.h
	iflaMacvlanMode = 1         // IFLA_MACVLAN_MODE
	macvlan         = "macvlan" // its IFLA_INFO_KIND
	aliasPrefix     = "ha "     // of the alias that marks an interface as ha's; the family follows
	alias4, alias6  = "ha ipv4", "ha ipv6"
)

// macvlanLink is what makes a link a [planner.Interface], as netlink tells it.
type macvlanLink struct {
	parent uint32 // its index
	mode   uint32
	alias  string
}

// decodeMacvlan reads what the body of RTM_NEWLINK says of a macvlan. False: the link is of another kind.
func decodeMacvlan(b []byte) (m macvlanLink, ok bool, err error) {
	d := wire.Decode(b[min(len(b), unix.SizeofIfInfomsg):])
	for d.Next() {
		switch d.Type() {
		case unix.IFLA_LINK:
			m.parent = d.Uint32()
		case unix.IFLA_IFALIAS:
			m.alias = d.String()
		case unix.IFLA_LINKINFO:
			info := d.Nested()
			for info.Next() {
				switch info.Type() {
				case unix.IFLA_INFO_KIND:
					ok = info.String() == macvlan
				case unix.IFLA_INFO_DATA:
					data := info.Nested()
					for ok && data.Next() {
						if data.Type() == iflaMacvlanMode {
							m.mode = data.Uint32()
						}
					}
					d.Fail(data.Err())
				}
			}
			d.Fail(info.Err())
		}
	}
	return m, ok, d.Err()
}

// readInterfaces fills in the macvlans, with their marks. One in another mode than ha's reads without a parent, and so does
// one whose parent is in another namespace: neither is ever as wanted.
func readInterfaces(bodies [][]byte, s *planner.State) error {
	s.Interfaces = make(map[planner.InterfaceKey]planner.Interface)
	byIndex := names(s.Links)
	for _, b := range bodies {
		m, ok, err := decodeMacvlan(b)
		if err != nil {
			return fmt.Errorf("listing virtual interfaces: %w", err)
		}
		if !ok {
			continue
		}
		name, l, err := decodeLink(b)
		if err != nil {
			return fmt.Errorf("listing virtual interfaces: %w", err)
		}
		v := planner.Interface{MAC: l.MAC, Up: l.Up, IPv6: m.alias == alias6}
		if m.mode == macvlanBridge {
			v.Parent = byIndex[m.parent]
		}
		key := planner.InterfaceKey(name)
		s.Interfaces[key] = v
		if strings.HasPrefix(m.alias, aliasPrefix) {
			s.Marked[key] = true
		}
	}
	return nil
}

// changeInterface carries out a checked change of a virtual interface. A creation that fails half-way leaves nothing.
func (k *Kernel) changeInterface(ctx context.Context, c planner.Change, key planner.InterfaceKey) error {
	after, _ := c.After.(planner.Interface)
	switch c.Action {
	case planner.Delete:
		return k.deleteInterface(ctx, key)
	case planner.Update:
		index, err := k.index(ctx, string(key))
		if err != nil {
			return err
		}
		return k.setUp(ctx, index)
	case planner.Replace:
		if err := k.deleteInterface(ctx, key); err != nil {
			return err
		}
	case planner.Create, planner.Adopt, planner.Release:
	}
	if err := k.createInterface(ctx, key, after); err != nil {
		return err
	}
	index, err := k.index(ctx, string(key))
	if err == nil {
		err = k.quiet(key, after)
	}
	if err == nil {
		err = k.plain.Do(ctx, markInterface(index, after))
	}
	if err == nil {
		err = k.setUp(ctx, index)
	}
	if err != nil {
		return errors.Join(err, k.deleteInterface(context.WithoutCancel(ctx), key))
	}
	return nil
}

// createInterface makes a macvlan that is down.
func (k *Kernel) createInterface(ctx context.Context, key planner.InterfaceKey, v planner.Interface) error {
	parent, err := k.index(ctx, v.Parent)
	if err != nil {
		return err
	}
	mac, err := net.ParseMAC(v.MAC)
	if err != nil {
		return err
	}
	b := wire.String(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_IFNAME, string(key))
	b = wire.Uint32(b, unix.IFLA_LINK, uint32(parent))
	b = wire.Attr(b, unix.IFLA_ADDRESS, mac)
	b = wire.Nested(b, unix.IFLA_LINKINFO, func(b []byte) []byte {
		b = wire.String(b, unix.IFLA_INFO_KIND, macvlan)
		return wire.Nested(b, unix.IFLA_INFO_DATA, func(b []byte) []byte {
			return wire.Uint32(b, iflaMacvlanMode, macvlanBridge)
		})
	})
	return k.plain.Do(ctx, wire.Message{Type: unix.RTM_NEWLINK, Flags: unix.NLM_F_CREATE | unix.NLM_F_EXCL, Body: b})
}

func (k *Kernel) deleteInterface(ctx context.Context, key planner.InterfaceKey) error {
	index, err := k.index(ctx, string(key))
	if err != nil {
		return err
	}
	return k.plain.Do(ctx, wire.Message{Type: unix.RTM_DELLINK, Body: linkHeader(index, 0)})
}

// markInterface puts ha's mark on an interface.
func markInterface(index int, v planner.Interface) wire.Message {
	alias := alias4
	if v.IPv6 {
		alias = alias6
	}
	return wire.Message{Type: unix.RTM_NEWLINK, Body: wire.String(linkHeader(index, 0), unix.IFLA_IFALIAS, alias)}
}

func (k *Kernel) setUp(ctx context.Context, index int) error {
	return k.plain.Do(ctx, wire.Message{Type: unix.RTM_NEWLINK, Body: linkHeader(index, unix.IFF_UP)})
}

// linkHeader is struct ifinfomsg with flags that are to be set.
func linkHeader(index int, flags uint32) []byte {
	b := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b[4:], uint32(index))
	binary.NativeEndian.PutUint32(b[8:], flags)
	binary.NativeEndian.PutUint32(b[12:], flags)
	return b
}

// quiet sets what keeps an interface from configuring itself and from answering for others, while it is still down.
//
// The greater of the interface's and all's rp_filter holds. 2 passes what comes from anywhere that has a route: the way
// back leads through the parent, so that 1, which a machine may have for all, would drop every client's packet.
func (k *Kernel) quiet(key planner.InterfaceKey, v planner.Interface) error {
	settings := []struct{ name, value string }{
		{"ipv4.rp_filter", "2"},
		{"ipv4.arp_ignore", "1"}, // answers for what stands on it, and not for the parent's addresses
		{"ipv4.promote_secondaries", "1"},
		{"ipv4.send_redirects", "0"}, // they would tell the parent's address
		{"ipv6.disable_ipv6", "1"},
	}
	if v.IPv6 {
		settings = []struct{ name, value string }{
			{"ipv6.addr_gen_mode", "1"}, // none: two nodes would make the same address of the same MAC (RFC 9568 section 7.4)
			{"ipv6.accept_ra", "0"},
			{"ipv6.autoconf", "0"},
			{"ipv6.router_solicitations", "0"},
			{"ipv6.accept_dad", "0"},
			{"ipv6.dad_transmits", "0"},
			{"ipv4.arp_ignore", "8"}, // no answer for any address: there is no IPv4 on it
		}
	}
	for _, s := range settings {
		family, name, _ := strings.Cut(s.name, ".")
		sysctl := planner.SysctlKey("net." + family + ".conf." + strings.ReplaceAll(string(key), ".", "/") + "." + name)
		err := k.writeSysctl(sysctl, planner.Change{After: planner.Sysctl(s.value)})
		if family == "ipv6" && !v.IPv6 && errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return fmt.Errorf("setting %s: %w", string(sysctl), err)
		}
	}
	return nil
}

// checkInterface refuses what no kernel could make, or ha never wants.
func checkInterface(key planner.InterfaceKey, a planner.Action, v planner.Interface) error {
	mac, err := net.ParseMAC(v.MAC)
	switch {
	case err != nil || len(mac) != 6 || mac.String() != v.MAC:
		return fmt.Errorf("%q is not a MAC address in lower case", v.MAC)
	case mac[0]&1 != 0 || v.MAC == "00:00:00:00:00:00":
		return fmt.Errorf("%s is not the MAC address of one interface", v.MAC)
	case v.Parent == "" || v.Parent == string(key):
		return errors.New("a virtual interface needs another one to stand on")
	case !v.Up:
		return fmt.Errorf("%s of an interface that is to be down", a)
	}
	return nil
}

// checkInterfaceName refuses what dev_valid_name of net/core/dev.c refuses.
func checkInterfaceName(key planner.InterfaceKey) error {
	name := string(key)
	if name == "" || len(name) > maxName || name == "." || name == ".." || strings.ContainsAny(name, "/: \t\n\v\f\r") {
		return fmt.Errorf("%q is not the name of an interface", name)
	}
	return nil
}

func interfaceVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "there is an interface of that name already"},
		{unix.ENODEV, fs.ErrNotExist, "the interface, or the one that it stands on, is not there"},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, "this kernel has no macvlan: load or build the module macvlan"},
		{unix.EADDRNOTAVAIL, nil, "the MAC address is not that of one interface"},
		{unix.EBUSY, nil, "another interface on the same parent has this MAC address, or the parent takes part in something that allows no macvlan"},
		{unix.EADDRINUSE, nil, "another interface on the same parent has this MAC address"},
		{unix.EINVAL, nil, "the parent allows no macvlan on it: it must be an Ethernet interface"},
	}
}
