package kerneltest

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"ha/planner"
)

// createAddress is inet_rtm_newaddr and inet6_rtm_newaddr with NLM_F_EXCL.
func (f *Fake) createAddress(key planner.AddressKey, v planner.Address, ours bool) error {
	link, ok := f.state.Links[key.Device]
	if !ok {
		return unix.ENODEV
	}
	for other := range f.state.Addresses {
		same := other.Device == key.Device && other.Prefix.Addr() == key.Prefix.Addr()
		if same && (other == key || key.Prefix.Addr().Is6()) {
			return unix.EEXIST // IPv6 holds an address once, whatever its prefix length
		}
	}
	f.state.Addresses[key] = v
	for other, ov := range f.state.Addresses {
		if key.Prefix.Addr().Is4() && other.Device == key.Device && f.subnet(other) == f.subnet(key) && ov.Scope != v.Scope {
			delete(f.state.Addresses, key)
			return unix.EINVAL // a secondary address has its primary's scope
		}
	}
	link.Addresses = append(slices.Clip(link.Addresses), key.Prefix)
	f.state.Links[key.Device] = link
	f.changed(key, v, ours)
	return nil
}

// deleteAddress is inet_rtm_deladdr and inet6_rtm_deladdr.
func (f *Fake) deleteAddress(key planner.AddressKey) error {
	if _, ok := f.state.Links[key.Device]; !ok {
		return unix.ENODEV
	}
	if _, ok := f.state.Addresses[key]; !ok {
		return unix.EADDRNOTAVAIL
	}
	leaving := []planner.AddressKey{key}
	if key.Prefix.Addr().Is4() && f.primary(key) && !f.promotes(key.Device) {
		leaving = append(f.secondaries(key), key)
	}
	for _, k := range leaving {
		f.dropAddress(k)
	}
	f.dropRoutesOf(key.Device, leaving)
	return nil
}

// replaceAddress deletes and creates, and puts back what was there when that is refused.
func (f *Fake) replaceAddress(key planner.AddressKey, v planner.Address, ours bool) error {
	before := f.state.Addresses[key]
	if err := f.deleteAddress(key); err != nil {
		return err
	}
	err := f.createAddress(key, v, ours)
	if err != nil {
		_ = f.createAddress(key, before, ours) // it stood a moment ago
	}
	return err
}

// editAddress is inet6_addr_modify: nothing but the options changes.
func (f *Fake) editAddress(key planner.AddressKey, v planner.Address, ours bool) error {
	if _, ok := f.state.Links[key.Device]; !ok {
		return unix.ENODEV
	}
	have, ok := f.state.Addresses[key]
	if !ok {
		return unix.EADDRNOTAVAIL
	}
	have.Options, have.NoDAD = v.Options, v.NoDAD
	f.state.Addresses[key] = have
	f.changed(key, have, ours)
	return nil
}

// renewOptions writes the options of an IPv6 address that is renewed; an IPv4 address keeps its own.
func (f *Fake) renewOptions(key planner.AddressKey, v planner.Address) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if key.Prefix.Addr().Is4() || f.state.Addresses[key].Options == v.Options {
		return nil
	}
	return f.editAddress(key, v, true)
}

// dropAddress takes one address away and tells it.
func (f *Fake) dropAddress(key planner.AddressKey) {
	link := f.state.Links[key.Device]
	link.Addresses = slices.DeleteFunc(slices.Clone(link.Addresses), func(p netip.Prefix) bool { return p == key.Prefix })
	f.state.Links[key.Device] = link
	delete(f.state.Addresses, key)
	delete(f.lifetimes, key)
	f.gone(key)
}

// secondaries are the addresses of a subnet that came after its first one (IFA_F_SECONDARY).
func (f *Fake) secondaries(key planner.AddressKey) []planner.AddressKey {
	var later []planner.AddressKey
	for _, p := range f.state.Links[key.Device].Addresses {
		k := planner.AddressKey{Device: key.Device, Prefix: p}
		if k != key && f.subnet(k) == f.subnet(key) {
			later = append(later, k)
		}
	}
	return later
}

// primary tells whether an address is the first of its subnet on its link.
func (f *Fake) primary(key planner.AddressKey) bool {
	for _, p := range f.state.Links[key.Device].Addresses {
		k := planner.AddressKey{Device: key.Device, Prefix: p}
		if f.subnet(k) == f.subnet(key) {
			return k == key
		}
	}
	return false
}

// subnet is the network that an address belongs to: its peer's, where it has one.
func (f *Fake) subnet(key planner.AddressKey) netip.Prefix {
	if peer := f.state.Addresses[key].Peer; peer.IsValid() {
		return peer.Masked()
	}
	return key.Prefix.Masked()
}

// promotes tells whether a secondary address takes the place of a deleted primary one.
func (f *Fake) promotes(device string) bool {
	return f.state.Sysctls[conf(4, device, "promote_secondaries")] == "1" ||
		f.state.Sysctls["net.ipv4.conf.all.promote_secondaries"] == "1"
}

// local tells whether an address stands on this machine.
func (f *Fake) local(a netip.Addr) bool {
	for key := range f.state.Addresses {
		if key.Prefix.Addr() == a {
			return true
		}
	}
	return false
}

func address(device, prefix string) planner.AddressKey {
	return planner.AddressKey{Device: device, Prefix: netip.MustParsePrefix(prefix)}
}
