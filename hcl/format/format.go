// Package format brings configuration into its one layout: two spaces per level, equals signs of neighbours below each
// other. It moves white space only; what a file means, and every comment in it, stays.
package format

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"ha/hcl/source"
)

// Format returns a file in its layout. Name is what diagnostics call it. With errors of syntax it returns src as it is
// and the errors: what is not understood is not touched.
func Format(src []byte, name string) ([]byte, hcl.Diagnostics) {
	if _, diags := source.Parse(name, src); diags.HasErrors() {
		return src, diags
	}
	out := hclwrite.Format(src)
	for range 3 { // the library may need a second pass where lines of one map are aligned after each other
		again := hclwrite.Format(out)
		if bytes.Equal(again, out) {
			break
		}
		out = again
	}
	return out, nil
}
