package ipvs

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel/wire"
)

// The messages below were sent by Linux 6.1 on amd64.

// idle are the counters of an object that has seen nothing, 32 and 64 bits.
const idle = "5c000a000800010000000000080002000000000008000300000000000c00040000000000000000000c0005000000000000000000080006000000000008000700000000000800080000000000080009000000000008000a00000000007c000c000c00010000000000000000000c00020000000000000000000c00030000000000000000000c00040000000000000000000c00050000000000000000000c00060000000000000000000c00070000000000000000000c00080000000000000000000c00090000000000000000000c000a000000000000000000"

func services() map[string]Service {
	return map[string]Service{
		"010100002c0101000600010002000000060002000600000014000300c0000201000000000000000000000000060004000050000008000600777272000c00070003000000ffffffff080008003200000008000900ffffff00" + idle: {
			ID:        ServiceID{Protocol: 6, Addr: netip.MustParseAddrPort("192.0.2.1:80")},
			Scheduler: "wrr", Flags: Persistent | Hashed, Timeout: 50 * time.Second, Netmask: 24,
		},
		"010100002c010100060001000a00000006000200110000001400030020010db8000000000000000000000001060004000035000007000600736800000c0007000a000000ffffffff08000800000000000800090080000000" + idle: {
			ID:        ServiceID{Protocol: 17, Addr: netip.MustParseAddrPort("[2001:db8::1]:53"), IPv6: true},
			Scheduler: "sh", Flags: Scheduler1 | Hashed, Netmask: 128,
		},
		"0101000010010100060001000a000000080005000700000007000600727200000c00070002000000ffffffff08000800000000000800090040000000" + idle: {
			ID:        ServiceID{FWMark: 7, IPv6: true},
			Scheduler: "rr", Flags: Hashed, Netmask: 64,
		},
	}
}

func destinations() map[string]Destination {
	return map[string]Destination{
		"050100005001020014000100c6336401000000000000000000000000060002001f9000000800030002000000080004007011010005000d000100000006000e0017c0000006000f0001000000080005000a000000080006000500000008000700000000000800080000000000080009000000000006000b0002000000" + idle: {
			Addr:       netip.MustParseAddrPort("198.51.100.1:8080"),
			Forwarding: Tunnel, Weight: 70000, Upper: 10, Lower: 5, TunnelType: 1, TunnelPort: 6080, TunnelFlags: 1,
		},
		"050100005001020014000100c000020a00000000000000000000000006000200003500000800030002000000080004000300000005000d000000000006000e000000000006000f00000000000800050000000000080006000000000008000700000000000800080000000000080009000000000006000b0002000000" + idle: {
			Addr:       netip.MustParseAddrPort("192.0.2.10:53"),
			Forwarding: Tunnel, Weight: 3,
		},
		"05010000500102001400010020010db800000000000000000000000206000200003500000800030003000000080004000300000005000d000000000006000e000000000006000f00000000000800050000000000080006000000000008000700000000000800080000000000080009000000000006000b000a000000" + idle: {
			Addr:       netip.MustParseAddrPort("[2001:db8::2]:53"),
			Forwarding: DirectRoute, Weight: 3,
		},
	}
}

func compareAddr() cmp.Option { return cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }) }

// littleEndian skips a test whose bytes are those of a little-endian machine.
func littleEndian(t *testing.T) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the recorded messages are those of a little-endian machine")
	}
}

func raw(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeService(t *testing.T) {
	littleEndian(t)
	for text, want := range services() {
		got, err := DecodeService(raw(t, text))
		if diff := cmp.Diff(want, got, compareAddr()); diff != "" || err != nil {
			t.Errorf("%v: %v, -want +got:\n%s", want.ID, err, diff)
		}
	}
}

func TestDecodeDestination(t *testing.T) {
	littleEndian(t)
	for text, want := range destinations() {
		got, err := DecodeDestination(raw(t, text))
		if diff := cmp.Diff(want, got, compareAddr()); diff != "" || err != nil {
			t.Errorf("%v: %v, -want +got:\n%s", want.Addr, err, diff)
		}
	}
}

// TestDecodeStats reads counters that 32 bits do not hold.
func TestDecodeStats(t *testing.T) {
	littleEndian(t)
	for text := range destinations() {
		b := raw(t, text)
		at := bytes.LastIndex(b, raw(t, "0c000500"))
		copy(b[at+4:], raw(t, "ffffffff01000000"))
		got, err := DecodeDestination(b)
		if got.Stats.BytesOut != 0x1ffffffff || err != nil {
			t.Errorf("bytes out: got %d, %v, want %d", got.Stats.BytesOut, err, 0x1ffffffff)
		}
		return
	}
}

// TestDecodeShort cuts recorded messages everywhere: each cut inside the nested attribute is an error, never a
// half-read object.
func TestDecodeShort(t *testing.T) {
	littleEndian(t)
	for text := range services() {
		b := raw(t, text)
		for n := range b {
			if _, err := DecodeService(b[:n]); !errors.Is(err, wire.ErrShort) {
				t.Fatalf("%d of %d bytes: got %v, want %v", n, len(b), err, wire.ErrShort)
			}
		}
	}
	for text := range destinations() {
		b := raw(t, text)
		for n := range b {
			if _, err := DecodeDestination(b[:n]); !errors.Is(err, wire.ErrShort) {
				t.Fatalf("%d of %d bytes: got %v, want %v", n, len(b), err, wire.ErrShort)
			}
		}
	}
}

// TestWrittenReadsBack decodes what is sent: what a service and a destination mean does not depend on the direction.
func TestWrittenReadsBack(t *testing.T) {
	for _, want := range services() {
		want.Flags &^= Hashed
		b := wire.Nested([]byte{cmdNewService, genericVersion, 0, 0}, attrService, want.append)
		if got, err := DecodeService(b); got != want || err != nil {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	for _, want := range destinations() {
		b := wire.Nested([]byte{cmdNewDest, genericVersion, 0, 0}, attrDest, want.append)
		if got, err := DecodeDestination(b); got != want || err != nil {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
}

// TestWholeDestination: the kernel takes what is missing for zero, so an edit of the weight must carry everything.
func TestWholeDestination(t *testing.T) {
	b := Destination{Addr: netip.MustParseAddrPort("192.0.2.10:53"), Forwarding: Tunnel}.append(nil)
	sent := map[uint16]bool{}
	for d := wire.Decode(b); d.Next(); {
		sent[d.Type()] = true
	}
	for _, typ := range []uint16{
		destAddr, destPort, destForwarding, destWeight, destUpper, destLower, destFamily, destTunnelType, destTunnelPort, destTunnelFlags,
	} {
		if !sent[typ] {
			t.Errorf("attribute %d is not sent", typ)
		}
	}
}

func TestNames(t *testing.T) {
	for want, id := range map[string]ServiceID{
		"tcp 192.0.2.1:80":        {Protocol: 6, Addr: netip.MustParseAddrPort("192.0.2.1:80")},
		"udp [2001:db8::1]:53":    {Protocol: 17, Addr: netip.MustParseAddrPort("[2001:db8::1]:53")},
		"sctp 192.0.2.1:1":        {Protocol: 132, Addr: netip.MustParseAddrPort("192.0.2.1:1")},
		"protocol 99 192.0.2.1:1": {Protocol: 99, Addr: netip.MustParseAddrPort("192.0.2.1:1")},
		"fwmark 7":                {FWMark: 7},
		"fwmark 7 (IPv6)":         {FWMark: 7, IPv6: true},
	} {
		if got := id.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// FuzzDecode takes any bytes for a message: nothing panics, and what decodes is sent and decoded again to the same.
func FuzzDecode(f *testing.F) {
	for text := range services() {
		f.Add(raw(f, text))
	}
	for text := range destinations() {
		f.Add(raw(f, text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeService(b); err == nil && len(s.Scheduler) < 1000 && len(s.PEName) < 1000 {
			s.Stats = Stats{}
			s.Flags &^= Hashed
			got, err := DecodeService(wire.Nested([]byte{cmdNewService, genericVersion, 0, 0}, attrService, s.append))
			if s.ID.FWMark != 0 {
				got.ID.Addr, s.ID.Addr = netip.AddrPort{}, netip.AddrPort{}
			}
			if got != s || err != nil {
				t.Errorf("got %+v, %v\nwant %+v", got, err, s)
			}
		}
		if d, err := DecodeDestination(b); err == nil {
			d.Stats, d.Active, d.Inactive, d.Persistent = Stats{}, 0, 0, 0
			if d.Forwarding != Tunnel {
				d.TunnelType, d.TunnelPort, d.TunnelFlags = 0, 0, 0
			}
			got, err := DecodeDestination(wire.Nested([]byte{cmdNewDest, genericVersion, 0, 0}, attrDest, d.append))
			if got != d || err != nil {
				t.Errorf("got %+v, %v\nwant %+v", got, err, d)
			}
		}
	})
}
