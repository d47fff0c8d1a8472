package decode

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// peerFits: the kernel keeps one prefix length for an address and its peer (IFA_ADDRESS in linux/if_addr.h). That of an IPv6 peer is
// whole: renewing an address makes a route to a shorter one, which stays behind when the address leaves.
func peerFits(o *Object, why string) hcl.Diagnostics {
	peer := get[netip.Prefix](o, "peer")
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	if !peer.Set || !prefix.IsValid() || !peer.Val.IsValid() {
		return nil
	}
	here, there := prefix.Addr(), peer.Val.Addr()
	at := diag.See("the address", o.NameRange())
	switch {
	case here.Is4() != there.Is4():
		return fault(o, "HA2317", "peer", fmt.Sprintf("peer %s is %s, and %s is %s", peer.Val, family(there), prefix, family(here)), why,
			fmt.Sprintf("Write an %s address.", family(here)), at)
	case here == there:
		return fault(o, "HA2317", "peer", fmt.Sprintf("%s is its own peer", here), why, "Write the address of the other end, or remove peer.", at)
	case !prefix.IsSingleIP():
		return fault(o, "HA2317", "peer", fmt.Sprintf("%s has a peer and a network of its own", prefix), why,
			fmt.Sprintf("Write the address as %q.", netip.PrefixFrom(here, here.BitLen())), at)
	case there.Is6() && !peer.Val.IsSingleIP():
		return fault(o, "HA2317", "peer", fmt.Sprintf("peer %s is a whole network, and an IPv6 peer is one machine", peer.Val), why,
			fmt.Sprintf("Write the peer as %q, and a route block for its network.", netip.PrefixFrom(there, there.BitLen())), at)
	}
	return nil
}
