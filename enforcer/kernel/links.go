package kernel

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// maxName is how many bytes an interface's name and an address label hold (IFNAMSIZ less its closing zero).
const maxName = unix.IFNAMSIZ - 1

// skipStatistics is RTEXT_FILTER_SKIP_STATS of linux/rtnetlink.h: counters are most of a link's message.
const skipStatistics = 1 << 3

// decodeLink reads the body of RTM_NEWLINK and RTM_DELLINK (struct ifinfomsg). The addresses come from elsewhere.
func decodeLink(b []byte) (name string, l planner.Link, err error) {
	if len(b) < unix.SizeofIfInfomsg {
		return "", planner.Link{}, wire.ErrShort
	}
	flags := binary.NativeEndian.Uint32(b[8:])
	l = planner.Link{
		Index:   int(int32(binary.NativeEndian.Uint32(b[4:]))),
		Up:      flags&unix.IFF_UP != 0,
		Running: flags&unix.IFF_RUNNING != 0,
	}
	d := wire.Decode(b[unix.SizeofIfInfomsg:])
	for d.Next() {
		switch d.Type() {
		case unix.IFLA_IFNAME:
			name = d.String()
		case unix.IFLA_MTU:
			l.MTU = int(d.Uint32())
		case unix.IFLA_MASTER:
			l.Master = int(d.Uint32())
		case unix.IFLA_GROUP:
			l.Group = d.Uint32()
		case unix.IFLA_LINKINFO:
			info := d.Nested()
			for info.Next() {
				if info.Type() == unix.IFLA_INFO_KIND {
					l.VRF = info.String() == "vrf"
				}
			}
			d.Fail(info.Err())
		case unix.IFLA_ADDRESS:
			if mac := d.Bytes(); len(mac) > 0 {
				l.MAC = net.HardwareAddr(mac).String()
			}
		}
	}
	if d.Err() != nil {
		return "", planner.Link{}, d.Err()
	}
	if name == "" || l.Index <= 0 {
		return "", planner.Link{}, fmt.Errorf("%w: a link without name or index", wire.ErrShort)
	}
	return name, l, nil
}

// links lists the interfaces by name, without their addresses.
func (k *Kernel) links(ctx context.Context) (map[string]planner.Link, error) {
	bodies, err := k.linkBodies(ctx)
	if err != nil {
		return nil, err
	}
	return linksOf(bodies)
}

// linkBodies lists the interfaces as netlink tells them.
func (k *Kernel) linkBodies(ctx context.Context) ([][]byte, error) {
	body := wire.Uint32(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_EXT_MASK, skipStatistics)
	bodies, err := k.strict.Dump(ctx, wire.Message{Type: unix.RTM_GETLINK, Body: body})
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	return bodies, nil
}

func linksOf(bodies [][]byte) (map[string]planner.Link, error) {
	links := make(map[string]planner.Link, len(bodies))
	for _, b := range bodies {
		name, l, err := decodeLink(b)
		if err != nil {
			return nil, fmt.Errorf("listing links: %w", err)
		}
		links[name] = l
	}
	return links, nil
}

// index is the number of one interface. ENODEV when there is none of that name. One that was found before is only asked
// whether it still has its name.
func (k *Kernel) index(ctx context.Context, device string) (int, error) {
	if known, ok := k.indices.Load(device); ok {
		index, _ := known.(int)
		if name, err := k.plain.Name(index); err == nil && name == device {
			return index, nil
		}
		k.indices.Delete(device)
	}
	index, err := k.ask(ctx, device)
	if err == nil {
		k.indices.Store(device, index)
	}
	return index, err
}

// ask asks for the number of one interface.
func (k *Kernel) ask(ctx context.Context, device string) (int, error) {
	if len(device) > maxName || device == "" {
		return 0, unix.ENODEV
	}
	body := wire.String(make([]byte, unix.SizeofIfInfomsg), unix.IFLA_IFNAME, device)
	body = wire.Uint32(body, unix.IFLA_EXT_MASK, skipStatistics)
	answers, err := k.plain.Get(ctx, wire.Message{Type: unix.RTM_GETLINK, Body: body})
	if err != nil {
		return 0, err
	}
	if len(answers) == 0 {
		return 0, unix.ENODEV
	}
	_, l, err := decodeLink(answers[0])
	return l.Index, err
}

// names turns links by name into names by index.
func names(links map[string]planner.Link) map[uint32]string {
	byIndex := make(map[uint32]string, len(links))
	for name, l := range links {
		byIndex[uint32(l.Index)] = name
	}
	return byIndex
}
