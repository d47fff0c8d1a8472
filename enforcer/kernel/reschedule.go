package kernel

import (
	"net/netip"

	"ha/enforcer/kernel/nft"
	"ha/planner"
)

// hush keeps clients from being refused while virtual servers get another scheduler, until the result is called. IPVS takes the
// old scheduler away and waits for all processors to have seen it, some 10 to 50 ms, before it sets the new one
// (ip_vs_edit_service in net/netfilter/ipvs/ip_vs_ctl.c), and meanwhile answers new connections with port unreachable. A client that is not told
// so sends its SYN again. Where packets cannot be filtered it is as with ipvsadm: those of that moment are refused.
func (k *Kernel) hush(changes []planner.Change) (release func()) {
	addresses := rescheduled(changes)
	if len(addresses) == 0 {
		return func() {}
	}
	end, err := nft.Hush(k.filtering(), addresses)
	if err != nil {
		return func() {}
	}
	return func() { _ = end() } // it ends by itself, too
}

// rescheduled are the addresses of the virtual servers whose scheduler changes. That of a firewall mark has none.
func rescheduled(changes []planner.Change) []netip.Addr {
	seen := map[netip.Addr]bool{}
	var addresses []netip.Addr
	for _, c := range changes {
		key, ok := c.Key.(planner.VirtualServerKey)
		before, known := c.Before.(planner.VirtualServer)
		after, stays := c.After.(planner.VirtualServer)
		a := key.Addr.Addr()
		if ok && known && stays && before.Scheduler != after.Scheduler && a.IsValid() && !seen[a] {
			seen[a] = true
			addresses = append(addresses, a)
		}
	}
	return addresses
}
