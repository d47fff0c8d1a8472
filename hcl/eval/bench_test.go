package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"ha/hcl/eval"
)

// plainPools are pools of four servers each, written out, with a reference in each.
func plainPools(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  port = 80\n}\nvip \"web\" {\n  vrid = 5\n}\ncheck \"tcp\" \"a\" {\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "pool \"p%d\" {\n  listen = \"192.0.2.1:${local.port}\"\n", i)
		for j := range 4 {
			fmt.Fprintf(&b, "  server \"s%d\" {\n    address = \"10.%d.%d.%d:80\"\n    weight  = 10\n  }\n", j, i>>8, i&255, j+1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// generatedPools are the same pools out of a map, with for_each and dynamic.
func generatedPools(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  pools = {\n")
	for i := range n {
		fmt.Fprintf(&b, "    p%d = { port = \"80\", servers = [\"10.%d.%d.1\", \"10.%[2]d.%[3]d.2\", \"10.%[2]d.%[3]d.3\", \"10.%[2]d.%[3]d.4\"] }\n", i, i>>8, i&255)
	}
	b.WriteString(`  }
}
pool "p" {
  for_each = local.pools
  listen   = "192.0.2.1:${each.value.port}"
  dynamic "server" {
    for_each = each.value.servers
    labels   = ["s${server.key}"]
    content {
      address = "${server.value}:80"
      weight  = 10
    }
  }
}
`)
	return b.String()
}

// crossPools refer to each other and to all of a type.
func crossPools(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  port = 80\n}\n")
	for i := range n {
		fmt.Fprintf(&b, "vip \"v%d\" {\n  vrid = %d\n  priority = vip[\"v${%d}\"].vrid\n}\n", i, i, (i+1)%n)
		fmt.Fprintf(&b, "pool \"p%d\" {\n  listen = \"192.0.2.1:${vip.v%d.vrid}\"\n}\n", i, i)
	}
	return b.String()
}

func BenchmarkExpand(b *testing.B) {
	for _, shape := range []struct {
		name string
		text func(int) string
		n    int
	}{
		{"plain/pools=10000", plainPools, 10_000},
		{"generated/pools=10000", generatedPools, 10_000},
		{"cross/pools=10000", crossPools, 10_000},
	} {
		b.Run(shape.name, func(b *testing.B) {
			files, _ := load(b, shape.text(shape.n))
			b.ReportAllocs()
			for b.Loop() {
				cfg, diags := eval.Expand(files, language(), eval.Inputs{Functions: functions()})
				if len(diags) > 0 || len(cfg.Blocks) < shape.n {
					b.Fatalf("%d blocks, %s", len(cfg.Blocks), report(diags))
				}
			}
		})
	}
}
