package planner

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// FilterKey is what the node's packet filter is told of: an address that the node answers for and accepts nothing at
// (Accept_Mode of RFC 9568 section 6.1), or, without an address, an interface that is to be quiet.
//
// Packets to and from the address are dropped, but for what keeps it alive on the link: neighbour discovery, and outwards
// the errors, redirects and router advertisements that a router sends with it. Of a quiet interface multicast listener reports
// and router solicitations are dropped: the kernel sends them by itself, with the MAC address that moves.
type FilterKey struct {
	Device string     // of a link-local address, whose like may stand on another interface; of no other; or the quiet interface
	Addr   netip.Addr // invalid: the filter is about the interface
}

// Filter is what can differ between two filters of one key: nothing.
type Filter struct{}

// PlacedFilter is a filter with the place in the configuration that asks for it.
type PlacedFilter struct {
	Key    FilterKey `json:"key"`
	Value  Filter    `json:"value"`
	Source Source    `json:"source"`
}

// FilterOf is the filter of an address on an interface.
func FilterOf(k AddressKey) FilterKey {
	f := FilterKey{Addr: k.Prefix.Addr()}
	if f.Addr.IsLinkLocalUnicast() && f.Addr.Is6() {
		f.Device = k.Device
	}
	return f
}

// String returns filter||192.0.2.20, filter|eth0|fe80::20 or filter|vrrp6.51|: device and address.
func (k FilterKey) String() string { return KindFilter + "|" + k.Device + "|" + printed(k.Addr) }

func (FilterKey) key() {}

// words is what the filter is about.
func (k FilterKey) words() string {
	switch {
	case !k.Addr.IsValid():
		return "dev " + k.Device
	case k.Device != "":
		return k.Addr.String() + " dev " + k.Device
	}
	return k.Addr.String()
}

// drops says what does not pass.
func (k FilterKey) drops() string {
	switch {
	case !k.Addr.IsValid():
		return "multicast listener reports"
	case k.Addr.Is4():
		return "packets to and from it"
	}
	return "packets to and from it but neighbour discovery"
}

// Compare orders filters by address, then device; interfaces come first.
func (k FilterKey) Compare(other FilterKey) int {
	return cmp.Or(k.Addr.Compare(other.Addr), cmp.Compare(k.Device, other.Device))
}

// MarshalText returns the key as [FilterKey.String] does.
func (k FilterKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *FilterKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// parseFilterKey splits at the last bar, because an interface's name may hold one.
func parseFilterKey(rest string) (FilterKey, error) {
	i := strings.LastIndexByte(rest, '|')
	if i < 0 || rest == "|" {
		return FilterKey{}, fmt.Errorf("want DEVICE|ADDRESS, of which one may be empty")
	}
	k := FilterKey{Device: rest[:i]}
	if rest[i+1:] == "" {
		return k, nil
	}
	var err error
	k.Addr, err = netip.ParseAddr(rest[i+1:])
	if err == nil && k.Addr.Zone() != "" {
		err = fmt.Errorf("%s has a zone; write its device first", k.Addr)
	}
	return k, err
}

// sameFilter: the key says all.
func sameFilter(FilterKey, Filter, Filter) bool { return true }

// filters finds the changes of filters. All of ha's table are ha's own. Where the kernel has no packet filter, an address that
// may not be accepted is in conflict with it, and a quiet interface is left as loud as it is.
func (d *differ) filters() {
	if d.live.NoFilters != "" {
		d.unfiltered()
		return
	}
	claim := func(k FilterKey) Claim { return d.claims.Of(k, d.live) }
	delta := compare(d.desired.Filters, d.live.Filters, sameFilter, claim, FilterKey.Compare)
	for _, k := range delta.missing {
		d.create(phaseFilters, k, d.desired.Filters[k])
	}
	for _, k := range delta.equal {
		d.adopt(k, d.live.Filters[k])
	}
	for _, k := range delta.surplus {
		d.leave(phaseDropFilters, k, d.live.Filters[k])
	}
}

// unfiltered tells of the filters that cannot be.
func (d *differ) unfiltered() {
	for _, k := range slices.SortedFunc(maps.Keys(d.desired.Filters), FilterKey.Compare) {
		if k.Addr.IsValid() {
			d.conflicts = append(d.conflicts, Conflict{
				Key: k, Name: d.name(k), Source: d.source(k),
				Message: fmt.Sprintf("packets to %s cannot be dropped here: %s. Remove `accept = false`, or give the node a kernel with nf_tables.", k.Addr, d.live.NoFilters),
			})
		}
	}
}

// filterImpact: who talks to an address that stands here is cut off when a filter comes.
func (d *differ) filterImpact(c Change) Impact {
	k, _ := c.Key.(FilterKey)
	if c.Action != Create || !k.Addr.IsValid() {
		return ImpactNone
	}
	for live := range d.live.Addresses {
		if _, stays := d.desired.Addresses[live]; stays && FilterOf(live) == k {
			return ImpactOutage
		}
	}
	return ImpactNone
}

// loud notes the interfaces that stay loud.
func (c *comparer) loud(desired State) []string {
	var notes []string
	if c.live.NoFilters == "" {
		return nil
	}
	for _, k := range slices.SortedFunc(maps.Keys(desired.Filters), FilterKey.Compare) {
		if !k.Addr.IsValid() {
			notes = append(notes, fmt.Sprintf("packets cannot be filtered here (%s): %s says with its own MAC address which groups it listens to", c.live.NoFilters, k.Device))
		}
	}
	return notes
}
