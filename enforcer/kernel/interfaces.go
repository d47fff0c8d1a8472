package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	macvlanBridge   = 4 // MACVLAN_MODE_BRIDGE of linux/if_link.h
	iflaMacvlanMode = 1 // IFLA_MACVLAN_MODE
	ipvlanL2        = 0 // IPVLAN_MODE_L2
	iflaIPVLANMode  = 1 // IFLA_IPVLAN_MODE
	iflaIPVLANFlags = 2 // IFLA_IPVLAN_FLAGS

	macvlan, ipvlan = "macvlan", "ipvlan" // IFLA_INFO_KIND
	aliasPrefix     = "ha "               // of the alias that marks an interface as ha's; the family follows
	alias4, alias6  = "ha ipv4", "ha ipv6"
)

// ipvlanFlags are IPVLAN_F_PRIVATE and IPVLAN_F_VEPA of linux/if_link.h by what ha calls them.
func ipvlanFlags() map[string]uint16 { return map[string]uint16{"bridge": 0, "private": 1, "vepa": 2} }

// stackedLink is what makes a link a [planner.Interface], as netlink tells it.
type stackedLink struct {
	kind   string // macvlan, ipvlan
	parent uint32 // its index
	mode   uint32
	flags  uint16 // of an ipvlan
	alias  string
	local  netip.Addr // of a tunnel that hears any sender
}

// kindOf is the kind of an interface that stands on no other; empty for the others.
func (m stackedLink) kindOf() planner.InterfaceKind {
	if _, end := endKinds()[planner.InterfaceKind(m.kind)]; end {
		return planner.InterfaceKind(m.kind)
	}
	return ""
}

// decodeStacked reads what the body of RTM_NEWLINK says of a macvlan, an ipvlan, a dummy or an end of a tunnel that hears any
// sender. False: the link is of another kind.
func decodeStacked(b []byte) (m stackedLink, ok bool, err error) {
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
					m.kind = info.String()
					ok = m.kind == macvlan || m.kind == ipvlan || m.kindOf() == planner.Dummy
				case unix.IFLA_INFO_DATA:
					data := info.Nested()
					if kind := m.kindOf(); kind != "" && kind != planner.Dummy {
						m.local = endKinds()[kind].readEnd(data)
						ok = m.local.IsValid()
					}
					for ok && data.Next() {
						switch {
						case m.kind == macvlan && data.Type() == iflaMacvlanMode:
							m.mode = data.Uint32()
						case m.kind == ipvlan && data.Type() == iflaIPVLANMode:
							m.mode = uint32(data.Uint16())
						case m.kind == ipvlan && data.Type() == iflaIPVLANFlags:
							m.flags = data.Uint16()
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

// of is the interface that a link is, but for its parent.
func (m stackedLink) of(l planner.Link, byIndex map[uint32]string) planner.Interface {
	if kind := m.kindOf(); kind != "" {
		return planner.Interface{Kind: kind, Local: m.local, Up: l.Up}
	}
	v := planner.Interface{Up: l.Up, IPv6: m.alias == alias6, VRF: byIndex[uint32(l.Master)], Group: l.Group}
	right := m.mode == macvlanBridge
	if m.kind == ipvlan {
		right = m.mode == ipvlanL2
		for word, flags := range ipvlanFlags() {
			if m.flags == flags {
				v.IPVLAN = word
			}
		}
	} else {
		v.MAC = l.MAC
	}
	if right {
		v.Parent = byIndex[m.parent]
	}
	return v
}

// readInterfaces fills in the interfaces of the kinds that ha makes, with their marks. One in another mode than ha's reads without a parent, and so does
// one whose parent is in another namespace: neither is ever as wanted.
func readInterfaces(bodies [][]byte, s *planner.State) error {
	s.Interfaces = make(map[planner.InterfaceKey]planner.Interface)
	byIndex := names(s.Links)
	for _, b := range bodies {
		m, ok, err := decodeStacked(b)
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
		key := planner.InterfaceKey(name)
		s.Interfaces[key] = m.of(l, byIndex)
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
		if after.Kind != "" {
			return k.setUp(ctx, index)
		}
		return k.edit(ctx, index, after)
	case planner.Replace:
		if err := k.deleteInterface(ctx, key); err != nil {
			return err
		}
	case planner.Create, planner.Adopt, planner.Release:
	}
	if err := k.createInterface(ctx, key, after); err != nil {
		return err
	}
	if err := k.equip(ctx, key, after); err != nil {
		return errors.Join(err, k.deleteInterface(context.WithoutCancel(ctx), key))
	}
	return nil
}

// equip gives a new interface its settings and ha's mark, and sets it up.
func (k *Kernel) equip(ctx context.Context, key planner.InterfaceKey, v planner.Interface) error {
	index, err := k.index(ctx, string(key))
	if err != nil {
		return err
	}
	if v.Kind != "" {
		return k.setUpEnd(ctx, key, index, v)
	}
	if err := k.quiet(key, v); err != nil {
		return err
	}
	if err := k.plain.Do(ctx, markInterface(index, v)); err != nil {
		return err
	}
	return k.setUp(ctx, index)
}

// belongings adds the VRF and the group of an interface to a message about it.
func (k *Kernel) belongings(ctx context.Context, b []byte, v planner.Interface) ([]byte, error) {
	master := 0
	if v.VRF != "" {
		var err error
		if master, err = k.index(ctx, v.VRF); err != nil {
			return nil, err
		}
	}
	b = wire.Uint32(b, unix.IFLA_MASTER, uint32(master)) // 0 is none
	return wire.Uint32(b, unix.IFLA_GROUP, v.Group), nil
}

// edit sets what can be set in place: that it is up, its VRF and its group.
func (k *Kernel) edit(ctx context.Context, index int, v planner.Interface) error {
	b, err := k.belongings(ctx, linkHeader(index, unix.IFF_UP), v)
	if err != nil {
		return err
	}
	return k.plain.Do(ctx, wire.Message{Type: unix.RTM_NEWLINK, Body: b})
}

// createInterface makes an interface that is down.
func (k *Kernel) createInterface(ctx context.Context, key planner.InterfaceKey, v planner.Interface) error {
	if v.Kind != "" {
		return k.plain.Do(ctx, endMessage(key, v))
	}
	parent, err := k.index(ctx, v.Parent)
	if err != nil {
		return err
	}
	b := wire.String(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_IFNAME, string(key))
	b = wire.Uint32(b, unix.IFLA_LINK, uint32(parent))
	if b, err = k.belongings(ctx, b, v); err != nil {
		return err
	}
	if v.IPVLAN == "" {
		mac, err := net.ParseMAC(v.MAC)
		if err != nil {
			return err
		}
		b = wire.Attr(b, unix.IFLA_ADDRESS, mac)
	}
	b = wire.Nested(b, unix.IFLA_LINKINFO, func(b []byte) []byte {
		if v.IPVLAN != "" {
			b = wire.String(b, unix.IFLA_INFO_KIND, ipvlan)
			return wire.Nested(b, unix.IFLA_INFO_DATA, func(b []byte) []byte {
				b = wire.Uint16(b, iflaIPVLANMode, ipvlanL2)
				return wire.Uint16(b, iflaIPVLANFlags, ipvlanFlags()[v.IPVLAN])
			})
		}
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
	settings := []setting{
		{"ipv4.rp_filter", "2"},
		{"ipv4.arp_ignore", "1"}, // answers for what stands on it, and not for the parent's addresses
		{"ipv4.promote_secondaries", "1"},
		{"ipv4.send_redirects", "0"}, // they would tell the parent's address
		{"ipv6.disable_ipv6", "1"},
	}
	if v.IPv6 {
		settings = []setting{
			{"ipv6.addr_gen_mode", "1"}, // none: two nodes would make the same address of the same MAC (RFC 9568 section 7.4)
			{"ipv6.accept_ra", "0"},
			{"ipv6.autoconf", "0"},
			{"ipv6.router_solicitations", "0"},
			{"ipv6.accept_dad", "0"},
			{"ipv6.dad_transmits", "0"},
			{"ipv4.arp_ignore", "8"}, // no answer for any address: there is no IPv4 on it
		}
	}
	return k.settle(key, settings, v.IPv6)
}

// checkInterface refuses what no kernel could make, or ha never wants.
func checkInterface(key planner.InterfaceKey, a planner.Action, v planner.Interface) error {
	if v.Kind != "" {
		if !v.Up {
			return fmt.Errorf("%s of an interface that is to be down", a)
		}
		return checkEnd(key, v)
	}
	if v.IPVLAN != "" {
		if _, known := ipvlanFlags()[v.IPVLAN]; !known || v.MAC != "" {
			return fmt.Errorf("an ipvlan is bridge, private or vepa and has the MAC address of its parent, not %q and %q", v.IPVLAN, v.MAC)
		}
	} else if err := checkMAC(v.MAC); err != nil {
		return err
	}
	switch {
	case v.OwnGroup:
		return errors.New("an interface that does not follow from its parent yet")
	case v.Parent == "" || v.Parent == string(key):
		return errors.New("a virtual interface needs another one to stand on")
	case !v.Up:
		return fmt.Errorf("%s of an interface that is to be down", a)
	}
	return nil
}

func checkMAC(text string) error {
	mac, err := net.ParseMAC(text)
	switch {
	case err != nil || len(mac) != 6 || mac.String() != text:
		return fmt.Errorf("%q is not a MAC address in lower case", text)
	case mac[0]&1 != 0 || text == "00:00:00:00:00:00":
		return fmt.Errorf("%s is not the MAC address of one interface", text)
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
		{unix.EEXIST, fs.ErrExist, "there is an interface of that name already, or another tunnel with the same end"},
		{unix.ENODEV, fs.ErrNotExist, "the interface, or the one that it stands on, is not there"},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, "this kernel has no such kind of interface: load or build the module of its name"},
		{unix.EADDRNOTAVAIL, nil, "the MAC address is not that of one interface"},
		{unix.EBUSY, nil, "another interface on the same parent has this MAC address, or the parent takes part in something that allows no such interface on it; macvlan and ipvlan exclude each other"},
		{unix.EADDRINUSE, nil, "another interface on the same parent has this MAC address"},
		{unix.EINVAL, nil, "the parent allows no such interface on it: it must be an Ethernet interface"},
	}
}
