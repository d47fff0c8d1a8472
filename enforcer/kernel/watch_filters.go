package kernel

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/nft"
	"ha/enforcer/kernel/wire"
)

// FiltersChanged says that somebody, perhaps we ourselves, changed the table in which the filters stand: read them again. What a
// firewall's restart flushes is heard of by this.
type FiltersChanged struct{}

func (FiltersChanged) event() {}

const (
	filterNews       = 7       // NFNLGRP_NFTABLES of linux/netfilter/nfnetlink.h
	filterBuffer     = 1 << 20 // bytes: overflows are told, and whoever flushes says the same thing often
	filterHeader     = 4       // struct nfgenmsg: family, version, resource
	filterTableName  = 1       // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE
	filterSubsystems = 8       // bits: the upper byte of a message's type is the subsystem
)

// aboutFilters tells whether a message of nftables is about ha's table. Most of a busy firewall's are about others.
func aboutFilters(m syscall.NetlinkMessage) bool {
	if m.Header.Type>>filterSubsystems != unix.NFNL_SUBSYS_NFTABLES || len(m.Data) < filterHeader || m.Data[0] != unix.NFPROTO_INET {
		return false
	}
	d := wire.Decode(m.Data[filterHeader:])
	for d.Next() {
		if d.Type() == filterTableName {
			return d.String() == nft.Table
		}
	}
	return false
}

// hearFilters calls tell, once for all that is heard together, until the socket is closed.
func hearFilters(sub *wire.Subscription, tell func()) {
	for {
		messages, err := sub.Receive()
		lost := errors.Is(err, wire.ErrOverflow)
		if err != nil && !lost {
			return
		}
		ours := lost
		for _, m := range messages {
			ours = ours || aboutFilters(m)
		}
		if ours {
			tell()
		}
	}
}
