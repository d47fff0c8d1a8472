package hcl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
)

// many writes a configuration of two directors with pools of four servers, spread over eight files.
func many(t testing.TB, pools int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	files := make([]strings.Builder, 8)
	fmt.Fprint(&files[0], "node \"lb1\" {\n  address   = \"10.0.0.1\"\n  interface = \"eth0\"\n}\n\nnode \"lb2\" {\n  address   = \"10.0.0.2\"\n  interface = \"eth0\"\n}\n\n")
	fmt.Fprint(&files[0], "vip \"all\" {\n  vrid      = 1\n  addresses = [for i in range(250) : \"10.1.0.${i}/32\"]\n\n  node \"lb1\" {\n    priority = 150\n  }\n}\n\n")
	for i := range pools {
		b := &files[i%len(files)]
		fmt.Fprintf(b, "pool \"p%d\" {\n  listen    = [\"10.1.0.%d:%d\"]\n  scheduler = \"rr\"\n\n  check \"tcp\" {\n    interval = \"2s\"\n  }\n", i, i%250, 1000+i/250)
		for s := range 4 {
			fmt.Fprintf(b, "  server \"s%d\" {\n    address = \"10.%d.%d.%d:80\"\n    weight  = 10\n  }\n", s, 16+i/65536, i/256%256, i%256/4*4+s)
		}
		fmt.Fprint(b, "}\n\n")
	}
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.hcl", i)), []byte(files[i].String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t testing.TB, dir string) *hcl.Config {
	t.Helper()
	c, list := hcl.Load(dir, hcl.Inputs{})
	if c == nil {
		var b strings.Builder
		if err := diag.Text(&b, list, diag.TextOptions{Max: 3}); err != nil {
			t.Fatal(err)
		}
		t.Fatal(b.String())
	}
	return c
}

// BenchmarkLoad reads and checks a cluster; BenchmarkCompile makes the plan of one of its nodes.
func BenchmarkLoad(b *testing.B) {
	for _, pools := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("pools=%d", pools), func(b *testing.B) {
			dir := many(b, pools)
			b.ReportAllocs()
			for b.Loop() {
				load(b, dir)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, pools := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("pools=%d", pools), func(b *testing.B) {
			c := load(b, many(b, pools))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Compile("lb1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
