package packet_test

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"ha/vrrp/packet"
)

// expect is a receiver that fits the vectors.
func expect(version uint8) packet.Expect {
	return packet.Expect{
		Version: version, VRID: 51, Interval: time.Second,
		Source: netip.MustParseAddr("192.0.2.12"), Addresses: vip4,
	}
}

func expect6() packet.Expect {
	return packet.Expect{
		Version: 3, IPv6: true, VRID: 51, Interval: time.Second,
		Source: netip.MustParseAddr("fe80::2"), Addresses: vip6,
	}
}

// datagram puts a plain IPv4 header for the group, from the peer of the vectors, in front of a message.
func datagram(pdu []byte) []byte {
	b := []byte{0x45, 0xc0, 0, 0, 0, 1, 0, 0, 255, 112, 0, 0, 192, 0, 2, 11, 224, 0, 0, 18}
	b = append(b, pdu...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// seal makes the checksum of a message right, in the form that covers the message alone.
func seal(pdu []byte) []byte {
	pdu[6], pdu[7] = 0, 0
	var acc uint32
	for i := 0; i+1 < len(pdu); i += 2 {
		acc += uint32(binary.BigEndian.Uint16(pdu[i:]))
	}
	for acc > 0xffff {
		acc = acc&0xffff + acc>>16
	}
	binary.BigEndian.PutUint16(pdu[6:], ^uint16(acc))
	return pdu
}

func TestReceiveIPv4(t *testing.T) {
	two := []netip.Addr{vip4[0], netip.MustParseAddr("192.0.2.2")}
	edit := func(vector string, change func([]byte) []byte) []byte { return change(unhex(t, vector)) }
	tests := []struct {
		name   string
		raw    []byte
		expect func(*packet.Expect) // on a receiver of the version that the name tells
		drop   packet.Drop
		note   packet.Note
	}{
		{name: "R01 v2 V1IP", raw: unhex(t, v1IP)},
		{name: "R02 v2 seven bytes of payload", raw: datagram(unhex(t, v1)[:7]), drop: packet.DropShort},
		{name: "R03 v3 shorter than its header claims", raw: edit(v4IP, func(b []byte) []byte {
			b[0] = 0x4f
			return b
		}), drop: packet.DropShort},
		{name: "R03 v3 header length below 20", raw: edit(v4IP, func(b []byte) []byte {
			b[0] = 0x44
			return b
		}), drop: packet.DropShort},
		{name: "R04 v3 one option word", raw: edit(v4IP, func(b []byte) []byte {
			b = append(b[:20:20], append([]byte{1, 1, 1, 0}, b[20:]...)...)
			b[0], b[3] = 0x46, byte(len(b))
			return b
		})},
		{name: "R05 v2 no authentication data", raw: datagram(unhex(t, v1X)), drop: packet.DropLength},
		{name: "R06 v2 count 2, one address", raw: datagram(edit(v1, func(b []byte) []byte {
			b[3] = 2
			return seal(b)
		})), drop: packet.DropLength},
		{name: "R07 v2 count 1, two addresses", raw: datagram(edit(v1, func(b []byte) []byte {
			return seal(append(b, 192, 0, 2, 2))
		})), drop: packet.DropLength},
		{name: "R08 v3 count 255, one address", raw: datagram(edit(v4, func(b []byte) []byte {
			b[3] = 255
			return seal(b)
		})), drop: packet.DropLength},
		{name: "R09 v3 one byte behind the end of the packet", raw: append(unhex(t, v4IP), 0), drop: packet.DropLength},
		{name: "R09 v3 one byte behind the list", raw: datagram(append(unhex(t, v4), 0)), drop: packet.DropLength},
		{name: "v3 truncated by the socket", raw: append(unhex(t, v4IP)[:30:30], 0), drop: packet.DropLength},
		{name: "R10 v2 one bit of the checksum", raw: edit(v1IP, func(b []byte) []byte {
			b[26] ^= 4
			return b
		}), drop: packet.DropChecksum},
		{name: "R11 v2 checksum without the authentication data", raw: datagram(unhex(t, v2X)), drop: packet.DropChecksum},
		{name: "R12 v3 pseudo-header", raw: datagram(unhex(t, v4))},
		{name: "R12 v3 message alone", raw: datagram(unhex(t, v4M)), note: packet.NoteForm},
		{name: "R13 v3 another destination in the sum", raw: datagram(unhex(t, v4U)), drop: packet.DropChecksum},
		{name: "R16 v3 TTL 254", raw: edit(v4IP, func(b []byte) []byte {
			b[8] = 254
			return b
		}), drop: packet.DropTTL},
		{name: "R18 v3 another VRID", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.VRID = 52 }, drop: packet.DropVRID},
		{name: "R19 v3 VRID 0", raw: datagram(edit(v4, func(b []byte) []byte {
			b[1] = 0
			return seal(b)
		})), expect: func(x *packet.Expect) { x.VRID = 0 }, drop: packet.DropVRID},
		{name: "R20 v3 hears v2", raw: unhex(t, v1IP), expect: func(x *packet.Expect) { x.Version = 3 }, drop: packet.DropVersion},
		{name: "R20 v2 hears v3", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Version = 2 }, drop: packet.DropVersion},
		{name: "R21 v3 version 8", raw: edit(v4IP, func(b []byte) []byte {
			b[20] = 0x81
			return b
		}), expect: func(x *packet.Expect) { x.Version = 3 }, drop: packet.DropVersion},
		{name: "R21 v3 version 9", raw: edit(v4IP, func(b []byte) []byte {
			b[20] = 0x91
			return b
		}), expect: func(x *packet.Expect) { x.Version = 3 }, drop: packet.DropVersion},
		{name: "R22 v2 type 7", raw: edit(v1IP, func(b []byte) []byte {
			b[20] = 0x27
			return b
		}), drop: packet.DropType},
		{name: "R23 v2 interval 2 against 1", raw: datagram(edit(v1, func(b []byte) []byte {
			b[5] = 2
			return seal(b)
		})), drop: packet.DropInterval},
		{name: "R24 v3 reserved bits", raw: datagram(unhex(t, v4R))},
		{name: "R25 v3 interval 0", raw: datagram(unhex(t, v4Z)), drop: packet.DropInterval},
		{
			name: "R26 v3 another interval", raw: unhex(t, v4IP),
			expect: func(x *packet.Expect) { x.Interval = 2 * time.Second }, note: packet.NoteInterval,
		},
		{name: "R27 v3 count 0", raw: datagram(edit(v4, func(b []byte) []byte {
			b[3] = 0
			return seal(b[:8])
		})), drop: packet.DropCount},
		{name: "R27 v2 count 0", raw: datagram(edit(v1, func(b []byte) []byte {
			b[3] = 0
			return seal(append(b[:8], b[12:]...))
		})), drop: packet.DropCount},
		{name: "R27 v2 count 0, as we have none", raw: datagram(edit(v1, func(b []byte) []byte {
			b[3] = 0
			return seal(append(b[:8], b[12:]...))
		})), expect: func(x *packet.Expect) { x.Addresses = nil }},
		{name: "R28 v3 another order", raw: datagram(edit(v4, func(b []byte) []byte {
			b[3] = 2
			return seal(append(b[:8], 192, 0, 2, 2, 192, 0, 2, 1))
		})), expect: func(x *packet.Expect) { x.Addresses, x.Form = two, packet.Message }},
		{name: "R29 v3 another list", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Addresses = two }, note: packet.NoteAddresses},
		{name: "R29 v3 another list, which is not accepted", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Addresses, x.Strict = two, true }, drop: packet.DropAddresses},
		{name: "R29 v3 our list, and no other is accepted", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Strict = true }},
		{name: "v3 another group than ours", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Group = netip.MustParseAddr("224.0.0.240") }, drop: packet.DropClass},
		{name: "R31 v3 our own advert", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { x.Source = peer4 }, drop: packet.DropOwn},
		{name: "R32 v3 our address, another priority", raw: datagram(edit(v4, func(b []byte) []byte {
			b[2] = 1
			return seal(b)
		})), expect: func(x *packet.Expect) { x.Source = peer4 }, drop: packet.DropOwn},
		{name: "R33 v2 a password against none", raw: unhex(t, v2IP), drop: packet.DropAuthType},
		{name: "R36 v2 authentication type 254", raw: datagram(edit(v1, func(b []byte) []byte {
			b[4] = 254
			return seal(b)
		})), drop: packet.DropAuthType},
		{name: "R40 v3 protocol 51", raw: edit(v4IP, func(b []byte) []byte {
			b[9] = 51
			return b
		}), drop: packet.DropProtocol},
		{name: "R42 v2 CARP", raw: datagram(unhex(t, c1)), drop: packet.DropLength},
		{name: "R43 v3 addressed to our interface", raw: edit(v4IP, func(b []byte) []byte {
			copy(b[16:], []byte{192, 0, 2, 12})
			return b
		}), drop: packet.DropClass},
		{name: "R47 v3 heard by the IPv6 instance", raw: unhex(t, v4IP), expect: func(x *packet.Expect) { *x = expect6() }, drop: packet.DropVRID},
		{name: "H17 v3 a trailer nobody configured", raw: unhex(t, h1IP), drop: packet.DropLength},
		{
			name: "erratum 8298 v3 the owner hears another router", raw: unhex(t, v4IP),
			expect: func(x *packet.Expect) { x.Owner = true }, note: packet.NoteOwner,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := expect(3)
			if len(tt.raw) > 20 && tt.raw[20]>>4 == 2 {
				x = expect(2)
			}
			if tt.expect != nil {
				tt.expect(&x)
			}
			var a packet.Advert
			p, drop := packet.IPv4(tt.raw)
			note := packet.Note(0)
			if drop == packet.Accepted {
				note, drop = x.Receive(p, &a)
			}
			if drop != tt.drop || note != tt.note {
				t.Errorf("got %v (notes: %v), want %v (notes: %v)", drop, note, tt.drop, tt.note)
			}
		})
	}
}

func TestReceiveIPv6(t *testing.T) {
	group := packet.Group(true)
	tests := []struct {
		name   string
		pdu    string
		from   string
		to     netip.Addr
		hops   uint8
		expect func(*packet.Expect)
		drop   packet.Drop
		note   packet.Note
	}{
		{name: "V5", pdu: v5, from: peer6.String() + "%eth0", to: group.WithZone("eth0"), hops: 255},
		{name: "R14 V5X", pdu: v5X, from: peer6.String(), to: group, hops: 255, drop: packet.DropChecksum},
		{name: "R17 hop limit 64", pdu: v5, from: peer6.String(), to: group, hops: 64, drop: packet.DropTTL},
		{name: "R02 seven bytes", pdu: v5[:14], from: peer6.String(), to: group, hops: 255, drop: packet.DropShort},
		{name: "R20 version 2", pdu: v1, from: peer6.String(), to: group, hops: 255, drop: packet.DropVersion},
		{
			name: "R31 our own, zone or not", pdu: v5, from: peer6.String() + "%eth0", to: group, hops: 255,
			expect: func(x *packet.Expect) { x.Source = peer6 }, drop: packet.DropOwn,
		},
		{name: "R43 to our address", pdu: v5, from: peer6.String(), to: netip.MustParseAddr("fe80::2"), hops: 255, drop: packet.DropClass},
		{
			name: "R47 heard by the IPv4 instance", pdu: v5, from: peer6.String(), to: group, hops: 255,
			expect: func(x *packet.Expect) { *x = expect(3) }, drop: packet.DropVRID,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := expect6()
			if tt.expect != nil {
				tt.expect(&x)
			}
			var a packet.Advert
			p, drop := packet.IPv6(unhex(t, tt.pdu), netip.MustParseAddr(tt.from), tt.to, tt.hops)
			note := packet.Note(0)
			if drop == packet.Accepted {
				note, drop = x.Receive(p, &a)
			}
			if drop != tt.drop || note != tt.note {
				t.Errorf("got %v (notes: %v), want %v (notes: %v)", drop, note, tt.drop, tt.note)
			}
		})
	}

	t.Run("R30 the first address is global", func(t *testing.T) {
		a := packet.Advert{Version: 3, VRID: 51, Interval: time.Second, Addresses: vip6[1:]}
		pdu, err := a.AppendTo(nil, peer6, group)
		if err != nil {
			t.Fatal(err)
		}
		x := expect6()
		x.Addresses = vip6[1:]
		p, _ := packet.IPv6(pdu, peer6, group, 255)
		if note, drop := x.Receive(p, &a); drop != packet.Accepted || note != packet.NoteLinkLocal {
			t.Errorf("got %v (notes: %v), want accepted with a note about the link-local address", drop, note)
		}
	})
}

// What is read from a packet is what was written into it, also when the advert held another list before.
func TestReceiveFillsTheAdvert(t *testing.T) {
	a := packet.Advert{Version: 9, AuthType: 9, Addresses: append([]netip.Addr(nil), vip6...)}
	x := expect(3)
	p, _ := packet.IPv4(datagram(unhex(t, v4M)))
	if _, drop := x.Receive(p, &a); drop != packet.Accepted {
		t.Fatal(drop)
	}
	want := advert(3)
	want.Form = packet.Message
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v, want %+v", a, want)
	}

	x = expect(2)
	p, _ = packet.IPv4(datagram(unhex(t, v1N)))
	if note, drop := x.Receive(p, &a); drop != packet.Accepted || note != packet.NoteAddresses || len(a.Addresses) != 3 {
		t.Errorf("V1N: got %v (notes: %v), %v, want accepted with three addresses", drop, note, a.Addresses)
	}
	p, _ = packet.IPv4(datagram(unhex(t, v1Z)))
	if _, drop := x.Receive(p, &a); drop != packet.Accepted || a.Priority != 0 {
		t.Errorf("V1Z: got %v, priority %d, want accepted with priority 0", drop, a.Priority)
	}
	x = expect(3)
	p, _ = packet.IPv4(datagram(unhex(t, v4L)))
	if _, drop := x.Receive(p, &a); drop != packet.Accepted || a.Priority != 255 || a.Interval != 40950*time.Millisecond {
		t.Errorf("V4L: got %v, %+v, want accepted from the owner with 40.95 s", drop, a)
	}
}

// R48 A message in which any one bit was turned over on the way is never accepted.
func TestEveryBitCounts(t *testing.T) {
	x4, x2, x6 := expect(3), expect(2), expect6()
	tests := []struct {
		name   string
		pdu    string
		packet packet.Packet
		expect *packet.Expect
	}{
		{"V1", v1, packet.Packet{Source: peer4, Destination: packet.Group(false), TTL: 255}, &x2},
		{"V4", v4, packet.Packet{Source: peer4, Destination: packet.Group(false), TTL: 255}, &x4},
		{"V4M", v4M, packet.Packet{Source: peer4, Destination: packet.Group(false), TTL: 255}, &x4},
		{"V5", v5, packet.Packet{Source: peer6, Destination: packet.Group(true), TTL: 255}, &x6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var a packet.Advert
			p := tt.packet
			p.PDU = unhex(t, tt.pdu)
			if _, drop := tt.expect.Receive(p, &a); drop != packet.Accepted {
				t.Fatalf("untouched: %v", drop)
			}
			for bit := range 8 * len(p.PDU) {
				p.PDU[bit/8] ^= 1 << (bit % 8)
				if _, drop := tt.expect.Receive(p, &a); drop == packet.Accepted {
					t.Errorf("bit %d of byte %d turned over: accepted", bit%8, bit/8)
				}
				p.PDU[bit/8] ^= 1 << (bit % 8)
			}
		})
	}
}

// A packet that nobody made with IPv4 or IPv6 is dropped, not read beyond its end.
func TestReceiveZeroPacket(t *testing.T) {
	var a packet.Advert
	for _, p := range []packet.Packet{{}, {PDU: make([]byte, 7)}} {
		x := expect(3)
		if _, drop := x.Receive(p, &a); drop != packet.DropShort || p.VRID() != 0 {
			t.Errorf("got %v for VRID %d, want short", drop, p.VRID())
		}
	}
	if p, drop := packet.IPv6(unhex(t, v5), peer4, packet.Group(true), 255); drop != packet.DropShort {
		t.Errorf("an IPv6 payload from an IPv4 address: got %v, %+v", drop, p)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{packet.Accepted.String(): true}
	for _, d := range packet.Drops() {
		if name := d.String(); name == "" || name == "unknown" || seen[name] {
			t.Errorf("reason %d is called %q, want a name of its own", d, name)
		}
		seen[d.String()] = true
	}
	if got := packet.DropAuthType.String(); got != "auth_type" {
		t.Errorf("got %q, want auth_type", got)
	}
	if got := packet.DropCount.String(); got != "count" {
		t.Errorf("got %q, want count", got)
	}
	if got := packet.Drop(200).String(); got != "unknown" {
		t.Errorf("got %q, want unknown", got)
	}
	if got := packet.Note(0).String(); got != "none" {
		t.Errorf("got %q, want none", got)
	}
	if m, p := packet.Message.String(), packet.PseudoHeader.String(); m != "message" || p != "pseudo-header" {
		t.Errorf("got %q and %q, want the names of the two forms", m, p)
	}
	if got := (packet.NoteForm | packet.NoteOwner).String(); got != "checksum form, owner" {
		t.Errorf("got %q, want both notes", got)
	}
}
