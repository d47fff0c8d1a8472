package packet_test

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"ha/vrrp/packet"
)

var (
	us4    = netip.MustParseAddr("192.0.2.12")
	secret = [packet.PasswordLen]byte{'s', '3', 'c', 'r', '3', 't'}
)

// withPassword and withAH are receivers that fit V2IP and V3IP.
func withPassword() packet.Expect {
	x := expect(2)
	x.AuthType, x.Password = packet.AuthPassword, secret
	return x
}

func withAH() packet.Expect {
	x := expect(2)
	x.AuthType, x.AH = packet.AuthHeader, packet.NewAH(secret)
	return x
}

// unicast makes a receiver one of adverts from the peer of the vectors.
func unicast(x packet.Expect) packet.Expect {
	x.Unicast, x.Peers = true, []packet.Peer{{Address: netip.MustParseAddr("192.0.2.13")}, {Address: peer4}}
	return x
}

// receive is a datagram from its first byte to the verdict.
func receive(x *packet.Expect, raw []byte) (packet.Note, packet.Drop) {
	var a packet.Advert
	p, drop := packet.IPv4(raw)
	if drop != packet.Accepted {
		return 0, drop
	}
	p.At = vectorTime
	return x.Receive(p, &a)
}

// edit returns a vector with one byte changed.
func edit(t *testing.T, vector string, at int, to byte) []byte {
	t.Helper()
	b := unhex(t, vector)
	b[at] = to
	return b
}

// toUs readdresses a datagram to us and gives it a TTL.
func toUs(raw []byte, ttl byte) []byte {
	copy(raw[16:], us4.AsSlice())
	raw[8] = ttl
	return raw
}

func TestEncodeAH(t *testing.T) {
	for name, tt := range map[string]struct {
		to   netip.Addr
		id   uint16
		want string
	}{
		"E05 multicast is V3IP":                    {packet.Group(false), 1, v3IP},
		"E05 the identification is never zero":     {packet.Group(false), 0, v3IP},
		"E06 to a unicast peer it is V3U, TTL out": {us4, 1, v3U},
	} {
		t.Run(name, func(t *testing.T) {
			a := advert(2)
			a.AuthType, a.AH = packet.AuthHeader, packet.NewAH(secret)
			got, err := a.AppendIPv4([]byte("x"), peer4, tt.to, tt.id)
			if err != nil || hex.EncodeToString(got[1:]) != tt.want {
				t.Errorf("got %x, %v, want 78 %s", got, err, tt.want)
			}
		})
	}
	for name, change := range map[string]func(*packet.Advert){
		"the type without a key":   func(a *packet.Advert) { a.AuthType = packet.AuthHeader },
		"a key without the type":   func(a *packet.Advert) { a.AH = packet.NewAH(secret) },
		"a password with a header": func(a *packet.Advert) { a.AuthType, a.AH = packet.AuthPassword, packet.NewAH(secret) },
	} {
		a := advert(2)
		change(&a)
		if got, err := a.AppendIPv4([]byte("x"), peer4, packet.Group(false), 1); err == nil || string(got) != "x" {
			t.Errorf("%s: got %x, %v, want the buffer unchanged and an error", name, got, err)
		}
	}
}

func TestReceiveAuthentication(t *testing.T) {
	tests := []struct {
		name   string
		expect packet.Expect
		raw    []byte
		drop   packet.Drop
	}{
		{"V2IP with the same password", withPassword(), unhex(t, v2IP), packet.Accepted},
		{"R33 a password against none", expect(2), unhex(t, v2IP), packet.DropAuthType},
		{"R34 none against a password", withPassword(), unhex(t, v1IP), packet.DropAuthType},
		{"R35 another eighth byte", withPassword(), datagram(seal(edit(t, v2, 19, 'x'))), packet.DropAuth},
		{"R35 another first byte", withPassword(), datagram(seal(edit(t, v2, 12, 'S'))), packet.DropAuth},
		{"R36 type 254 against a password", withPassword(), datagram(seal(edit(t, v2, 4, 254))), packet.DropAuthType},
		{"V3IP", withAH(), unhex(t, v3IP), packet.Accepted},
		{"R38 the TTL is not covered, as RFC 2402 says", withAH(), unhex(t, v3IP[:64]+v3R+v3IP[88:]), packet.DropAuth},
		{"R39 the SPI is not the source", withAH(), edit(t, v3IP, 27, 12), packet.DropAuth},
		{"R40 a plain advert against AH", withAH(), unhex(t, v1IP), packet.DropAuthType},
		{"R40 a plain advert that says AH, against AH", withAH(), datagram(seal(edit(t, v1, 4, 2))), packet.DropAuthType},
		{"R40 AH against none", expect(2), unhex(t, v3IP), packet.DropProtocol},
		{"R40 AH against a password", withPassword(), unhex(t, v3IP), packet.DropProtocol},
		{"R41 AH in front of UDP", withAH(), edit(t, v3IP, 20, 17), packet.DropProtocol},
		{"AH of another length", withAH(), edit(t, v3IP, 21, 5), packet.DropAuth},
		{"AH with nothing behind it", withAH(), unhex(t, v3IP)[:44], packet.DropShort},
		{"a password behind AH", withAH(), edit(t, v3IP, 63, 1), packet.DropChecksum},
		{"V3U by unicast", unicast(withAH()), unhex(t, v3U), packet.Accepted},
		{"V3U passes routers", unicast(withAH()), edit(t, v3U, 8, 60), packet.Accepted},
		{"V3IP readdressed", unicast(withAH()), toUs(unhex(t, v3IP), 255), packet.DropAuth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, drop := receive(&tt.expect, tt.raw); drop != tt.drop {
				t.Errorf("got %v, want %v", drop, tt.drop)
			}
		})
	}
}

// Every bit that authentication covers counts; what routers change may change, the TTL of multicast excepted.
func TestEveryBitOfAHCounts(t *testing.T) {
	raw := unhex(t, v3IP)
	for bit := range 8 * len(raw) {
		raw[bit/8] ^= 1 << (bit % 8)
		x := withAH()
		_, drop := receive(&x, raw)
		mutable := bit/8 == 1 || bit/8 == 6 || bit/8 == 7 || bit/8 == 10 || bit/8 == 11 // class, fragments, header checksum
		if (drop == packet.Accepted) != mutable {
			t.Errorf("bit %d of byte %d turned over: %v", bit%8, bit/8, drop)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
}

func TestOneSequenceForBothDirections(t *testing.T) {
	x := withAH()
	if _, drop := receive(&x, unhex(t, v3IP)); drop != packet.Accepted {
		t.Fatal(drop)
	}
	if _, drop := receive(&x, unhex(t, v3IP)); drop != packet.DropReplay {
		t.Errorf("R37 the same advert again: %v, want a replay", drop)
	}
	// A wrong header moves nothing, whatever its number.
	if _, drop := receive(&x, edit(t, v3IP, 28, 0xff)); drop != packet.DropAuth {
		t.Errorf("a number that is not covered: %v", drop)
	}
	a := advert(2)
	a.AuthType, a.AH = packet.AuthHeader, x.AH
	sent, err := a.AppendIPv4(nil, us4, packet.Group(false), 0)
	if err != nil || sent[31] != 2 {
		t.Errorf("after the number 1 was heard, %x is sent (%v), want the number 2", sent[28:32], err)
	}
	after := packet.NewAH([8]byte{'n', 'e', 'w'})
	after.Continue(x.AH)
	a.AH = after
	if sent, err = a.AppendIPv4(nil, us4, packet.Group(false), 0); err != nil || sent[31] != 3 {
		t.Errorf("with a new password %x is sent (%v), want the number 3", sent[28:32], err)
	}
	next := packet.NewAH([8]byte{'n', 'e', 'w'})
	next.Resume(after.Sequence())
	a.AH = next
	if sent, err = a.AppendIPv4(nil, us4, packet.Group(false), 0); err != nil || sent[31] != 4 {
		t.Errorf("in the next process %x is sent (%v), want the number 4", sent[28:32], err)
	}
}

func TestReceiveUnicast(t *testing.T) {
	far := unicast(expect(3))
	far.Peers[1].MinTTL = 255
	near := unicast(expect(3))
	near.Peers[1].MaxTTL = 254
	stranger := unicast(expect(3))
	stranger.Peers = stranger.Peers[:1]
	alone := unicast(expect(3))
	alone.Peers = nil
	tests := []struct {
		name   string
		expect packet.Expect
		raw    []byte
		drop   packet.Drop
		note   packet.Note
	}{
		{"E08 V4U", unicast(expect(3)), toUs(datagram(unhex(t, v4U)), 255), packet.Accepted, 0},
		{"R13 V4O, the old form", unicast(expect(3)), toUs(datagram(unhex(t, v4O)), 255), packet.Accepted, packet.NoteForm},
		{"R13 V4U by multicast", expect(3), datagram(unhex(t, v4U)), packet.DropChecksum, 0},
		{"V4M by unicast", unicast(expect(3)), toUs(datagram(unhex(t, v4M)), 255), packet.Accepted, packet.NoteForm},
		{"version 2", unicast(expect(2)), toUs(unhex(t, v1IP), 255), packet.Accepted, 0},
		{"R43 unicast for a multicast instance", expect(3), toUs(datagram(unhex(t, v4U)), 255), packet.DropClass, 0},
		{"R43 multicast for a unicast instance", unicast(expect(3)), unhex(t, v4IP), packet.DropClass, 0},
		{"R44 not from a peer", stranger, toUs(datagram(unhex(t, v4U)), 255), packet.DropPeer, 0},
		{"R44 there are no peers", alone, toUs(datagram(unhex(t, v4U)), 255), packet.DropPeer, 0},
		{"R45 TTL 254 where 255 is wanted", far, toUs(datagram(unhex(t, v4U)), 254), packet.DropTTL, 0},
		{"R45 TTL 255 where 255 is wanted", far, toUs(datagram(unhex(t, v4U)), 255), packet.Accepted, 0},
		{"R45 TTL 255 where at most 254 is wanted", near, toUs(datagram(unhex(t, v4U)), 255), packet.DropTTL, 0},
		{"R45 TTL 254 where at most 254 is wanted", near, toUs(datagram(unhex(t, v4U)), 254), packet.Accepted, 0},
		{"R45 TTL 1 where none is wanted", unicast(expect(3)), toUs(datagram(unhex(t, v4U)), 1), packet.Accepted, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if note, drop := receive(&tt.expect, tt.raw); drop != tt.drop || note != tt.note {
				t.Errorf("got %v (notes: %v), want %v (notes: %v)", drop, note, tt.drop, tt.note)
			}
		})
	}
	t.Run("IPv6, R17 does not hold", func(t *testing.T) {
		a, x := advert(3), expect6()
		a.Addresses = vip6
		pdu, err := a.AppendTo(nil, peer6, x.Source)
		if err != nil {
			t.Fatal(err)
		}
		x.Unicast, x.Peers = true, []packet.Peer{{Address: peer6, MinTTL: 64}}
		for hops, want := range map[uint8]packet.Drop{64: packet.Accepted, 63: packet.DropTTL} {
			p, _ := packet.IPv6(pdu, peer6.WithZone("eth0"), x.Source, hops)
			if _, drop := x.Receive(p, &a); drop != want {
				t.Errorf("hop limit %d: got %v, want %v", hops, drop, want)
			}
		}
	})
}

// The receive path makes no garbage with authentication either.
func TestAllocationsOfAuthentication(t *testing.T) {
	var a packet.Advert
	ah, v2, v3 := withAH(), withPassword(), signed(3, rules())
	out, buf := advert(3), make([]byte, 0, 128)
	sealed := advert(2)
	sealed.AuthType, sealed.AH = packet.AuthHeader, packet.NewAH(secret)
	now := vectorTime
	raws := [][]byte{unhex(t, v3IP), unhex(t, v2IP), unhex(t, h1IP)}
	signer := hmacOf(t, rules())
	n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Millisecond)
		for i, x := range []*packet.Expect{&ah, &v2, &v3} {
			p, _ := packet.IPv4(raws[i])
			p.At = now
			_, _ = x.Receive(p, &a)
		}
		if err := signer.Sign(&out, peer4, now); err != nil {
			t.Fatal(err)
		}
		if _, err := out.AppendIPv4(buf, peer4, packet.Group(false), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := sealed.AppendIPv4(buf, peer4, packet.Group(false), 0); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per run, want none", n)
	}
}
