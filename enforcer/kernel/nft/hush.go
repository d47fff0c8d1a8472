package nft

import (
	"errors"
	"net/netip"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// HushTable is the name of a table, in family inet, that exists only while somebody is to be hushed.
const HushTable = "ha_hush"

// hushLimit ends a hush that nobody ends, because the process that began it was killed.
const hushLimit = 30 * time.Second

// The names of its sets.
const (
	hush4 = "hushed4"
	hush6 = "hushed6"
)

// Hush keeps the kernel from telling anybody, with one of the addresses as source, that a port cannot be reached (ICMP type 3 code 3,
// RFC 792; ICMPv6 type 1 code 4, RFC 4443). A client that is told so gives up; one that hears nothing sends its SYN again a
// second later. It lasts until release is called, at most half a minute.
func Hush(o Options, addresses []netip.Addr) (release func() error, err error) {
	t := &nftables.Table{Name: HushTable, Family: nftables.TableFamilyINet}
	err = o.with(func(c *nftables.Conn) error {
		c.AddTable(t) // so that there is one to delete, whatever a killed process left
		c.DelTable(t)
		c.AddTable(t)
		four := &nftables.Set{Table: t, ID: 1, Name: hush4, KeyType: nftables.TypeIPAddr, HasTimeout: true, Timeout: hushLimit}
		six := &nftables.Set{Table: t, ID: 2, Name: hush6, KeyType: nftables.TypeIP6Addr, HasTimeout: true, Timeout: hushLimit}
		var of4, of6 []nftables.SetElement
		for _, a := range addresses {
			if e := (nftables.SetElement{Key: a.AsSlice(), Timeout: hushLimit}); a.Is4() {
				of4 = append(of4, e)
			} else {
				of6 = append(of6, e)
			}
		}
		if err := errors.Join(c.AddSet(four, of4), c.AddSet(six, of6)); err != nil {
			return err
		}
		accept, p := nftables.ChainPolicyAccept, nftables.ChainPriority(priority)
		out := c.AddChain(&nftables.Chain{
			Table: t, Name: "output", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookOutput, Priority: &p, Policy: &accept,
		})
		const why = "a scheduler is being changed: clients shall ask again"
		for _, r := range []*nftables.Rule{
			rule(why, expr.VerdictDrop, message(icmp, 3, 3), ip(unix.NFPROTO_IPV4, source4, length4), []expr.Any{lookup(hush4)}),
			rule(why, expr.VerdictDrop, message(icmp6, 1, 4), ip(unix.NFPROTO_IPV6, source6, length16), []expr.Any{lookup(hush6)}),
		} {
			r.Table, r.Chain = t, out
			c.AddRule(r)
		}
		return c.Flush()
	})
	if err != nil {
		return nil, err
	}
	return func() error {
		return o.with(func(c *nftables.Conn) error {
			c.DelTable(t)
			return c.Flush()
		})
	}, nil
}

// message is about one type and code of ICMP or ICMPv6.
func message(protocol, kind, code byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: unix.NFT_REG_1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{protocol}},
		&expr.Payload{DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{kind, code}},
	}
}
