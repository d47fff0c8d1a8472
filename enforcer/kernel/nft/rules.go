package nft

import (
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"golang.org/x/sys/unix"
)

// Table is the name of the table, in family inet.
const Table = "ha"

// The names of the sets.
const (
	set4         = "unaccepted4"
	set6         = "unaccepted6"
	setLinkLocal = "unaccepted_link_local"
	setQuiet     = "quiet"
)

// priority is that of the chains: before those of a firewall (0), whose rules then say nothing about what is dropped, and after
// connection tracking. keepalived's is the same.
const priority = -1

// Types of ICMPv6 (RFC 4443, 2710, 4861, 3810) and ICMP (RFC 792).
const (
	errorsFirst, errorsLast         = 1, 4     // unreachable, too big, time exceeded, parameter problem
	listenerFirst, listenerLast     = 130, 132 // multicast listener query, report, done
	listenerReport2                 = 143      // version 2
	solicitation, advertisement     = 135, 136 // neighbour
	routerAdvertisement, redirect6  = 134, 137
	routerSolicitation              = 133
	unreachable, redirect           = 3, 5
	timeExceeded, parameterProblem  = 11, 12
	icmp, icmp6                     = unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6
	source4, destination4, length4  = 12, 16, 4 // bytes, in the IPv4 header
	source6, destination6, length16 = 8, 24, 16 // likewise IPv6
)

func table() *nftables.Table {
	return &nftables.Table{Name: Table, Family: nftables.TableFamilyINet}
}

// sets are the sets of the table. Their numbers count within one transaction.
func sets(of *nftables.Table) []*nftables.Set {
	return []*nftables.Set{
		{Table: of, ID: 1, Name: set4, KeyType: nftables.TypeIPAddr},
		{Table: of, ID: 2, Name: set6, KeyType: nftables.TypeIP6Addr},
		{Table: of, ID: 3, Name: setLinkLocal, KeyType: nftables.MustConcatSetType(nftables.TypeIP6Addr, nftables.TypeIFName), Concatenation: true},
		{Table: of, ID: 4, Name: setQuiet, KeyType: nftables.TypeIFName},
	}
}

// chain is a chain with its rules.
type chain struct {
	*nftables.Chain
	rules []*nftables.Rule
}

// chains are the chains of the table.
//
// Inwards nothing reaches an address but neighbour discovery, without which it would not be an address on the link. Outwards
// nothing leaves with it but that, and what a router says with the address that hosts know it by: errors, redirects (RFC 9568
// section 8.1.1) and router advertisements. Quiet interfaces report no multicast groups and solicit no router.
func chains(of *nftables.Table) []chain {
	accept, p := nftables.ChainPolicyAccept, nftables.ChainPriority(priority)
	in := &nftables.Chain{Table: of, Name: "input", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput, Priority: &p, Policy: &accept}
	out := &nftables.Chain{Table: of, Name: "output", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookOutput, Priority: &p, Policy: &accept}
	const virtual, alive, router, none = "virtual interface", "neighbour discovery", "what a router says", "accept = false"
	return []chain{
		{in, []*nftables.Rule{
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV4, destination4, length4), in4()),
			rule(alive, expr.VerdictAccept, types(icmp6, solicitation, advertisement)),
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV6, destination6, length16), in6()),
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV6, destination6, length16), on(expr.MetaKeyIIFNAME)),
		}},
		{out, []*nftables.Rule{
			rule(virtual, expr.VerdictDrop, quiet(), types(icmp6, listenerFirst, routerSolicitation)),
			rule(virtual, expr.VerdictDrop, quiet(), types(icmp6, listenerReport2, listenerReport2)),
			rule(router, expr.VerdictAccept, types(icmp, unreachable, unreachable)),
			rule(router, expr.VerdictAccept, types(icmp, redirect, redirect)),
			rule(router, expr.VerdictAccept, types(icmp, timeExceeded, parameterProblem)),
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV4, source4, length4), in4()),
			rule(router, expr.VerdictAccept, types(icmp6, errorsFirst, errorsLast)),
			rule(alive, expr.VerdictAccept, types(icmp6, routerAdvertisement, redirect6)),
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV6, source6, length16), in6()),
			rule(none, expr.VerdictDrop, ip(unix.NFPROTO_IPV6, source6, length16), on(expr.MetaKeyOIFNAME)),
		}},
	}
}

// rule is a rule of its parts, with a comment for those who list it.
func rule(comment string, verdict expr.VerdictKind, parts ...[]expr.Any) *nftables.Rule {
	r := &nftables.Rule{UserData: userdata.AppendString(nil, userdata.TypeComment, comment)}
	for _, p := range parts {
		r.Exprs = append(r.Exprs, p...)
	}
	r.Exprs = append(r.Exprs, &expr.Verdict{Kind: verdict})
	return r
}

// ip loads an address of a packet of one family.
func ip(family byte, offset, length uint32) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: unix.NFT_REG_1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{family}},
		&expr.Payload{DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
	}
}

func lookup(set string) expr.Any { return &expr.Lookup{SourceRegister: unix.NFT_REG_1, SetName: set} }

func in4() []expr.Any { return []expr.Any{lookup(set4)} }
func in6() []expr.Any { return []expr.Any{lookup(set6)} }

// on looks for the address that was loaded together with the interface.
func on(which expr.MetaKey) []expr.Any {
	return []expr.Any{&expr.Meta{Key: which, Register: unix.NFT_REG_2}, lookup(setLinkLocal)}
}

// quiet is about what leaves by a quiet interface.
func quiet() []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: unix.NFT_REG_1}, lookup(setQuiet)}
}

// types is about a range of types of a protocol, ICMP or ICMPv6.
func types(protocol, first, last byte) []expr.Any {
	of := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: unix.NFT_REG_1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{protocol}},
		&expr.Payload{DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
	}
	if first == last {
		return append(of, &expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{first}})
	}
	return append(of,
		&expr.Cmp{Op: expr.CmpOpGte, Register: unix.NFT_REG_1, Data: []byte{first}},
		&expr.Cmp{Op: expr.CmpOpLte, Register: unix.NFT_REG_1, Data: []byte{last}})
}
