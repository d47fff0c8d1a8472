package worker

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"ha/checks"
)

// BenchmarkDecode measures what results cost the core, which has better things to do.
func BenchmarkDecode(b *testing.B) {
	const n = 1000
	m := message{}
	for i := range n {
		m.Results = append(m.Results, checks.Result{
			Key: fmt.Sprintf("tcp 10.0.%d.%d:80", i/256, i%256), At: time.Now(), Took: time.Millisecond, Verdict: checks.Up, Streak: i + 1,
		})
	}
	frame, err := encode(m, maxToCore)
	if err != nil {
		b.Fatal(err)
	}
	b.Run(fmt.Sprintf("results=%d", n), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decode(bytes.NewReader(frame), maxToCore); err != nil {
				b.Fatal(err)
			}
		}
	})
}
