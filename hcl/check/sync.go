package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
)

// Followed is the VIP whose state decides who tells the others of connections: of a sync group its first, with which the others move.
// Empty: nobody decides.
func Followed(cfg *decode.Config, s *decode.ConnSync) string {
	address := string(s.Follow.Val)
	for _, g := range cfg.SyncGroups {
		if g.Address == address && len(g.Base.VIPs) > 0 {
			return string(g.Base.VIPs[0].Val)
		}
	}
	if strings.HasPrefix(address, "vip") {
		return address
	}
	return ""
}

// SyncID is the number of the group of directors: what is written, else the VRID of the VIP that is followed.
func SyncID(cfg *decode.Config, s *decode.ConnSync) uint8 {
	if s.ID.Set {
		return uint8(s.ID.Val)
	}
	for _, p := range cfg.VIPs {
		if p.Address == Followed(cfg, s) {
			return uint8(p.Base.VRID.Val)
		}
	}
	return 0
}

// synchronised are the directors that tell each other of connections, in order.
func (v *view) synchronised() (nodes []string, blocks map[string]*decode.ConnSync) {
	blocks = map[string]*decode.ConnSync{}
	for _, n := range v.cfg.Nodes {
		ipvs := v.cfg.Settings.On(n.Name).IPVS
		if n.Broken || !n.Director() || ipvs == nil || ipvs.Broken || ipvs.Sync == nil || ipvs.Sync.Broken {
			continue
		}
		nodes, blocks[n.Name] = append(nodes, n.Name), ipvs.Sync
	}
	return nodes, blocks
}

// connSync: the directors hear each other, and what they follow is there.
func connSync(v *view) {
	nodes, blocks := v.synchronised()
	mixed := once{}
	for _, node := range nodes {
		s := blocks[node]
		if p := v.vips[Followed(v.cfg, s)]; p != nil && !p.Broken && !slices.Contains(v.directors(p.Nodes), node) {
			v.fail("HA4122", s.Follow.At, fmt.Sprintf("connections follow %s, which is not on %s", p.Address, node),
				"The node would hear for ever and never tell.", "Follow a VIP that is on all directors, or leave the sync block to those that have it: node \"lb1\" { ipvs { sync { … } } }.",
				diag.OnNode(node), diag.See(p.Address, p.At))
		}
		v.syncFamilies(node, s, mixed)
	}
	if len(nodes) < 2 {
		return
	}
	first := blocks[nodes[0]]
	for _, node := range nodes[1:] {
		s := blocks[node]
		for _, d := range []struct {
			name, here, there string
			at, other         hcl.Range
		}{
			{"id", fmt.Sprint(SyncID(v.cfg, s)), fmt.Sprint(SyncID(v.cfg, first)), s.ID.At, first.ID.At},
			{"group", s.Group.Val.String(), first.Group.Val.String(), s.Group.At, first.Group.At},
			{"port", fmt.Sprint(s.Port.Val), fmt.Sprint(first.Port.Val), s.Port.At, first.Port.At},
			{"ports", fmt.Sprint(s.Ports.Val), fmt.Sprint(first.Ports.Val), s.Ports.At, first.Ports.At},
		} {
			if d.here != d.there {
				v.fail("HA4120", d.at, fmt.Sprintf("connections are told with %s %s on %s and %s on %s", d.name, d.there, nodes[0], d.here, node),
					"Directors that differ in it do not hear each other, and a takeover would end all connections.", "Use the same on all directors.",
					diag.OnNode(node), diag.See("the other", d.other))
			}
		}
	}
}

// syncFamilies: IPVS synchronises connections only while all servers are of the families of their listeners.
func (v *view) syncFamilies(node string, s *decode.ConnSync, told once) {
	for _, p := range v.cfg.Pools {
		if !slices.Contains(p.Nodes, node) {
			continue
		}
		pool := p.On(node)
		for _, server := range pool.Servers {
			for _, l := range pool.Listen {
				if server.Broken || !server.Addr.Val.IsValid() || isIPv4(l) == server.Addr.Val.Addr().Is4() || !told.first(server.Address, "") {
					continue
				}
				v.fail("HA4121", server.Addr.At, fmt.Sprintf("%s is not of the family of its listener, and connections are synchronised on %s", server.Name, node),
					"IPVS does one or the other (ip_vs_genl_new_daemon in net/netfilter/ipvs/ip_vs_ctl.c).", "Remove the sync block, or give the server an address of the other family.",
					about(pool.Head, diag.OnNode(node), diag.See("sync", s.At))...)
			}
		}
	}
}
