package packet_test

import (
	"bytes"
	"reflect"
	"testing"

	"ha/vrrp/packet"
)

// FuzzParse feeds any bytes as a datagram, and once more with the checksum made right so that they get past it.
// Nothing panics; nothing is accepted that was not addressed to us; what is accepted encodes to the same bytes and
// is read again as the same advert.
func FuzzParse(f *testing.F) {
	for _, s := range []string{v1IP, v2IP, v4IP, h1IP, h2IP, v3IP, v3U} {
		f.Add(unhex(f, s), false)
	}
	for _, s := range []string{v1, v1N, v1Z, v1X, v2, v2X, v4, v4M, v4U, v4L, v4R, v4Z, v5, v5X, c1} {
		f.Add(datagram(unhex(f, s)), true)
		f.Add(unhex(f, s), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, sealed bool) {
		if p, drop := packet.IPv4(raw); drop == packet.Accepted {
			if sealed {
				seal(p.PDU)
			}
			x2, x3 := expect(2), expect(3)
			judge(t, &x2, p)
			judge(t, &x3, p)
			ah, trailer, peer := withAH(), signed(3, rules()), unicast(expect(3))
			for _, x := range []*packet.Expect{&ah, &trailer, &peer} {
				var a packet.Advert
				_, _ = x.Receive(p, &a) // a key is hard to guess, and whose address it is may be right: no panic is all
			}
		}
		x6 := expect6()
		if p, drop := packet.IPv6(raw, peer6, packet.Group(true), 255); drop == packet.Accepted {
			judge(t, &x6, p)
		}
		var layer packet.VRRP
		_ = layer.DecodeFromBytes(raw, feedback{}) // any error is fine, a panic is not
	})
}

type feedback struct{}

func (feedback) SetTruncated() {}

func judge(t *testing.T, x *packet.Expect, p packet.Packet) {
	t.Helper()
	var a, again packet.Advert
	note, drop := x.Receive(p, &a)
	if drop != packet.Accepted {
		return
	}
	if a.VRID != x.VRID || a.Interval <= 0 || a.Version != x.Version || a.AuthType != 0 || p.TTL != 255 {
		t.Fatalf("accepted %+v in %+v", a, p)
	}
	out, err := a.AppendTo(nil, p.Source, p.Destination)
	if err != nil {
		t.Fatalf("accepted %+v does not encode: %v", a, err)
	}
	in := bytes.Clone(p.PDU)
	if x.Version == 3 {
		in[4] &= 0x0f // reserved bits are ignored on receipt and zero when sent
	}
	for _, b := range [][]byte{in, out} {
		b[6], b[7] = 0, 0 // the reserved bits count in the sum, and zero has two forms in one's complement
	}
	if !bytes.Equal(in, out) {
		t.Fatalf("encoded again: got %x, want %x", out, in)
	}
	if p.PDU, err = a.AppendTo(nil, p.Source, p.Destination); err != nil {
		t.Fatal(err)
	}
	noteAgain, drop := x.Receive(p, &again)
	again.Form = a.Form // a sum that is right in both forms reads as the first
	if drop != packet.Accepted || (note^noteAgain)&^packet.NoteForm != 0 || !reflect.DeepEqual(a, again) {
		t.Fatalf("read again: got %v, %+v, want %+v", drop, again, a)
	}
}

// BenchmarkParse is a datagram from its first byte to the verdict.
func BenchmarkParse(b *testing.B) {
	run := func(name string, raw []byte, x packet.Expect) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var a packet.Advert
			for b.Loop() {
				p, drop := packet.IPv4(raw)
				if drop == packet.Accepted {
					_, drop = x.Receive(p, &a)
				}
				if drop != packet.Accepted {
					b.Fatal(drop)
				}
			}
		})
	}
	run("v2", unhex(b, v1IP), expect(2))
	run("v3", unhex(b, v4IP), expect(3))
	b.Run("v3/ipv6", func(b *testing.B) {
		b.ReportAllocs()
		raw, x := unhex(b, v5), expect6()
		var a packet.Advert
		for b.Loop() {
			p, _ := packet.IPv6(raw, peer6, packet.Group(true), 255)
			if _, drop := x.Receive(p, &a); drop != packet.Accepted {
				b.Fatal(drop)
			}
		}
	})
}

// BenchmarkEncode is what an Active router does every interval.
func BenchmarkEncode(b *testing.B) {
	for _, version := range []uint8{2, 3} {
		b.Run(map[uint8]string{2: "v2", 3: "v3"}[version], func(b *testing.B) {
			b.ReportAllocs()
			a, buf := advert(version), make([]byte, 0, 64)
			for b.Loop() {
				if _, err := a.AppendIPv4(buf, peer4, packet.Group(false), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The receive path of the daemon must not make garbage, whatever arrives.
func TestAllocations(t *testing.T) {
	var a packet.Advert
	x, buf := expect(3), make([]byte, 0, 64)
	good, bad := unhex(t, v4IP), datagram(unhex(t, v4Z))
	out := advert(3)
	n := testing.AllocsPerRun(100, func() {
		for _, raw := range [][]byte{good, bad} {
			p, _ := packet.IPv4(raw)
			_, _ = x.Receive(p, &a)
		}
		if _, err := out.AppendIPv4(buf, peer4, packet.Group(false), 0); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per run, want none", n)
	}
}
