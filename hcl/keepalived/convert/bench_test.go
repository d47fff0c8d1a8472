package convert_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// large writes a file with so many virtual servers, each with six real servers: 10,000 are 9 MB.
func large(services int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n    router_id lb1\n}\nvrrp_instance web {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n")
	for i := range services {
		fmt.Fprintf(&b, "virtual_server 10.%d.%d.%d 80 {\n    delay_loop 6\n    lb_algo wrr\n    lb_kind NAT\n    protocol TCP\n", 1+i/65536, i/256%256, i%256)
		for s := range 6 {
			fmt.Fprintf(&b, "    real_server 172.%d.%d.%d 80 {\n        weight 10\n        TCP_CHECK {\n            connect_timeout 3\n            retry 3\n        }\n    }\n",
				16+s, i/256%256, i%256)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// BenchmarkRun converts a large file and checks the result: the goal for 10,000 virtual servers with 60,000 real servers
// is 3 s and 500 MB.
func BenchmarkRun(b *testing.B) {
	for _, services := range []int{1000, 10000} {
		text := large(services)
		b.Run(fmt.Sprintf("services=%d", services), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := run(b, text); err != nil {
					b.Fatal(err)
				}
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-heap")
		})
	}
}

// BenchmarkRepetition converts many of what has to be compared with each other: the time grows as the number does.
func BenchmarkRepetition(b *testing.B) {
	tests := []struct{ name, before, line, after string }{
		{"servers", "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\n", "real_server 10.1.%a.%b 80 { TCP_CHECK { retry 3 } }\n", "}\n"},
		{"tracked", "vrrp_instance a {\nvirtual_router_id 1\ninterface e\nvirtual_ipaddress { 10.0.0.1 }\ntrack_interface {\n", "e%a.%b\n", "}\n}\n"},
		{"unknown", "", "word%a%b x\n", ""},
		{"scripts", "", "vrrp_script s%a_%b { script \"/bin/true\" }\n", ""},
		{"braces", "", "a { b {\n", ""},
	}
	for _, tt := range tests {
		for _, n := range []int{2000, 8000} {
			var text strings.Builder
			text.WriteString(tt.before)
			for i := range n {
				text.WriteString(strings.NewReplacer("%a", strconv.Itoa(i/250), "%b", strconv.Itoa(i%250)).Replace(tt.line))
			}
			text.WriteString(tt.after)
			b.Run(fmt.Sprintf("what=%s/n=%d", tt.name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := run(b, text.String()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
