package kerneltest

import (
	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// MarkPorts gives a firewall mark to what comes in to a range of TCP ports over IPv4, as an administrator's nftables do, in the
// network namespace of a descriptor. It is there as long as the namespace is.
func MarkPorts(namespace int, mark uint32, from, to uint16) error {
	c, err := nftables.New(nftables.WithNetNSFd(namespace))
	if err != nil {
		return err
	}
	table := c.AddTable(&nftables.Table{Name: "marks", Family: nftables.TableFamilyIPv4})
	accept := nftables.ChainPolicyAccept
	chain := c.AddChain(&nftables.Chain{
		Table: table, Name: "in", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookPrerouting,
		Priority: nftables.ChainPriorityMangle, Policy: &accept,
	})
	c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: unix.NFT_REG_1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: unix.NFT_REG_1, Data: []byte{unix.IPPROTO_TCP}},
		&expr.Payload{DestRegister: unix.NFT_REG_1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}, // the port
		&expr.Cmp{Op: expr.CmpOpGte, Register: unix.NFT_REG_1, Data: binaryutil.BigEndian.PutUint16(from)},
		&expr.Cmp{Op: expr.CmpOpLte, Register: unix.NFT_REG_1, Data: binaryutil.BigEndian.PutUint16(to)},
		&expr.Immediate{Register: unix.NFT_REG_1, Data: binaryutil.NativeEndian.PutUint32(mark)},
		&expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: unix.NFT_REG_1},
	}})
	return c.Flush()
}
