package packet_test

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
)

// A and B of the vectors, at 192.0.2.11 and 192.0.2.12, with 300 ms × 3.
const (
	discriminatorA = 0x11223344
	discriminatorB = 0x55667788

	b1   = "204003181122334400000000000f4240000493e000000000"
	b1IP = "45c0003400010000ff1136e0c000020bc000020cc0000ec800206edb" + b1
	b2   = "208003185566778811223344000f4240000493e000000000"
	b3   = "20e003181122334455667788000493e0000493e000000000"
	b4   = "20d003185566778811223344000493e0000493e000000000"
	b5   = "214003181122334400000000000f4240000493e000000000"
	b6   = "270003181122334455667788000f4240000493e000000000"
	b7   = "204005180a0b0c0d00000000000f42400000271000000000"
	b7IP = "6c000000002011ff20010db800000000000000000000001120010db8000000000000000000000012c00112b000202c98" + b7
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// vectors are the packets and what they say.
var vectors = []struct {
	name, hex string
	control   bfd.Control
}{
	{"B1 A is Down", b1, bfd.Control{State: bfd.Down, Multiplier: 3, Mine: discriminatorA, MinTX: time.Second, MinRX: 300 * time.Millisecond}},
	{"B2 B is Init", b2, bfd.Control{State: bfd.Init, Multiplier: 3, Mine: discriminatorB, Yours: discriminatorA, MinTX: time.Second, MinRX: 300 * time.Millisecond}},
	{"B3 A is Up and polls", b3, bfd.Control{
		State: bfd.Up, Poll: true, Multiplier: 3, Mine: discriminatorA, Yours: discriminatorB, MinTX: 300 * time.Millisecond, MinRX: 300 * time.Millisecond,
	}},
	{"B4 B is Up and answers", b4, bfd.Control{
		State: bfd.Up, Final: true, Multiplier: 3, Mine: discriminatorB, Yours: discriminatorA, MinTX: 300 * time.Millisecond, MinRX: 300 * time.Millisecond,
	}},
	{"B5 A heard nothing", b5, bfd.Control{
		Diagnostic: bfd.DetectionExpired, State: bfd.Down, Multiplier: 3, Mine: discriminatorA, MinTX: time.Second, MinRX: 300 * time.Millisecond,
	}},
	{"B6 A leaves", b6, bfd.Control{
		Diagnostic: bfd.AdminDiagnostic, State: bfd.AdminDown, Multiplier: 3, Mine: discriminatorA, Yours: discriminatorB,
		MinTX: time.Second, MinRX: 300 * time.Millisecond,
	}},
	{"B7 multihop", b7, bfd.Control{State: bfd.Down, Multiplier: 5, Mine: 0x0a0b0c0d, MinTX: time.Second, MinRX: 10 * time.Millisecond}},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if got := hex.EncodeToString(packet.Append(nil, &v.control)); got != v.hex {
				t.Errorf("encoded\n%s, want\n%s", got, v.hex)
			}
			var got bfd.Control
			if drop := packet.Parse(unhex(t, v.hex), &got); drop != packet.Accepted || got != v.control {
				t.Errorf("parsed %v %+v, want %+v", drop, got, v.control)
			}
		})
	}
}

// The packets with their headers, as gopacket builds them from the same values.
func TestWholePackets(t *testing.T) {
	ipv4 := &layers.IPv4{
		Version: 4, IHL: 5, TOS: 0xc0, Id: 1, TTL: bfd.TTL, Protocol: layers.IPProtocolUDP,
		SrcIP: netip.MustParseAddr("192.0.2.11").AsSlice(), DstIP: netip.MustParseAddr("192.0.2.12").AsSlice(),
	}
	ipv6 := &layers.IPv6{
		Version: 6, TrafficClass: 0xc0, HopLimit: bfd.TTL, NextHeader: layers.IPProtocolUDP,
		SrcIP: netip.MustParseAddr("2001:db8::11").AsSlice(), DstIP: netip.MustParseAddr("2001:db8::12").AsSlice(),
	}
	for _, test := range []struct {
		name, want string
		ip         interface {
			gopacket.SerializableLayer
			gopacket.NetworkLayer
		}
		from, to layers.UDPPort
		message  string
	}{
		{"B1IP single hop over IPv4", b1IP, ipv4, bfd.FirstSource, bfd.PortSingleHop, b1},
		{"B7IP multihop over IPv6", b7IP, ipv6, bfd.FirstSource + 1, bfd.PortMultihop, b7},
	} {
		t.Run(test.name, func(t *testing.T) {
			udp := &layers.UDP{SrcPort: test.from, DstPort: test.to}
			if err := udp.SetNetworkLayerForChecksum(test.ip); err != nil {
				t.Fatal(err)
			}
			var c bfd.Control
			if drop := packet.Parse(unhex(t, test.message), &c); drop != packet.Accepted {
				t.Fatal(drop)
			}
			buffer := gopacket.NewSerializeBuffer()
			options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
			if err := gopacket.SerializeLayers(buffer, options, test.ip, udp, gopacket.Payload(packet.Append(nil, &c))); err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(buffer.Bytes()); got != test.want {
				t.Errorf("got\n%s, want\n%s", got, test.want)
			}
		})
	}
}

// conform: B08 B12
func TestBadPackets(t *testing.T) {
	for _, test := range []struct {
		name, hex string
		want      packet.Drop
	}{
		{"BX1 Detect Mult 0", "204000181122334400000000000f4240000493e000000000", packet.DropMultiplier},
		{"BX2 version 0", "004003181122334400000000000f4240000493e000000000", packet.DropVersion},
		{"BX3 multipoint", "20e103181122334455667788000493e0000493e000000000", packet.DropMultipoint},
		{"BX4 Up without Your Discriminator", "20c003181122334400000000000493e0000493e000000000", packet.DropState},
		{"BX5 length 23", "204003171122334400000000000f4240000493e000000000", packet.DropLength},
		{"BX6 23 bytes", "204003181122334400000000000f4240000493e0000000", packet.DropShort},
		{"BX7 authentication without its section", "204403181122334400000000000f4240000493e000000000", packet.DropLength},
		{"BX8 My Discriminator 0", "204003180000000000000000000f4240000493e000000000", packet.DropDiscriminator},
		{"authenticated", "2044031a1122334400000000000f4240000493e0000000000103", packet.DropAuthentication},
		{"longer than the datagram", "204003191122334400000000000f4240000493e000000000", packet.DropLength},
		{"bytes behind the packet", b1 + "ff", packet.Accepted},
		{"B12 a diagnostic without a meaning", "344003181122334400000000000f4240000493e000000000", packet.Accepted},
		{"nothing", "", packet.DropShort},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c bfd.Control
			if got := packet.Parse(unhex(t, test.hex), &c); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// gopacket's own layer is a second opinion on every accepted packet.
func TestGopacketReadsTheSame(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if got := second(t, unhex(t, v.hex)); got != v.control {
				t.Errorf("gopacket reads %+v, want %+v", got, v.control)
			}
		})
	}
}

// second is a packet as gopacket reads it.
func second(t *testing.T, b []byte) bfd.Control {
	t.Helper()
	var l layers.BFD
	if err := l.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		t.Fatal(err)
	}
	return bfd.Control{
		Diagnostic: bfd.Diagnostic(l.Diagnostic), State: bfd.State(l.State), Poll: l.Poll, Final: l.Final,
		Independent: l.ControlPlaneIndependent, Demand: l.Demand, Multiplier: uint8(l.DetectMultiplier),
		Mine: uint32(l.MyDiscriminator), Yours: uint32(l.YourDiscriminator), MinTX: time.Duration(l.DesiredMinTxInterval) * time.Microsecond,
		MinRX:     time.Duration(l.RequiredMinRxInterval) * time.Microsecond,
		MinEchoRX: time.Duration(l.RequiredMinEchoRxInterval) * time.Microsecond,
	}
}

func TestDropsHaveNames(t *testing.T) {
	seen := map[string]bool{"unheard of": true}
	for _, d := range packet.Drops() {
		if name := d.String(); seen[name] || name == "" {
			t.Errorf("drop %d is called %q", d, name)
		} else {
			seen[name] = true
		}
	}
}

// Receiving costs no memory, sending none when there is room.
func TestNothingIsAllocated(t *testing.T) {
	raw, buffer := unhex(t, b3), make([]byte, 0, packet.Len)
	var c bfd.Control
	if n := testing.AllocsPerRun(100, func() {
		packet.Parse(raw, &c)
		buffer = packet.Append(buffer[:0], &c)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	raw := unhex(b, b3)
	var c bfd.Control
	b.ReportAllocs()
	for b.Loop() {
		packet.Parse(raw, &c)
	}
}

func BenchmarkAppend(b *testing.B) {
	buffer, c := make([]byte, 0, packet.Len), vectors[2].control
	b.ReportAllocs()
	for b.Loop() {
		buffer = packet.Append(buffer[:0], &c)
	}
}
