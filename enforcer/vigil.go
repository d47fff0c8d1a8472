package enforcer

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"ha/enforcer/control"
	"ha/vrrp"
	"ha/vrrp/socket"
)

// longestLinger is how long a router that was relieved answers where it does not hear its successor's announcement: several times
// what keepalived and ha were seen to need on a busy machine. See [vrrp.Config.Linger].
const longestLinger = afterAdvert

// lingerOf is how long an instance lingers: never longer than an interval, and not at all where its successor's announcement cannot be
// heard, or where both have one hardware address, whose place a switch would not know.
func lingerOf(i vrrp.Instance, at []place) time.Duration {
	elsewhere := func(p place) bool { return p.device != i.Interface }
	if i.Via != "" || len(at) == 0 || slices.ContainsFunc(at, elsewhere) {
		return 0
	}
	return min(longestLinger, i.Config.Interval)
}

const (
	// takenAfter is how long a claim on an address may be the beginning of a takeover, whose advert comes with it.
	takenAfter = time.Second
	// claimLife is for how long a claim is remembered.
	claimLife = 5 * time.Minute
)

// claims are what others have said of a member's addresses. The zero value is none; the lock of the group guards it.
type claims struct {
	announced map[netip.Addr]bool  // by others, since the addresses are ours
	rival     map[netip.Addr]rival // who claims one while we are Active
}

// rival is a host that has one of our addresses, too: duplicate address detection for as long as we are Active (RFC 5227 section 2.4).
type rival struct {
	by    [6]byte
	since time.Time
	last  time.Time
	count uint64
	told  bool
}

// watch keeps a vigil for the addresses of the members of a station; called with the lock of elections.
func (s *station) watch() {
	if s.vigil == nil {
		return
	}
	s.mu.Lock()
	hearers := make([]hearer, 0, len(s.members))
	for _, h := range s.members {
		hearers = append(hearers, h)
	}
	s.mu.Unlock()
	var claimable []claimant
	for _, h := range hearers {
		for _, a := range h.group.addressesOn(h.member, s.key.device) {
			claimable = append(claimable, claimant{a, h})
		}
	}
	slices.SortFunc(claimable, func(a, b claimant) int { return a.address.Compare(b.address) })
	list := make([]netip.Addr, len(claimable))
	for i, c := range claimable {
		list[i] = c.address
	}
	s.mu.Lock()
	s.claimable = claimable
	s.mu.Unlock()
	if err := s.vigil.Watch(slices.Compact(list)); err != nil {
		s.events.warn("problem", s.key.device, err.Error())
	}
}

// claimed hands a claim to the members whose address it is about.
func (s *station) claimed(c socket.Claim) {
	s.mu.Lock()
	all := s.claimable // never changed, only replaced
	s.mu.Unlock()
	at, _ := slices.BinarySearchFunc(all, c.Address, func(m claimant, a netip.Addr) int { return m.address.Compare(a) })
	for ; at < len(all) && all[at].address == c.Address; at++ {
		all[at].by.group.claimed(all[at].by.member, s.key.device, c)
	}
}

// claimant is a member with an address that others may claim.
type claimant struct {
	address netip.Addr
	by      hearer
}

// addressesOn are those of a member that stand on an interface.
func (g *group) addressesOn(i int, device string) []netip.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[i].addressesOn(device)
}

func (m *member) addressesOn(device string) (list []netip.Addr) {
	for _, at := range m.places {
		if at.device == device {
			list = append(list, at.addr)
		}
	}
	return list
}

// claimed takes what another host says of an address of a member: it is the successor's announcement, or a host that has our address.
func (g *group) claimed(i int, device string, c socket.Claim) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m, e := g.members[i], g.core[i].Election
	if g.stopped || e.State != vrrp.Active && e.Leaving == 0 || !slices.Contains(m.addressesOn(device), c.Address) {
		return
	}
	if e.State == vrrp.Active && e.Installed {
		m.claims.add(c, time.Now())
		g.owner.disputed.Store(true)
	}
	if !c.Announced {
		return
	}
	m.claims.announced = with(m.claims.announced, c.Address, true)
	for _, a := range m.addressesOn(device) {
		if !m.claims.announced[a] {
			return
		}
	}
	clear(m.claims.announced)
	g.step(i, vrrp.Succeeded{})
}

// add notes a claim while we are Active.
func (k *claims) add(c socket.Claim, now time.Time) {
	r := k.rival[c.Address]
	if r.count == 0 || r.by != c.By {
		r = rival{by: c.By, since: now}
	}
	r.last = now
	r.count++
	k.rival = with(k.rival, c.Address, r)
}

// settle returns the claims that have become certain: the claimant did not take over, and we are Active still. It forgets old ones.
func (k *claims) settle(active, contested bool, now time.Time) (certain []netip.Addr) {
	for a, r := range k.rival {
		switch {
		case now.Sub(r.last) > claimLife, !r.told && (!active || contested):
			delete(k.rival, a)
		case !r.told && now.Sub(r.since) >= takenAfter:
			r.told = true
			k.rival[a] = r
			certain = append(certain, a)
		}
	}
	slices.SortFunc(certain, netip.Addr.Compare)
	return certain
}

// tellClaims tells of other hosts that have an address of a member; called with the lock of the group.
func (g *group) tellClaims(i int, now time.Time) {
	m := g.members[i]
	if len(m.claims.rival) == 0 {
		return
	}
	certain := m.claims.settle(g.core[i].Election.State == vrrp.Active, m.contest.open, now)
	if len(certain) == 0 {
		return
	}
	own := ownHardware()
	for _, a := range certain {
		r := m.claims.rival[a]
		if own[r.by] {
			delete(m.claims.rival, a)
			continue
		}
		g.owner.events.warn("duplicate", m.instance.Name,
			fmt.Sprintf("another host has the address %v, too, while we are Active: %s says so in ARP or neighbour discovery, and takes no part in the election", a, hardware(r.by)))
	}
}

// ownHardware are the hardware addresses of this machine: what leaves one interface may come in through another.
func ownHardware() map[[6]byte]bool {
	own := map[[6]byte]bool{}
	list, err := net.Interfaces()
	if err != nil {
		return own // then what we sent may be told of, too
	}
	for _, i := range list {
		if len(i.HardwareAddr) == 6 {
			own[[6]byte(i.HardwareAddr)] = true
		}
	}
	return own
}

// hardware is a hardware address in words.
func hardware(by [6]byte) string {
	if by == [6]byte{} {
		return "a host that does not name its hardware address"
	}
	return net.HardwareAddr(by[:]).String()
}

// status is what a person should know of claims.
func (k *claims) status() []control.Duplicate {
	var list []control.Duplicate
	for a, r := range k.rival {
		if r.told {
			list = append(list, control.Duplicate{Address: a.String(), By: hardware(r.by), Since: r.since, HeardAt: r.last, Count: r.count})
		}
	}
	slices.SortFunc(list, func(a, b control.Duplicate) int { return slices.Compare([]string{a.Address}, []string{b.Address}) })
	return list
}
