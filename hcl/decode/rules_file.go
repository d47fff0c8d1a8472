package decode

import (
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

func fileIsOfTheNode(o *Object, why string) hcl.Diagnostics {
	if o.Labels[0] != "file" {
		return nil
	}
	var found hcl.Diagnostics
	if _, top := o.Schema.Arg("target"); top && get[netip.AddrPort](o, "target").Set {
		found = append(found, fault(o, "HA2316", "target", "a file has no target", why, "Remove the target.")...)
	}
	if get[int64](o, "port").Val != 0 {
		found = append(found, fault(o, "HA2316", "port", "a file has no port", why, "Remove the port.")...)
	}
	if get[string](o, "text").Set && get[string](o, "content").Val == "number" {
		found = append(found, fault(o, "HA2316", "text", "text looks for a text, and the content is a number", why,
			`Set content to "anything", or remove text.`)...)
	}
	return found
}
