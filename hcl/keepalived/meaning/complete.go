package meaning

import (
	"fmt"
	"net/netip"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// complete applies to an instance what keepalived does with it when it has read all: global defaults, and corrections of
// what does not go together. False: it cannot be.
func (r *reader) complete(i *Instance) bool {
	r.family(i)
	g := r.config.Globals
	orGlobal(&i.Version, g.Version, 2)
	if i.IPv6 && i.Version.V == 2 {
		if i.Version.Set() {
			r.a.Remark(i.Version.At, "ipv6-needs-version-3", account.Notice, "version 2 has no IPv6", "keepalived uses version 3; so does the result")
		}
		i.Version.V = 3
	}
	orGlobal(&i.Silent, g.Silent, false)
	orGlobal(&i.Strict, g.Strict, false)
	orGlobal(&i.PlainChecksum, g.PlainChecksum, false)
	orGlobal(&i.DownAdverts, g.DownAdverts, 3)
	i.StartDelay = g.StartDelay
	r.rank(i)
	r.interval(i)
	if i.Strict.V {
		r.strict(i)
	}
	if i.Auth != nil && i.Auth.Type.V != "hmac" && i.Version.V == 3 {
		r.a.Ignore(i.Auth.At, "authentication-with-version-3", "VRRP 3 has no authentication", "keepalived passes over it; so does the result")
		i.Auth = nil
	}
	r.transmitted(i)
	return r.possible(i)
}

// possible tells whether keepalived would run the instance.
func (r *reader) possible(i *Instance) bool {
	if !i.VRID.Set() {
		r.a.Remark(i.At, "no-vrid", account.Fatal, "vrrp_instance "+printable(i.Name)+" has no virtual_router_id from 1 to 255", "keepalived does not start; without it the instance has no meaning")
	}
	if !i.Interface.Set() {
		device := r.defaultInterface()
		if len(i.Peers) == 0 {
			r.a.Remark(i.At, "no-interface", account.Loss, "vrrp_instance "+printable(i.Name)+" names no interface", "keepalived does not start; the result has "+device)
		}
		i.Interface.V = device
	}
	if len(i.Addresses) == 0 && len(i.Excluded) == 0 {
		r.a.Lost(i.At, "no-address", "vrrp_instance "+printable(i.Name)+" has no address", "keepalived runs an election about nothing, or does not start; the result is without it")
		return false
	}
	return i.VRID.Set()
}

func orGlobal[T any](v *Value[T], global Value[T], def T) {
	switch {
	case v.Set():
	case global.Set():
		*v = global
	default:
		v.V = def
	}
}

// family fixes the address family by the first address, and drops addresses and peers of the other one.
func (r *reader) family(i *Instance) {
	switch {
	case len(i.Addresses) > 0:
		i.IPv6 = i.Addresses[0].Prefix.Addr().Is6()
	case i.Source.Set():
		i.IPv6 = i.Source.V.Is6()
	case len(i.Peers) > 0:
		i.IPv6 = i.Peers[0].Addr.Is6()
	}
	other := func(a netip.Addr, at *keepalived.Statement) bool {
		if a.Is6() == i.IPv6 {
			return false
		}
		r.a.Ignore(at, "other-family", "this is of another address family than the first address of the instance", "keepalived drops it; so does the result")
		return true
	}
	i.Addresses = without(i.Addresses, func(a *Address) bool { return other(a.Prefix.Addr(), a.At) })
	i.Peers = without(i.Peers, func(p *Peer) bool { return other(p.Addr, p.At) })
	if i.Source.Set() && other(i.Source.V, i.Source.At) {
		i.Source = Value[netip.Addr]{}
	}
	if i.Destination.Set() && (other(i.Destination.V, i.Destination.At) || !i.Destination.V.IsMulticast()) {
		r.a.Ignore(i.Destination.At, "bad-value", "this is no multicast group of the family of the instance", "keepalived ignores the line")
		i.Destination = Value[netip.Addr]{}
	}
	seen := map[netip.Addr]bool{}
	twice := func(a *Address) bool {
		if !seen[a.Prefix.Addr()] {
			seen[a.Prefix.Addr()] = true
			return false
		}
		r.a.Ignore(a.At, "address-twice", "the address stands in the instance already", "keepalived drops the second; so does the result")
		return true
	}
	i.Addresses = without(i.Addresses, twice)
	i.Excluded = without(i.Excluded, twice)
}

// without returns a list without those for which drop is true, asking in their order.
func without[T any](list []T, drop func(T) bool) []T {
	var kept []T
	for _, x := range list {
		if !drop(x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// rank settles priority and preemption.
func (r *reader) rank(i *Instance) {
	master := i.State.V == "MASTER"
	switch {
	case i.Priority.Set():
	case master:
		i.Priority.V = 255
		r.a.Remark(i.At, "master-without-priority", account.Notice, "the instance is MASTER and has no priority", "keepalived takes 255, that of the owner of the addresses; so does the result")
	default:
		i.Priority.V = 100
	}
	owner := i.Priority.V == 255
	if i.NoPreempt.V && (master || owner) {
		r.a.Ignore(i.NoPreempt.At, "nopreempt-with-master", "nopreempt does not go with state MASTER, nor with the priority 255",
			"keepalived turns preemption on again; so does the result. For nopreempt, state must be BACKUP on all nodes")
		i.NoPreempt = Value[bool]{}
	}
	if i.PreemptDelay.V > 0 && (master || owner || i.NoPreempt.V) {
		r.a.Ignore(i.PreemptDelay.At, "preempt-delay-in-vain", "preempt_delay does not go with state MASTER, nor with nopreempt", "keepalived takes 0; so does the result")
		i.PreemptDelay = Value[time.Duration]{}
	}
}

// interval rounds as the version has it.
func (r *reader) interval(i *Instance) {
	orElse(&i.Interval, time.Second)
	was := i.Interval.V
	if i.Version.V == 2 {
		i.Interval.V = max(i.Interval.V.Round(time.Second), time.Second)
	} else {
		i.Interval.V = min(max(i.Interval.V.Round(10*time.Millisecond), 10*time.Millisecond), 40950*time.Millisecond)
	}
	if was != i.Interval.V {
		r.a.Remark(i.Interval.At, "interval-rounded", account.Notice, fmt.Sprintf("VRRP %d cannot have an interval of %v", i.Version.V, was),
			fmt.Sprintf("keepalived takes %v; so does the result", i.Interval.V))
	}
}

// strict applies strict mode.
func (r *reader) strict(i *Instance) {
	why := "strict mode does not have it"
	if i.Auth != nil && i.Auth.Type.V != "hmac" {
		r.a.SetAll(i.Auth.At, account.Ignored, why)
		i.Auth = nil
	}
	if i.PreemptDelay.Set() {
		r.a.SetAll(i.PreemptDelay.At, account.Ignored, why)
		i.PreemptDelay = Value[time.Duration]{}
	}
	i.DownAdverts = Value[int]{V: 3}
	if i.Priority.V != 255 && (!i.Refuse.Set() || i.Version.V == 2) {
		i.Refuse = Value[bool]{true, i.Strict.At}
	}
	i.Silent = Value[bool]{true, i.Strict.At}
	i.BaseTransmit = Value[bool]{}
	i.Announce.LowerCount, i.Announce.LowerDelay = Value[int]{V: 0, At: i.Strict.At}, Value[time.Duration]{V: 0, At: i.Strict.At}
	if len(i.Peers) > 0 {
		r.a.Remark(i.At, "strict-unicast", account.Notice, "strict mode has no unicast", "keepalived does not start; the result is unicast")
	}
}

// transmitted settles between unicast and multicast.
func (r *reader) transmitted(i *Instance) {
	if len(i.Peers) > 0 && i.Source.Set() {
		i.Peers = without(i.Peers, func(p *Peer) bool {
			if p.Addr == i.Source.V {
				r.a.Set(p.At, words.Default, "a node does not send to itself")
				return true
			}
			return false
		})
	}
	unicast := len(i.Peers) > 0
	if !unicast && i.UnicastWord.Set() {
		r.a.Remark(i.UnicastWord.At, "unicast-without-peer", account.Notice, "the instance is about unicast and has no peer", "keepalived sends multicast; so does the result")
	}
	if !unicast && i.UnicastTTL.Set() {
		r.a.SetAll(i.UnicastTTL.At, account.Ignored, "there is no unicast peer")
		i.UnicastTTL = Value[int]{}
	}
	if unicast && i.Destination.Set() {
		r.a.SetAll(i.Destination.At, account.Ignored, "adverts go to the unicast peers")
		i.Destination = Value[netip.Addr]{}
	}
}

// duplicates finds VRIDs that stand twice where they cannot.
func (r *reader) duplicates() {
	type link struct {
		device string
		vrid   int
		six    bool
		to     string
	}
	seen := map[link]*Instance{}
	for _, i := range r.config.Instances {
		to := i.Destination.V.String()
		for n, p := range i.Peers {
			if n == 0 {
				to = ""
			}
			to += p.Addr.String() + " "
		}
		key := link{i.Interface.V, i.VRID.V, i.IPv6, to}
		if first := seen[key]; first != nil {
			r.a.Remark(i.VRID.At, "vrid-twice", account.Fatal, fmt.Sprintf("%s and %s have the VRID %d on %s", printable(first.Name), printable(i.Name), i.VRID.V, i.Interface.V),
				"keepalived does not start; give one of them another VRID, the same on all nodes")
			continue
		}
		seen[key] = i
	}
}
