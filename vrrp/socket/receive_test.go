package socket

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"ha/vrrp/packet"
)

// cmsg is one control message as the kernel lays it out.
func cmsg(level, kind int, data []byte) []byte {
	out := make([]byte, unix.CmsgSpace(len(data)))
	binary.NativeEndian.PutUint64(out, uint64(unix.CmsgLen(len(data))))
	binary.NativeEndian.PutUint32(out[8:], uint32(level))
	binary.NativeEndian.PutUint32(out[12:], uint32(kind))
	copy(out[unix.CmsgLen(0):], data)
	return out
}

func TestIPv6PacketPutsTheHeaderTogether(t *testing.T) {
	source := netip.MustParseAddr("fe80::1")
	group := packet.Group(true).As16()
	info := cmsg(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, append(group[:], 2, 0, 0, 0))
	hops := func(n uint32) []byte {
		return cmsg(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, binary.NativeEndian.AppendUint32(nil, n))
	}
	payload := []byte{0x31, 51, 100, 1, 0, 100, 0, 0}
	tests := []struct {
		name      string
		ancillary []byte
		from      netip.Addr
		drop      packet.Drop
	}{
		{"all there", append(info, hops(255)...), source, packet.Accepted},
		{"in the other order, with something unknown", append(append(hops(255), cmsg(unix.SOL_SOCKET, 99, []byte{1})...), info...), source, packet.Accepted},
		{"no hop limit", info, source, packet.DropTTL},
		{"no such hop limit", append(info, hops(256)...), source, packet.DropTTL},
		{"no destination", hops(255), source, packet.DropShort},
		{"no source", append(info, hops(255)...), netip.Addr{}, packet.DropShort},
		{"cut off", append(info, hops(255)[:19]...), source, packet.DropTTL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, drop := ipv6Packet(payload, tt.ancillary, tt.from)
			if drop != tt.drop {
				t.Fatalf("got %v, want %v", drop, tt.drop)
			}
			if drop == packet.Accepted && (p.Source != source || p.Destination != packet.Group(true) || p.TTL != 255) {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func FuzzIPv6Packet(f *testing.F) {
	group := packet.Group(true).As16()
	f.Add([]byte{0x31, 51, 100, 1, 0, 100, 0, 0}, cmsg(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, append(group[:], 2, 0, 0, 0)))
	f.Add([]byte{}, cmsg(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, []byte{255}))
	f.Add([]byte{0x31}, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, payload, ancillary []byte) {
		from := netip.AddrFrom16([16]byte{0xfe, 0x80, 15: 1})
		if p, drop := ipv6Packet(payload, ancillary, from); drop == packet.Accepted && len(p.PDU) != len(payload) {
			t.Errorf("a payload of %d bytes became a message of %d", len(payload), len(p.PDU))
		}
	})
}
