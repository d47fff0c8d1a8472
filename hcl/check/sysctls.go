package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// Wanted is one sysctl that a block asks for on a node.
type Wanted struct {
	Name  string // net.ipv4.ip_forward
	Value string
	Owner string // the block: static.uplink, pool.web
	At    hcl.Range
	// Implied tells that no argument names the sysctl: the block needs it to work.
	Implied bool
	// Static tells that a static block names it, which places it as well.
	Static bool
}

// Sysctls returns what the blocks of a configuration ask for on a node, in order: static blocks, settings, VIPs, pools. The same
// name may stand there more than once.
func Sysctls(cfg *decode.Config, n *decode.Node) []Wanted {
	var list []Wanted
	add := func(h decode.Head, name, value string) {
		list = append(list, Wanted{Name: name, Value: value, Owner: h.Address, At: h.At, Implied: true})
	}
	for _, p := range cfg.Statics {
		if !slices.Contains(p.Nodes, n.Name) {
			continue
		}
		s := p.On(n.Name)
		for _, name := range slices.Sorted(maps.Keys(s.Sysctls)) {
			list = append(list, Wanted{Name: name, Value: s.Sysctls[name].Val, Owner: s.Address, At: s.Sysctls[name].At, Static: true})
		}
	}
	if n.Director() {
		if ipvs := cfg.Settings.On(n.Name).IPVS; ipvs != nil {
			for _, s := range ipvs.Sysctls {
				list = append(list, Wanted{Name: s.Name, Value: s.Value, Owner: "settings", At: s.At})
			}
		}
		directorSysctls(cfg, n, add)
	}
	serverSysctls(cfg, n, add)
	return list
}

// serverSysctls are what a real server needs: silence about the addresses that it holds, and ends of tunnels from which packets
// may come whose way back leads elsewhere. IPv6 needs none: neighbours are answered for addresses of the interface that was
// asked. Nor does an address that stands on an interface without ARP.
func serverSysctls(cfg *decode.Config, n *decode.Node, add func(h decode.Head, name, value string)) {
	devices := []string{"all", n.VIPs.Val}
	if n.Interface.Set {
		devices = append(devices, n.Interface.Val)
	}
	for _, s := range Servings(cfg, n) {
		if !slices.ContainsFunc(s.Pool.Listen, isIPv4) {
			continue
		}
		for _, device := range devices {
			add(s.Pool.Head, "net.ipv4.conf."+strings.ReplaceAll(device, ".", "/")+".arp_ignore", "1")
			add(s.Pool.Head, "net.ipv4.conf."+strings.ReplaceAll(device, ".", "/")+".arp_announce", "2")
		}
	}
	for _, e := range Ends(cfg, n) {
		if e.Kind != "sit" { // IPv6 only
			add(e.Pool, "net.ipv4.conf."+e.Name+".rp_filter", "2")
		}
	}
}

// directorSysctls are what VIPs and pools need on a director.
func directorSysctls(cfg *decode.Config, n *decode.Node, add func(h decode.Head, name, value string)) {
	for _, p := range cfg.VIPs {
		if !slices.Contains(p.Nodes, n.Name) {
			continue
		}
		vip := p.On(n.Name)
		done := map[string]bool{}
		for _, six := range families6(vip) {
			if parent := vip.InterfaceOn(n); vip.VirtualMAC != nil && !six && parent != "" {
				// Else it would answer for the virtual interface's addresses, with its own MAC address.
				add(vip.Head, "net.ipv4.conf."+strings.ReplaceAll(parent, ".", "/")+".arp_ignore", "1")
				if vip.VirtualMAC.IPVLAN != "" {
					// Else it would ask for a neighbour in the name of the VIP, and the ipvlan would hear the answer.
					add(vip.Head, "net.ipv4.conf."+strings.ReplaceAll(parent, ".", "/")+".arp_announce", "2")
				}
			}
			done[vip.VirtualInterface(six)] = true // made with all that it needs
		}
		for _, a := range vip.Addresses {
			device := vip.DeviceOn(n, a)
			if !a.Prefix.Val.Addr().Is4() || a.Prefix.Val.Bits() == 32 && !a.Peer.Set || done[device] || device == "" {
				continue
			}
			// Removing the first address of a subnet, or with a peer, would remove the others, too.
			done[device] = true
			add(vip.Head, "net.ipv4.conf."+strings.ReplaceAll(device, ".", "/")+".promote_secondaries", "1")
		}
	}
	for _, p := range cfg.Pools {
		if !slices.Contains(p.Nodes, n.Name) {
			continue
		}
		pool := p.On(n.Name)
		if !pool.Goes("nat") {
			continue
		}
		if slices.ContainsFunc(pool.Listen, isIPv4) || len(pool.Marks) > 0 && !pool.MarksIPv6() {
			add(pool.Head, "net.ipv4.ip_forward", "1")
		}
		if slices.ContainsFunc(pool.Listen, func(l listen) bool { return !isIPv4(l) }) || len(pool.Marks) > 0 && pool.MarksIPv6() {
			add(pool.Head, "net.ipv6.conf.all.forwarding", "1")
		}
	}
}

// sysctls: a sysctl has one value on a node.
func sysctls(v *view) {
	seen := once{}
	for _, n := range v.cfg.Nodes {
		if n.Broken {
			continue
		}
		first := map[string]Wanted{}
		for _, w := range Sysctls(v.cfg, n) {
			other, twice := first[w.Name]
			if !twice {
				first[w.Name] = w
				continue
			}
			if other.Value == w.Value || !seen.first(other.Owner+other.Name, w.Owner+w.Name) {
				continue
			}
			at, see := w, other
			if w.Implied && !other.Implied {
				at, see = other, w // the argument can be changed, the need cannot
			}
			why, help := "A sysctl has one value on a node.", "Keep one of them."
			if see.Implied {
				why = fmt.Sprintf("%s does not work with another value.", see.Owner)
				help = "Remove the sysctl from the static block: what a block needs is set without being asked for."
			}
			v.fail("HA4022", at.At, fmt.Sprintf("%s is to be %s for %s and %s for %s on %s", w.Name, see.Value, see.Owner, at.Value, at.Owner, n.Name),
				why, help, diag.About(at.Owner), diag.OnNode(n.Name), diag.See(see.Owner, see.At))
		}
	}
}
