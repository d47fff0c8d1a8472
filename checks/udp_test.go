package checks

import (
	"context"
	"encoding/hex"
	"net"
	"strings"
	"testing"
	"time"
)

func TestUDP(t *testing.T) {
	echo := func(query []byte) [][]byte { return [][]byte{query} }
	says := func(text string) func([]byte) [][]byte {
		return func([]byte) [][]byte { return [][]byte{[]byte(text)} }
	}
	mute := func([]byte) [][]byte { return nil }
	tests := []struct {
		name  string
		udp   UDPConfig
		reply func([]byte) [][]byte
		want  string
	}{
		{"silence is enough", UDPConfig{}, mute, ""},
		{"a reply is, too", UDPConfig{}, echo, ""},
		{"silence is not enough", UDPConfig{RequireReply: true}, mute, "no answer in time"},
		{"any reply", UDPConfig{RequireReply: true}, echo, ""},
		{"an empty reply", UDPConfig{RequireReply: true}, says(""), ""},
		{"the payload arrives", UDPConfig{Payload: "0aFF", RequireReply: true, Reply: "0aff", ReplyMax: 2}, echo, ""},
		{"a reply that begins so", UDPConfig{RequireReply: true, Reply: "706f"}, says("pong"), ""},
		{"one with any digits", UDPConfig{RequireReply: true, Reply: "xx6Fx" + "e"}, says("pong"), ""},
		{"one that begins otherwise", UDPConfig{RequireReply: true, Reply: "706e"}, says("pong"), "the reply begins with 706f, want 706e"},
		{"one digit is another", UDPConfig{RequireReply: true, Reply: "x1"}, says("pong"), "the reply begins with 70, want x1"},
		{"shorter than the pattern", UDPConfig{RequireReply: true, Reply: "706f6e67aabb"}, says("pong"), ""},
		{"empty where a pattern is", UDPConfig{RequireReply: true, Reply: "70"}, says(""), "the reply is empty"},
		{"too short", UDPConfig{RequireReply: true, ReplyMin: 5}, says("pong"), "the reply has 4 bytes, want at least 5"},
		{"long enough", UDPConfig{RequireReply: true, ReplyMin: 4, ReplyMax: 4}, says("pong"), ""},
		{"too long", UDPConfig{RequireReply: true, ReplyMax: 3}, says("pong"), "the reply has more than 3 bytes"},
		{"much too long", UDPConfig{RequireReply: true, Reply: "78", ReplyMax: 8}, says(strings.Repeat("x", 60000)), "the reply has more than 8 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := target("udp", nameServer(t, test.reply))
			c.UDP = &test.udp
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			patience := 30 * time.Second
			if test.want == "no answer in time" || test.name == "silence is enough" {
				patience = 200 * time.Millisecond
			}
			for again := true; again; patience *= 4 {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				err = check.Probe(ctx)
				again = test.want == "" && ctx.Err() != nil && patience < 30*time.Second // the machine slept
				cancel()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestUDPUnreachable(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		conn, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Skipf("no loopback %s: %v", address, err)
		}
		conn.Close()
		for _, u := range []UDPConfig{{}, {RequireReply: true}} {
			c := target("udp", conn.LocalAddr().String())
			c.UDP = &u
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err = check.Probe(ctx)
			cancel()
			if err == nil || err.Error() != "nobody listens: the port is unreachable (ICMP)" {
				t.Errorf("%s: got %v", address, err)
			}
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, text := range []string{"", "0a", "xX", "x1", "g0", "123"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, mask, err := pattern(text)
		if err != nil {
			return
		}
		again := []byte(hex.EncodeToString(want))
		for i := range again {
			if mask[i/2]>>(4*(1-i%2))&15 == 0 {
				again[i] = 'x'
			}
		}
		if !strings.EqualFold(string(again), text) {
			t.Errorf("%q reads as %q", text, again)
		}
	})
}
