package diag

import (
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// BenchmarkCollect shows 500 findings in half a megabyte; the library's own writer needs a minute for that.
func BenchmarkCollect(b *testing.B) {
	m := memory{"a.hcl", strings.Repeat("  weight = 10 # twenty bytes\n", 20_000), nil}
	var diags hcl.Diagnostics
	for i := range 500 {
		start := hcl.Pos{Line: 40*i + 1, Column: 3, Byte: 40*i*29 + 2}
		end := start
		end.Byte, end.Column = end.Byte+6, end.Column+6
		diags = append(diags, Error("HA3001", &hcl.Range{Filename: "a.hcl", Start: start, End: end}, "wrong", "why"))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := Text(io.Discard, Collect(diags, m), TextOptions{Max: -1}); err != nil {
			b.Fatal(err)
		}
	}
}
