package decode

import (
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// From is the `from` block of a check; nothing is set without one.
type From struct {
	Address   Arg[netip.Addr]
	Port      Arg[int64]
	Interface Arg[string]
	Mark      Arg[int64]
}

func fromIn(o *Object) From {
	for _, k := range o.Blocks("from") {
		return From{
			Address: get[netip.Addr](k, "address"), Port: get[int64](k, "port"), Interface: get[string](k, "interface"), Mark: get[int64](k, "mark"),
		}
	}
	return From{}
}

// fromNeedsTheNetwork refuses what a check cannot use that opens no socket of its own.
func fromNeedsTheNetwork(o *Object, why string) hcl.Diagnostics {
	c := &Check{Kind: o.Labels[0]}
	var found hcl.Diagnostics
	if c.Watched() && get[netip.Addr](o, "address").Set {
		found = append(found, fault(o, "HA2319", "address", "a "+c.Kind+" has no address", why, "Remove the address.")...)
	}
	for _, k := range o.Blocks("from") {
		if c.Local() {
			at := k.NameRange()
			found = append(found, diag.Error("HA2319", &at, "check \""+c.Kind+"\" sends nothing by itself", why,
				o.where().options(diag.Help("Remove the block from."))...))
		}
	}
	return found
}

// dataPathFits refuses checks by way of a server that nothing could carry.
func dataPathFits(o *Object, why string) hcl.Diagnostics {
	c := &Check{Kind: o.Labels[0], DataPath: get[bool](o, "data_path")}
	if !c.DataPath.Val {
		return nil
	}
	if c.Local() || c.Kind == "ping" {
		return fault(o, "HA2321", "data_path", "check \""+c.Kind+"\" does not go by way of a server", why, "Remove data_path, or check over TCP or UDP.")
	}
	if get[netip.Addr](o, "address").Set {
		return fault(o, "HA2321", "address", "a check on the data path probes the listeners, not another address", why, "Remove address, or data_path.",
			diag.See("data_path", c.DataPath.At))
	}
	for _, k := range o.Blocks("from") {
		for _, name := range []string{"port", "interface", "mark"} {
			if k.Cell(name).State == Set {
				return fault(k, "HA2321", name, name+" has no effect on the data path", why, "Remove "+name+", or data_path.", diag.See("data_path", c.DataPath.At))
			}
		}
	}
	return nil
}
