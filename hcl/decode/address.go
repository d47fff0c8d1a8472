package decode

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

// AddressOptions are what the kernel is told about an address.
type AddressOptions struct {
	Preferred   Arg[bool] // unset: see Deprecated
	PrefixRoute Arg[bool] // unset: yes
	Home        Arg[bool]
	Temporaries Arg[bool]
}

func addressOptions(o *Object) AddressOptions {
	return AddressOptions{
		Preferred: get[bool](o, "preferred"), PrefixRoute: get[bool](o, "prefix_route"),
		Home: get[bool](o, "home"), Temporaries: get[bool](o, "mngtmpaddr"),
	}
}

// Deprecated tells whether an address is never to be chosen as a source. That is the default of those that stand for nothing
// but themselves, as keepalived has it.
func (a *Address) Deprecated() bool {
	if a.Preferred.Set {
		return !a.Preferred.Val
	}
	return a.Prefix.Val.Addr().Is6() && a.Prefix.Val.IsSingleIP() && !a.Peer.Set
}

func optionsAreOfIPv6(o *Object, why string) hcl.Diagnostics {
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	if !prefix.Addr().Is4() {
		return nil
	}
	var found hcl.Diagnostics
	for _, name := range []string{"preferred", "home", "mngtmpaddr"} {
		if get[bool](o, name).Set {
			found = append(found, fault(o, "HA2328", name, fmt.Sprintf("%s is about IPv6, and %s is IPv4", name, prefix), why, "Remove "+name+".")...)
		}
	}
	return found
}

func temporariesNeedANetwork(o *Object, why string) hcl.Diagnostics {
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	preferred := get[bool](o, "preferred")
	switch {
	case !get[bool](o, "mngtmpaddr").Val || prefix.Addr().Is4():
		return nil
	case prefix.Bits() != 64:
		return fault(o, "HA2329", "mngtmpaddr", fmt.Sprintf("temporary addresses are wanted in %s, which is no /64", prefix), why,
			fmt.Sprintf("Write the address as %q, or remove mngtmpaddr.", netip.PrefixFrom(prefix.Addr(), 64)))
	case preferred.Set && !preferred.Val:
		return fault(o, "HA2329", "preferred", fmt.Sprintf("temporary addresses are wanted in the network of %s, which is not preferred", prefix), why, "Remove preferred, or mngtmpaddr.")
	}
	return nil
}
