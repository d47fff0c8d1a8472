package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/checks"
	"ha/enforcer/notify"
	"ha/planner"
)

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ name, frame, want string }{
		{"half a length", "\x00\x00", "unexpected EOF"},
		{"too many bytes", "\x00\x00\x04\x01", "a frame of 1025 bytes; at most 1024 are taken"},
		{"half a body", "\x00\x00\x00\x0a{}", "broke off after 2"},
		{"no JSON", "\x00\x00\x00\x02{]", "not a message"},
		{"nothing to say", "\x00\x00\x00\x02{}", "0 things to say"},
		{"no body", "\x00\x00\x00\x00", "not a message"},
		{"two things at once", "\x00\x00\x00\x15" + `{"ping":1, "pong": 2}`, "2 things to say"},
		{"a negative number", "\x00\x00\x00\x0b" + `{"ping":-1}`, "not a message"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := decode(strings.NewReader(test.frame), 1024); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := decode(strings.NewReader(""), 1024); !errors.Is(err, io.EOF) {
		t.Errorf("the end: got %v, want io.EOF", err)
	}
}

func TestEncodeRefusesWhatIsTooLarge(t *testing.T) {
	if _, err := encode(message{Refused: strings.Repeat("x", 2000)}, 1024); err == nil {
		t.Error("a frame beyond the limit was made")
	}
}

func TestBatchesFit(t *testing.T) {
	o := newOutbound()
	for i := range 5000 {
		o.put(checks.Result{
			Key: fmt.Sprint(i, strings.Repeat("\x01", 500)), Err: strings.Repeat("\x01\xff", 100_000),
			Verdict: checks.Down, Streak: 1, Changed: i%100 == 0,
		})
	}
	o.put(checks.Result{Key: "last", Verdict: checks.Up, Streak: 1, Changed: true})
	o.put(checks.Result{Key: "last", Verdict: checks.Up, Streak: 2})
	seen, changed := map[string]bool{}, 0
	urgent, _ := o.take(false)
	for _, m := range urgent {
		for _, r := range m.Results {
			if !r.Changed {
				t.Fatalf("%.20s changes nothing and was sent before its time", r.Key)
			}
		}
	}
	rest, unchanged := o.take(true)
	if unchanged != 5001-51 {
		t.Errorf("%d results change nothing, want %d", unchanged, 5001-51)
	}
	for _, m := range append(urgent, rest...) {
		frame, err := encode(m, maxToCore)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(bytes.NewReader(frame), maxToCore)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range back.Results {
			seen[r.Key] = true
			if r.Changed {
				changed++
			}
		}
	}
	if len(seen) != 5001 || changed != 51 {
		t.Errorf("%d of 5001 results and %d of 51 changes came through", len(seen), changed)
	}
	if rest, _ := o.take(true); len(rest) > 0 {
		t.Errorf("sent twice: %v", rest)
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range []message{
		{Hello: &hello{Version: 1}},
		{Ping: 3},
		{Pong: 3},
		{Refused: "no"},
		{Channels: &channels{List: []planner.Channel{{Name: "notify.ops/script", Script: &planner.NotifyScript{Command: []string{"/x"}}}}}},
		{Tell: []telling{{Channels: []string{"notify.ops/script"}, Event: notify.Event{Seq: 1, Object: "vip.web", What: planner.BecameActive}}}},
		{Told: []notify.Outcome{{Channel: "notify.ops/script", Status: 3}}},
		{Drain: 2},
		{Drained: 2},
		{Results: []checks.Result{{Key: "k", Verdict: checks.Up, Streak: 2}}},
		{Set: &set{Checks: []checks.Config{{Key: "k"}}, Known: map[string]checks.Health{"k": {Verdict: checks.Down, Streak: 1}}}},
	} {
		frame, err := encode(m, maxToCore)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Add([]byte("\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(bytes.NewReader(data), 1<<16)
		if err != nil {
			return
		}
		frame, err := encode(m, 1<<20)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := decode(bytes.NewReader(frame), 1<<20)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q", err, frame)
		}
		if diff := cmp.Diff(m, again, cmp.AllowUnexported(message{}, hello{}, set{}, channels{}, telling{}, try{}, tried{}), cmp.Comparer(sameAddrPort)); diff != "" {
			t.Errorf("-read +again:\n%s", diff)
		}
	})
}

func sameAddrPort(a, b netip.AddrPort) bool { return a == b }
