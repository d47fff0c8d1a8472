package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

func tlsArgumentsNeedTLS(o *Object, why string) hcl.Diagnostics {
	t := bindTLS(o)
	if !t.TLS.Val {
		for _, name := range []string{"skip_verify", "server_name", "tls_min", "ca", "certificate", "key"} {
			c := o.Cell(name)
			if c.State != Set || name == "skip_verify" && !t.SkipVerify.Val {
				continue
			}
			return fault(o, "HA2309", name, name+" has no meaning without tls", why, fmt.Sprintf("Add `tls = true`, or remove %s.", name))
		}
		return nil
	}
	switch {
	case t.SkipVerify.Val && t.CA.Set:
		return fault(o, "HA2351", "ca", "ca says who may sign the certificate, and skip_verify that nobody looks", "", "Remove one of them.",
			diag.See("skip_verify", t.SkipVerify.At))
	case t.Certificate.Set && !t.Key.Set:
		return fault(o, "HA2351", "certificate", "the certificate has no key", "", "Add key, the path of its private key.")
	case t.Key.Set && !t.Certificate.Set:
		return fault(o, "HA2351", "key", "the key has no certificate", "", "Add certificate, the path of the certificate with its chain.")
	}
	return nil
}

func containsNeedsBody(o *Object, why string) hcl.Diagnostics {
	if o.Labels[0] != "http" || get[string](o, "method").Val != "HEAD" {
		return nil
	}
	for _, k := range append([]*Object{o}, o.Blocks("page")...) {
		for _, name := range schema.BodyArgs() {
			if get[string](k, name).Set {
				return fault(k, "HA2310", name, name+" looks into the body, and the method is HEAD", why,
					fmt.Sprintf(`Set method to "GET", or remove %s.`, name), diag.See("method", o.At("method")))
			}
		}
	}
	return nil
}

func pagesAreOfHTTP(o *Object, why string) hcl.Diagnostics {
	pages := o.Blocks("page")
	switch {
	case len(pages) == 0:
		return nil
	case o.Labels[0] != "http":
		return hcl.Diagnostics{diag.Error("HA2350", pages[0].NameRange().Ptr(), fmt.Sprintf("%s has no pages", o.Header()), why,
			o.where().options(diag.Help("Write check \"http\", or remove the block."))...)}
	case len(pages) > schema.MaxPages:
		return hcl.Diagnostics{diag.Error("HA2350", pages[schema.MaxPages].NameRange().Ptr(),
			fmt.Sprintf("%s has %d pages, more than %d", o.Header(), len(pages), schema.MaxPages), why,
			o.where().options(diag.Help("Spread them over several checks."))...)}
	case get[string](o, "path").Set:
		return fault(o, "HA2350", "path", "path is one page, and there are page blocks", why, "Make it a page block as well, or remove it.",
			diag.See("the first block", pages[0].DefRange))
	}
	return nil
}
