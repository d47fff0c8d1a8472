package kernel

import (
	"context"
	"encoding/binary"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// addressFlags are the IFA_F_* of what is wanted of an address. Deprecation is no flag that is written, but a lifetime.
func addressFlags(v planner.Address) uint32 {
	var flags uint32
	for _, f := range []struct {
		set  bool
		flag uint32
	}{
		{v.NoDAD, unix.IFA_F_NODAD},
		{v.Options.NoPrefixRoute, unix.IFA_F_NOPREFIXROUTE},
		{v.Options.Home, unix.IFA_F_HOMEADDRESS},
		{v.Options.Temporaries, unix.IFA_F_MANAGETEMPADDR},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

// optionsOf reads the flags of an address.
func optionsOf(flags uint32) planner.AddressOptions {
	return planner.AddressOptions{
		Deprecated:    flags&unix.IFA_F_DEPRECATED != 0,
		NoPrefixRoute: flags&unix.IFA_F_NOPREFIXROUTE != 0,
		Home:          flags&unix.IFA_F_HOMEADDRESS != 0,
		Temporaries:   flags&unix.IFA_F_MANAGETEMPADDR != 0,
	}
}

// editAddress carries out a checked update of an IPv6 address: its options are written anew. The kernel would make one that is
// not there (inet6_rtm_newaddr in net/ipv6/addrconf.c), so it is asked first.
func (k *Kernel) editAddress(ctx context.Context, c planner.Change, key planner.AddressKey) error {
	index, err := k.index(ctx, key.Device)
	if err != nil {
		return err
	}
	question := []byte{unix.AF_INET6, 0, 0, 0}
	question = binary.NativeEndian.AppendUint32(question, uint32(index))
	question = wire.Addr(question, unix.IFA_ADDRESS, key.Prefix.Addr())
	bodies, err := k.plain.Get(ctx, wire.Message{Type: unix.RTM_GETADDR, Body: question})
	if err != nil {
		return err
	}
	for _, b := range bodies {
		if o, err := decodeAddress(b); err != nil || o.prefix != key.Prefix {
			return unix.EADDRNOTAVAIL
		}
	}
	after, _ := c.After.(planner.Address)
	return k.plain.Do(ctx, wire.Message{
		Type: unix.RTM_NEWADDR, Flags: unix.NLM_F_REPLACE, Body: appendAddress(index, key, after, 0),
	})
}
