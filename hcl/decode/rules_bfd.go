package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

func bfdIsOfOneFamily(o *Object, why string) hcl.Diagnostics {
	b := bindBFD(o)
	if !b.Peer.Set || !b.Source.Set || b.Peer.Val.Is4() == b.Source.Val.Is4() {
		return nil
	}
	return fault(o, "HA2390", "source", fmt.Sprintf("the source %s and the peer %s are of two families", b.Source.Val, b.Peer.Val), why,
		"Write a source of the peer's family.", diag.See("peer", b.Peer.At))
}

func bfdPeerIsAHost(o *Object, why string) hcl.Diagnostics {
	b := bindBFD(o)
	switch peer := b.Peer.Val; {
	case !b.Peer.Set:
		return nil
	case peer.IsMulticast() || peer.IsUnspecified() || peer.IsLoopback():
		return fault(o, "HA2391", "peer", fmt.Sprintf("no session can be with %s", peer), why, "Write the address of the other end.")
	case peer.IsLinkLocalUnicast() && peer.Is6() && !b.Interface.Set:
		return fault(o, "HA2391", "peer", fmt.Sprintf("%s is a link-local address, and no interface says on which link", peer), why,
			"Add for example `interface = \"eth0\"`.")
	}
	return nil
}

func bfdHopsFit(o *Object, why string) hcl.Diagnostics {
	b := bindBFD(o)
	switch {
	case b.Hops.Set && !b.Multihop.Val:
		return fault(o, "HA2392", "hops", "hops has no meaning without multihop", why, "Set multihop, or remove hops.")
	case b.MinTTL.Set && b.Multihop.Val:
		return fault(o, "HA2392", "min_ttl", "min_ttl does not belong to multihop", why,
			fmt.Sprintf("Write `hops = %d` instead.", min(max(255-b.MinTTL.Val, 1), 254)), diag.See("multihop", b.Multihop.At))
	case b.Multihop.Val && b.Peer.Set && b.Peer.Val.IsLinkLocalUnicast():
		return fault(o, "HA2392", "multihop", fmt.Sprintf("no router forwards to the link-local address %s", b.Peer.Val), why, "Remove multihop.",
			diag.See("peer", b.Peer.At))
	}
	return nil
}
