package planner

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// NextHop is one of several ways of a route, which share its traffic (RTA_MULTIPATH, struct rtnexthop of
// linux/rtnetlink.h). A route with one way says so itself, and has no list.
type NextHop struct {
	Gateway netip.Addr `json:"gateway,omitzero"`
	Device  string     `json:"device,omitempty"` // empty where the gateway decides
	Weight  uint16     `json:"weight"`           // 1 to 256: its share
	OnLink  bool       `json:"onlink,omitempty"`
	Realms  Realms     `json:"realms,omitempty"` // IPv4 only
	Encap   Encap      `json:"encap,omitzero"`
}

// String returns the hop as ip-route(8) words it: via 10.0.0.2 dev eth0 weight 3.
func (h NextHop) String() string {
	var words []string
	add := func(word, value string) {
		if value != "" {
			words = append(words, word+" "+value)
		}
	}
	add("encap", h.Encap.String())
	add("via", printed(h.Gateway))
	add("dev", h.Device)
	add("weight", strconv.Itoa(int(h.Weight)))
	if h.OnLink {
		words = append(words, "onlink")
	}
	add("realms", h.Realms.String())
	return strings.Join(words, " ")
}

// compareHops orders hops where the kernel's order says nothing.
func compareHops(a, b NextHop) int {
	return cmp.Or(a.Gateway.Compare(b.Gateway), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Weight, b.Weight),
		strings.Compare(a.String(), b.String()))
}

// NormalHops are next hops as they read back. IPv6 keeps those of a route in an order of its own, and no realms.
func NormalHops(hops List[NextHop], ipv6 bool) List[NextHop] {
	if hops.IsZero() || !ipv6 {
		return hops
	}
	list := hops.Slice()
	for i := range list {
		list[i].Realms = 0
	}
	slices.SortFunc(list, compareHops)
	return ListOf(list...)
}

// open returns what a route has, without the devices that the wanted one leaves to its gateways.
func (r Route) open(want Route) Route {
	if want.Device == "" {
		r.Device = ""
	}
	if want.NextHops.IsZero() || r.NextHops == want.NextHops {
		return r
	}
	hops, wanted := r.NextHops.Slice(), want.NextHops.Slice()
	if len(hops) != len(wanted) {
		return r
	}
	for i := range hops {
		if wanted[i].Device == "" {
			hops[i].Device = ""
		}
	}
	r.NextHops = ListOf(hops...)
	return r
}

// Through tells whether a route leads through an interface, alone or among others.
func (r Route) Through(device string) bool {
	if r.Device == device {
		return true
	}
	for h := range r.NextHops.All() {
		if h.Device == device {
			return true
		}
	}
	return false
}

// Realms are the realms of a route or a rule, which traffic is counted and classified by (RTA_FLOW, FRA_FLOW): that of the
// source in the upper 16 bits, that of the destination in the lower.
type Realms uint32

// String returns 4, or 3/4 with a realm of the source; nothing where there is none.
func (r Realms) String() string {
	switch {
	case r == 0:
		return ""
	case r>>16 == 0:
		return strconv.FormatUint(uint64(r), 10)
	}
	return fmt.Sprintf("%d/%d", r>>16, r&0xffff)
}

// parseRealms reads what String prints, and nothing else.
func parseRealms(text string) (Realms, error) {
	from, to, both := strings.Cut(text, "/")
	if !both {
		from, to = "0", text
	}
	a, errA := strconv.ParseUint(from, 10, 16)
	b, errB := strconv.ParseUint(to, 10, 16)
	if errA != nil || errB != nil {
		return 0, fmt.Errorf("%q are no realms: want TO or FROM/TO, each from 0 to 65535", text)
	}
	return Realms(a<<16 | b), nil
}
