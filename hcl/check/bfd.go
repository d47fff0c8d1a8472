package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/schema"
)

// sessionEnd is one end of a BFD session, as it is on a node.
type sessionEnd struct {
	node         *decode.Node
	block        *decode.PerNode[decode.BFD]
	bfd          *decode.BFD
	peer, source netip.Addr // source is not valid where the node finds it
}

// at is what to point at: the peer where it is written.
func (e sessionEnd) at() hcl.Range {
	if e.bfd.Peer.Set {
		return e.bfd.Peer.At
	}
	return e.block.At
}

func (e sessionEnd) about(more ...diag.Option) []diag.Option {
	return about(e.block.Head, append(more, diag.OnNode(e.node.Name))...)
}

// sessions: the ends of BFD sessions find each other.
func sessions(v *view) {
	ends := v.sessionEnds()
	for i, a := range ends {
		v.sessionTwice(a, ends[:i])
		v.sessionFromVIP(a)
		v.sessionAnswered(a, ends)
	}
}

// sessionEnds are the ends on all nodes; those without a peer are reported, once per block.
func (v *view) sessionEnds() []sessionEnd {
	var ends []sessionEnd
	for _, p := range v.cfg.BFDs {
		told := false
		nodes := v.directors(p.Nodes)
		for _, name := range nodes {
			n, b := v.nodes[name], p.On(name)
			if b.Broken || n.Broken {
				continue
			}
			e := sessionEnd{node: n, block: p, bfd: b, peer: b.PeerOn(n, v.cfg, nodes)}
			e.source = b.SourceOn(n, e.peer)
			if e.peer.IsValid() && b.Multihop.Val && !e.source.IsValid() {
				v.fail("HA4097", b.Multihop.At, fmt.Sprintf("%s is multihop, and %s has no %s address to send from", p.Address, n.Address, family(e.peer)),
					"Sessions of multihop are told apart by both addresses, so the source must be known (RFC 5883 section 3).",
					"Write the source, in the `node` blocks where it differs, or give the node an address.", e.about()...)
				continue
			}
			if e.peer.IsValid() && e.peer != n.Addr.Val {
				ends = append(ends, e)
				continue
			}
			if !told {
				told = true
				v.noPeer(e, nodes)
			}
		}
	}
	return ends
}

func (v *view) noPeer(e sessionEnd, nodes []string) {
	why := fmt.Sprintf("Without peer it is with the other one of two nodes, and the block is for %d.", len(nodes))
	what := fmt.Sprintf("%s names no peer", e.block.Address)
	switch {
	case e.bfd.Peer.Set:
		what, why = fmt.Sprintf("the peer of %s on %s is %s itself", e.block.Address, e.node.Name, e.node.Name), "A session has its other end on another machine."
	case len(nodes) == 2:
		why = "Without peer it is with the other node, which has no address."
	}
	v.fail("HA4090", e.at(), what, why, "Write the address of the other end, in the `node` blocks where it differs.", e.about()...)
}

// sessionTwice: there is one session between two ends on an interface.
func (v *view) sessionTwice(a sessionEnd, before []sessionEnd) {
	for _, b := range before {
		if a.node == b.node && a.peer == b.peer && a.bfd.Multihop.Val == b.bfd.Multihop.Val && a.bfd.Interface.Val == b.bfd.Interface.Val &&
			(!a.bfd.Multihop.Val || a.source == b.source) {
			v.fail("HA4092", a.at(), fmt.Sprintf("%s and %s are both sessions of %s with %s", b.block.Address, a.block.Address, a.node.Name, a.peer),
				"Packets of the one would be taken for those of the other.", "Remove one of them; several VIPs may track one session.",
				a.about(diag.See(b.block.Address, b.at()))...)
			return
		}
	}
}

// sessionFromVIP: the source stays on its node.
func (v *view) sessionFromVIP(e sessionEnd) {
	if !e.bfd.Source.Set {
		return
	}
	for _, p := range v.cfg.VIPs {
		for _, a := range p.Base.Addresses {
			if vip := a.Prefix.Val.Addr(); vip == e.source {
				v.fail("HA4093", e.bfd.Source.At, fmt.Sprintf("%s is an address of %s", vip, p.Address), "It moves between the nodes.",
					"Write an address that stays on the node.", e.about(diag.See(p.Address, a.Prefix.At))...)
			}
		}
	}
}

// sessionAnswered: where the peer is a node of the configuration, it has the other end.
func (v *view) sessionAnswered(a sessionEnd, ends []sessionEnd) {
	var other *decode.Node
	var there []sessionEnd // of the node that is the peer, with this one
	for _, b := range ends {
		if b.node != a.node && (b.node.Addr.Val == a.peer || b.source == a.peer) {
			other = b.node
			if b.peer == a.node.Addr.Val || a.source.IsValid() && b.peer == a.source {
				there = append(there, b)
			}
		}
	}
	for _, n := range v.cfg.Nodes {
		if n.Addr.Set && n.Addr.Val == a.peer {
			other = n
		}
	}
	if other == nil || other == a.node {
		return // a router, or whoever else
	}
	if len(there) == 0 {
		v.fail("HA4091", a.at(), fmt.Sprintf("%s has a session with %s, which has none with it", a.node.Name, other.Address),
			"Nobody answers, and the session never comes up.", fmt.Sprintf("Let the block hold for %s, too, with %s as its peer.", other.Name, a.node.Name),
			a.about(diag.See(other.Address, other.At))...)
		return
	}
	why, b := "", there[0]
	for _, c := range there {
		reason := misfit(a, c)
		if reason == "" {
			return
		}
		if why == "" || c.block == a.block { // most likely the one that was meant
			why, b = reason, c
		}
	}
	if a.node.Name > b.node.Name {
		return // told of the other end
	}
	v.fail("HA4091", a.at(), fmt.Sprintf("the sessions of %s and %s with each other do not fit", a.node.Name, b.node.Name), why,
		"Let both ends say the same.", a.about(diag.See(b.node.Name, b.at()))...)
}

// misfit says why two ends never come up; empty when they do.
func misfit(a, b sessionEnd) string {
	switch {
	case a.bfd.Multihop.Val != b.bfd.Multihop.Val:
		return "Only one of them is multihop: they use different ports."
	case a.bfd.Passive.Val && b.bfd.Passive.Val:
		return "Both are passive: each waits for the other to speak first."
	case a.source.IsValid() && a.source != b.peer:
		return fmt.Sprintf("%s sends from %s, and %s expects %s.", a.node.Name, a.source, b.node.Name, b.peer)
	case b.source.IsValid() && b.source != a.peer:
		return fmt.Sprintf("%s sends from %s, and %s expects %s.", b.node.Name, b.source, a.node.Name, a.peer)
	}
	return ""
}

// trackedSessions: a node has the sessions that it tracks, and does not depend on the other nodes of the VIP.
func trackedSessions(v *view) {
	told := map[string]bool{}
	for _, p := range v.cfg.VIPs {
		if p.Broken {
			continue
		}
		for _, c := range contenders(v, p) {
			for _, s := range c.stakes {
				if session := v.session(s.BFD); session != nil && !session.Broken && !told[s.Track.Name] {
					told[s.Track.Name] = v.trackedSession(p, c, s, session)
				}
			}
		}
	}
}

// watchedSessions: a node has the sessions by which it watches the others.
func watchedSessions(v *view) {
	for _, p := range v.cfg.VIPs {
		told := map[schema.Address]bool{}
		for _, name := range v.directors(p.Nodes) {
			for _, w := range p.On(name).Watch {
				if !told[w.Val] {
					told[w.Val] = v.watchedSession(p, name, w, v.session(w.Val))
				}
			}
		}
	}
}

// watchedSession reports a session that a node cannot watch.
func (v *view) watchedSession(p *decode.PerNode[decode.VIP], name string, w decode.Arg[schema.Address], session *decode.PerNode[decode.BFD]) bool {
	if session == nil || session.Broken || p.On(name).Broken {
		return false
	}
	opts := about(p.Head, diag.OnNode(name), diag.See(session.Address, session.At))
	if !slices.Contains(session.Nodes, name) {
		v.fail("HA4094", w.At, fmt.Sprintf("%s watches %s on %s, which does not have it", p.Address, session.Address, name),
			"A node can follow only sessions of its own.", fmt.Sprintf("Add node.%s to the nodes of the session.", name), opts...)
		return true
	}
	peer := session.On(name).PeerOn(v.nodes[name], v.cfg, v.directors(session.Nodes))
	for _, other := range v.cfg.Nodes {
		if other.Addr.Set && other.Addr.Val == peer && !slices.Contains(p.Nodes, other.Name) {
			v.warn("HA4096", w.At, fmt.Sprintf("%s is with %s, which is no node of %s", session.Address, other.Address, p.Address),
				"Only the loss of the Active node lets a Backup take over.", "Track it instead, or remove it.", opts...)
			return true
		}
	}
	if vip := p.On(name); vip.Unicast == nil && peer.IsValid() && !advertisesFrom(vip, peer) {
		v.warn("HA4098", w.At, fmt.Sprintf("no advertisements of %s come from %s, the peer of %s", p.Address, peer, session.Address),
			"A Backup takes over when the session with the sender of the advertisements fails. Over IPv6 they come from link-local addresses, over "+
				"IPv4 from IPv4 addresses.",
			"Watch a session between the addresses from which the nodes advertise.", opts...)
		return true
	}
	return false
}

// advertisesFrom tells whether an address may be the source of adverts of a multicast VIP, by its family.
func advertisesFrom(vip *decode.VIP, source netip.Addr) bool {
	for _, a := range vip.Addresses {
		if ip := a.Prefix.Val.Addr(); ip.Is4() == source.Is4() && (ip.Is4() || source.IsLinkLocalUnicast()) {
			return true
		}
	}
	return false
}

// serverSessions: a node has the sessions by which it judges real servers.
func serverSessions(v *view) {
	for _, p := range v.cfg.Pools {
		told := map[string]bool{}
		for _, name := range v.directors(p.Nodes) {
			for _, s := range p.On(name).Servers {
				session := v.session(s.BFD.Val)
				if session == nil || session.Broken || p.Broken || told[s.Name] || slices.Contains(session.Nodes, name) {
					continue
				}
				told[s.Name] = true
				v.fail("HA4094", s.BFD.At, fmt.Sprintf("%s of %s needs %s on %s, which does not have it", s.Object.Header(), p.Address, session.Address, name),
					"A node can follow only sessions of its own.", fmt.Sprintf("Add node.%s to the nodes of the session.", name),
					about(p.Head, diag.OnNode(name), diag.See(session.Address, session.At))...)
			}
		}
	}
}

// session is the block of that address; nil when there is none.
func (v *view) session(address schema.Address) *decode.PerNode[decode.BFD] {
	for _, p := range v.cfg.BFDs {
		if p.Address == string(address) {
			return p
		}
	}
	return nil
}

// trackedSession reports the first thing that is wrong with a track block on a node.
func (v *view) trackedSession(p *decode.PerNode[decode.VIP], c contender, s Stake, session *decode.PerNode[decode.BFD]) bool {
	at := s.At
	if s.Block != nil {
		at = s.Block.BFD.At
	}
	opts := about(p.Head, diag.OnNode(c.node), diag.See(session.Address, session.At))
	if !slices.Contains(session.Nodes, c.node) {
		v.fail("HA4094", at, fmt.Sprintf("%s tracks %s on %s, which does not have it", p.Address, session.Address, c.node),
			"A node can follow only sessions of its own.", fmt.Sprintf("Add node.%s to the nodes of the session.", c.node), opts...)
		return true
	}
	if !s.Track.Condition() {
		return false
	}
	peer := session.On(c.node).PeerOn(v.nodes[c.node], v.cfg, v.directors(session.Nodes))
	for _, name := range v.directors(p.Nodes) {
		if n := v.nodes[name]; name != c.node && peer.IsValid() && n.Addr.Val == peer {
			v.warn("HA4095", at, fmt.Sprintf("%s gives %s up when %s dies", c.node, p.Address, name),
				"The session is with another node of the VIP, and without a weight its failure takes this one out of the election.",
				fmt.Sprintf("Write `watch = [%s]` in the vip to take over at once, or track a session with the router.", session.Address), opts...)
			return true
		}
	}
	return false
}
