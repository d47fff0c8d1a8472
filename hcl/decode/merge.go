package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// merge keeps one of the findings that have one cause: for_each, dynamic and overlays show the same characters of a
// file in several blocks. The one that stays says how many others there are.
func merge(found hcl.Diagnostics) hcl.Diagnostics {
	type cause struct {
		at      hcl.Range
		summary string
	}
	first := map[cause]*hcl.Diagnostic{}
	others := map[cause]map[string]bool{} // by address: overlays are of the same block
	var kept hcl.Diagnostics
	for _, d := range found {
		if d.Subject == nil {
			kept = append(kept, d)
			continue
		}
		c := cause{at: *d.Subject, summary: d.Summary}
		before, twice := first[c]
		if !twice {
			first[c] = d
			kept = append(kept, d)
			continue
		}
		if a := addressOf(d); a != addressOf(before) {
			if others[c] == nil {
				others[c] = map[string]bool{}
			}
			others[c][a] = true
		}
	}
	for _, d := range kept {
		if d.Subject == nil {
			continue
		}
		switch n := len(others[cause{at: *d.Subject, summary: d.Summary}]); n {
		case 0:
			continue
		case 1:
			d.Detail = join(d.Detail, "The same holds in one more instance of this block.")
		default:
			d.Detail = join(d.Detail, fmt.Sprintf("The same holds in %d more instances of this block.", n))
		}
	}
	return kept
}

func addressOf(d *hcl.Diagnostic) string {
	if e := diag.Of(d); e != nil {
		return e.Address
	}
	return ""
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}
