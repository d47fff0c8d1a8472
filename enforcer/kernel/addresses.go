package kernel

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// ifaProto is IFA_PROTO of linux/if_addr.h.
const ifaProto = 11

// forever is INFINITY_LIFE_TIME: an address without an end.
const forever = ^uint32(0)

// addressObject is an address as netlink tells it.
type addressObject struct {
	index  uint32 // of the interface
	prefix netip.Prefix
	value  planner.Address
	marked bool
}

// key is the object's key on the interface of that name.
func (o addressObject) key(device string) planner.AddressKey {
	return planner.AddressKey{Device: device, Prefix: o.prefix}
}

// on is the value as it reads on the interface of that name: a label that repeats the name is no label.
func (o addressObject) on(device string) planner.Address {
	if o.value.Label == device {
		o.value.Label = ""
	}
	return o.value
}

// appendAddress builds the body of RTM_NEWADDR and RTM_DELADDR (struct ifaddrmsg). A lifetime of 0 is for ever.
func appendAddress(index int, key planner.AddressKey, v planner.Address, lifetime time.Duration) []byte {
	v = normalAddress(key, v)
	local, on := key.Prefix.Addr(), key.Prefix
	if v.Peer.IsValid() {
		on = v.Peer
	}
	flags := addressFlags(v)
	b := append(make([]byte, 0, 96), family(local), uint8(on.Bits()), uint8(flags), uint8(v.Scope)) // holds all but a long label
	b = binary.NativeEndian.AppendUint32(b, uint32(index))
	b = wire.Addr(b, unix.IFA_LOCAL, local)
	b = wire.Addr(b, unix.IFA_ADDRESS, on.Addr())
	if v.Broadcast.IsValid() {
		b = wire.Addr(b, unix.IFA_BROADCAST, v.Broadcast)
	}
	if v.Label != "" {
		b = wire.String(b, unix.IFA_LABEL, v.Label)
	}
	// struct ifa_cacheinfo: preferred and valid lifetime in seconds, two time stamps.
	life := forever
	if lifetime > 0 {
		life = uint32((lifetime + time.Second - 1) / time.Second)
	}
	preferred := life
	if v.Options.Deprecated {
		preferred = 0
	}
	cache := binary.NativeEndian.AppendUint32(nil, preferred)
	cache = binary.NativeEndian.AppendUint32(cache, life)
	b = wire.Attr(b, unix.IFA_CACHEINFO, append(cache, 0, 0, 0, 0, 0, 0, 0, 0))
	if flags > 1<<8-1 {
		b = wire.Uint32(b, unix.IFA_FLAGS, flags)
	}
	return wire.Uint8(b, ifaProto, Mark)
}

// decodeAddress reads the body of RTM_NEWADDR and RTM_DELADDR.
func decodeAddress(b []byte) (addressObject, error) {
	if len(b) < unix.SizeofIfAddrmsg {
		return addressObject{}, wire.ErrShort
	}
	ipv6, bits := b[0] == unix.AF_INET6, int(b[1])
	o := addressObject{index: binary.NativeEndian.Uint32(b[4:])}
	flags, spent := uint32(b[2]), false
	var local, peer netip.Addr
	d := wire.Decode(b[unix.SizeofIfAddrmsg:])
	for d.Next() {
		switch d.Type() {
		case unix.IFA_LOCAL:
			local = d.Addr()
		case unix.IFA_ADDRESS:
			peer = d.Addr()
		case unix.IFA_BROADCAST:
			o.value.Broadcast = d.Addr()
		case unix.IFA_LABEL:
			o.value.Label = d.String()
		case unix.IFA_FLAGS:
			flags = d.Uint32()
		case unix.IFA_CACHEINFO: // begins with the preferred lifetime; the flag says the same a moment later
			c := d.Bytes()
			spent = len(c) >= 4 && binary.NativeEndian.Uint32(c) == 0
		case ifaProto:
			o.marked = d.Uint8() == Mark
		}
	}
	if d.Err() != nil {
		return addressObject{}, d.Err()
	}
	o.value.Options = optionsOf(flags)
	o.value.Options.Deprecated = o.value.Options.Deprecated || spent
	if ipv6 {
		o.value.NoDAD = flags&unix.IFA_F_NODAD != 0
	} else {
		o.value.Scope = planner.Scope(b[3])
		o.value.Options = planner.AddressOptions{NoPrefixRoute: o.value.Options.NoPrefixRoute}
	}
	if !local.IsValid() {
		local = peer // IPv6 without a peer tells only this one
	}
	o.prefix = netip.PrefixFrom(local, bits)
	if peer.IsValid() && peer != local {
		o.prefix = netip.PrefixFrom(local, local.BitLen())
		o.value.Peer = netip.PrefixFrom(peer, bits)
	}
	if !local.IsValid() || local.Is6() != ipv6 || bits > local.BitLen() || peer.Is6() != ipv6 {
		return addressObject{}, fmt.Errorf("%w: address %v/%d of family %d", wire.ErrShort, local, bits, b[0])
	}
	return o, nil
}

// addressMessage builds the request for a checked change of an address.
func addressMessage(index int, c planner.Change, key planner.AddressKey) wire.Message {
	if c.Action == planner.Delete {
		before, _ := c.Before.(planner.Address) // only the peer matters: it is part of what is looked for
		return wire.Message{
			Type: unix.RTM_DELADDR, Body: appendAddress(index, key, planner.Address{Peer: before.Peer}, 0),
		}
	}
	after, _ := c.After.(planner.Address)
	return wire.Message{
		Type: unix.RTM_NEWADDR, Flags: unix.NLM_F_CREATE | unix.NLM_F_EXCL, Body: appendAddress(index, key, after, 0),
	}
}

// addresses lists the addresses of both families, in the kernel's order.
func (k *Kernel) addresses(ctx context.Context) ([]addressObject, error) {
	bodies, err := k.strict.Dump(ctx, wire.Message{Type: unix.RTM_GETADDR, Body: make([]byte, unix.SizeofIfAddrmsg)})
	if err != nil {
		return nil, fmt.Errorf("listing addresses: %w", err)
	}
	objects := make([]addressObject, 0, len(bodies))
	for _, b := range bodies {
		o, err := decodeAddress(b)
		if err != nil {
			return nil, fmt.Errorf("listing addresses: %w", err)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// Renew gives addresses a lifetime from now on, many in a datagram, and returns what became of each, in the order of
// keys; values says what an address looks like where it must be made anew. The lifetime is rounded up to whole seconds
// (the kernel ends it within half a second of that); 0 is for ever. An address that is not there is created: whoever
// renews must know that it should stand. The kernel takes an address away when nobody renews it, so two nodes never
// answer for a process that died.
func (k *Kernel) Renew(ctx context.Context, keys []planner.AddressKey, values map[planner.AddressKey]planner.Address,
	lifetime time.Duration,
) []error {
	index := k.finder(ctx)
	errs := make([]error, len(keys))
	messages, at := make([]wire.Message, 0, len(keys)), make([]int, 0, len(keys))
	for i, key := range keys {
		on, err := renewable(key, values[key], index)
		if err != nil {
			errs[i] = err
			continue
		}
		messages = append(messages, wire.Message{
			Type: unix.RTM_NEWADDR, Flags: unix.NLM_F_CREATE | unix.NLM_F_REPLACE,
			Body: appendAddress(on, key, values[key], lifetime),
		})
		at = append(at, i)
	}
	for j, err := range k.plain.Batch(ctx, messages) {
		errs[at[j]] = err
	}
	k.await(ctx, index, len(keys), func(i int) (planner.AddressKey, bool) { return keys[i], errs[i] == nil })
	for i, key := range keys {
		if errs[i] != nil {
			errs[i] = Refuse(planner.Change{Action: "renew", Key: key}, errs[i])
		}
	}
	return errs
}

// renewable checks an address and finds its interface.
func renewable(key planner.AddressKey, v planner.Address, index func(string) (int, error)) (int, error) {
	if err := checkAddressKey(key); err != nil {
		return 0, err
	}
	if err := checkAddress(key, v); err != nil {
		return 0, err
	}
	return index(key.Device)
}

// family is AF_INET or AF_INET6.
func family(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}
