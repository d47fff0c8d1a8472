package planner

// AddressOptions are what the kernel can edit in place on an IPv6 address; on an IPv4 address only NoPrefixRoute has a
// meaning. IFA_F_* in linux/if_addr.h.
type AddressOptions struct {
	// Deprecated (RFC 4862 section 5.5.4) addresses are reached as any other, and never chosen as the source of what the node
	// begins itself while there is another: the preferred lifetime is 0. IPv6 only.
	Deprecated bool `json:"deprecated,omitempty"`
	// NoPrefixRoute leaves out the route to the network of the address. IFA_F_NOPREFIXROUTE.
	NoPrefixRoute bool `json:"no_prefix_route,omitempty"`
	// Home is the home address of a mobile node (RFC 6275). IFA_F_HOMEADDRESS; IPv6 only.
	Home bool `json:"home,omitempty"`
	// Temporaries lets the kernel make temporary addresses (RFC 8981) in the network of this one, where use_tempaddr says so.
	// IFA_F_MANAGETEMPADDR; IPv6 only, and only with a /64.
	Temporaries bool `json:"temporaries,omitempty"`
}

// Normal leaves out what the family does not have.
func (o AddressOptions) Normal(k AddressKey) AddressOptions {
	if k.Prefix.Addr().Is4() {
		return AddressOptions{NoPrefixRoute: o.NoPrefixRoute}
	}
	return o
}

// tolerating returns an address of others as it counts beside what is wanted. Managers of networks make the routes to their
// prefixes themselves, and keep lifetimes (NetworkManager sets noprefixroute on all its addresses): what of that nobody asked
// for is no difference, so that such an address can be adopted, and is left as it is. Nor is the scope of an address that a hand
// has put on lo for a pool: ip-address(8) makes it global there where nothing is said.
func (a Address) tolerating(want Address) Address {
	if want.Scope == ScopeHost {
		a.Scope = want.Scope
	}
	have := &a.Options
	have.Deprecated = want.Options.Deprecated
	have.NoPrefixRoute = have.NoPrefixRoute && want.Options.NoPrefixRoute
	have.Home = have.Home && want.Options.Home
	have.Temporaries = have.Temporaries && want.Options.Temporaries
	return a
}

// editAddress is how an address is made as wanted: the kernel edits the options of an IPv6 address in place, and nothing else.
func editAddress(k AddressKey, have, want Address) Action {
	have.Options = want.Options
	if k.Prefix.Addr().Is6() && sameAddress(k, want, have) {
		return Update
	}
	return Replace
}

// usually is what an option says that goes without saying, for those who see it change; empty for everything else.
func usually(path string) string {
	switch path {
	case "preferred", "prefix_route":
		return "true"
	case "home", "mngtmpaddr", "one_packet":
		return "false"
	case "tunnel.type":
		return "ipip"
	case "tunnel.checksum":
		return "none"
	}
	return ""
}

// attributes are the options in print, as they are written in the language.
func (o AddressOptions) attributes() []attribute {
	falsehood := func(not bool) string {
		if not {
			return "false"
		}
		return ""
	}
	return []attribute{
		{"preferred", falsehood(o.Deprecated)},
		{"prefix_route", falsehood(o.NoPrefixRoute)},
		{"home", truth(o.Home)},
		{"mngtmpaddr", truth(o.Temporaries)},
	}
}
