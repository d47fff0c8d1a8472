package kernel

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// endKind is how the kernel is told of an interface that stands on no other: dummies, and ends of tunnels.
type endKind struct {
	local, remote uint16 // attributes of IFLA_INFO_DATA; 0: it is no tunnel
	outer6        bool   // packets are wrapped in IPv6
	any           uint16 // attribute of the inner protocol, to be 0: any
}

// Attributes of linux/if_tunnel.h, which are the same for ipip, sit and ip6tnl, and for both kinds of GRE.
const (
	iflaTunnelLocal  = 2 // IFLA_IPTUN_LOCAL
	iflaTunnelRemote = 3 // IFLA_IPTUN_REMOTE
	iflaTunnelProto  = 9 // IFLA_IPTUN_PROTO
	iflaGRELocal     = 6 // IFLA_GRE_LOCAL
	iflaGRERemote    = 7 // IFLA_GRE_REMOTE
)

// endKinds are those that ha makes.
func endKinds() map[planner.InterfaceKind]endKind {
	return map[planner.InterfaceKind]endKind{
		planner.Dummy:     {},
		planner.EndIPIP:   {local: iflaTunnelLocal, remote: iflaTunnelRemote},
		planner.EndSIT:    {local: iflaTunnelLocal, remote: iflaTunnelRemote},
		planner.EndIP6TNL: {local: iflaTunnelLocal, remote: iflaTunnelRemote, outer6: true, any: iflaTunnelProto},
		planner.EndGRE:    {local: iflaGRELocal, remote: iflaGRERemote},
		planner.EndIP6GRE: {local: iflaGRELocal, remote: iflaGRERemote, outer6: true},
	}
}

// readEnd reads what IFLA_INFO_DATA says of an end of a tunnel that hears any sender. The zero address: it is another one, such as
// tunl0, which the kernel makes by itself.
func (e endKind) readEnd(data *wire.Decoder) (local netip.Addr) {
	remote := netip.Addr{}
	for data.Next() {
		switch data.Type() {
		case e.local:
			local = data.Addr()
		case e.remote:
			remote = data.Addr()
		}
	}
	if local.IsValid() && local.IsUnspecified() || remote.IsValid() && !remote.IsUnspecified() {
		return netip.Addr{}
	}
	return local
}

// endMessage asks for an end of a tunnel, or a dummy, that is down.
func endMessage(key planner.InterfaceKey, v planner.Interface) wire.Message {
	e := endKinds()[v.Kind]
	b := wire.String(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_IFNAME, string(key))
	b = wire.Nested(b, unix.IFLA_LINKINFO, func(b []byte) []byte {
		b = wire.String(b, unix.IFLA_INFO_KIND, string(v.Kind))
		if e.local == 0 {
			return b
		}
		return wire.Nested(b, unix.IFLA_INFO_DATA, func(b []byte) []byte {
			b = wire.Addr(b, e.local, v.Local)
			if e.any != 0 {
				b = wire.Uint8(b, e.any, 0)
			}
			return b
		})
	})
	return wire.Message{Type: unix.RTM_NEWLINK, Flags: unix.NLM_F_CREATE | unix.NLM_F_EXCL, Body: b}
}

// setUpEnd marks and sets up an interface that stands on no other, which createInterface has made.
func (k *Kernel) setUpEnd(ctx context.Context, key planner.InterfaceKey, index int, v planner.Interface) error {
	if err := k.settle(key, endSettings(v.Kind), false); err != nil {
		return err
	}
	mark := wire.String(linkHeader(index, 0), unix.IFLA_IFALIAS, aliasPrefix+string(v.Kind))
	if err := k.plain.Do(ctx, wire.Message{Type: unix.RTM_NEWLINK, Body: mark}); err != nil {
		return err
	}
	return k.setUp(ctx, index)
}

// endSettings keep an end from configuring itself. With rp_filter 2 it lets pass what comes out of the tunnel though the way back
// to the client leads elsewhere: the greater of the interface's value and that of all holds, so 0 would not do where all is 1.
func endSettings(kind planner.InterfaceKind) []setting {
	settings := []setting{
		{"ipv6.addr_gen_mode", "1"}, // none: no link-local address
		{"ipv6.accept_ra", "0"},
		{"ipv6.autoconf", "0"},
		{"ipv6.router_solicitations", "0"},
	}
	if kind != planner.Dummy && kind != planner.EndSIT {
		settings = append(settings, setting{"ipv4.rp_filter", "2"}, setting{"ipv4.send_redirects", "0"})
	}
	return settings
}

// setting is a sysctl of an interface, written without its name: ipv4.rp_filter.
type setting struct{ name, value string }

// settle sets sysctls of an interface. Those of IPv6 are left out where the kernel has no IPv6 and the interface does not need it.
func (k *Kernel) settle(key planner.InterfaceKey, settings []setting, needs6 bool) error {
	for _, s := range settings {
		family, name, _ := strings.Cut(s.name, ".")
		sysctl := planner.SysctlKey("net." + family + ".conf." + strings.ReplaceAll(string(key), ".", "/") + "." + name)
		err := k.writeSysctl(sysctl, planner.Change{After: planner.Sysctl(s.value)})
		if family == "ipv6" && !needs6 && errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return fmt.Errorf("setting %s: %w", string(sysctl), err)
		}
	}
	return nil
}

// checkEnd refuses an end that no kernel could make, or that would be read back as another.
func checkEnd(key planner.InterfaceKey, v planner.Interface) error {
	e, known := endKinds()[v.Kind]
	bare := planner.Interface{Kind: v.Kind, Local: v.Local, Up: v.Up}
	local := v.Local.IsValid() && !v.Local.IsUnspecified() && v.Local.Zone() == "" && !v.Local.Is4In6() && v.Local.Is6() == e.outer6
	switch {
	case !known:
		return fmt.Errorf("%q is no kind of interface that ha makes", v.Kind)
	case v != bare:
		return fmt.Errorf("%s of kind %s stands on no other interface and has neither MAC, family, VRF nor group", string(key), v.Kind)
	case e.local == 0 && v.Local.IsValid():
		return errors.New("a dummy is no tunnel: it has no end here")
	case e.local != 0 && !local:
		return fmt.Errorf("%s needs the address of the tunnel's end here, and %v is none of its family", v.Kind, v.Local)
	}
	return nil
}
