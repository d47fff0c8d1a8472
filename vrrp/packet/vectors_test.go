package packet_test

import (
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"ha/vrrp/packet"
)

// Packets as keepalived 2.2.7 and 2.4.3 send them: VRID 51, priority 200, one second, from 192.0.2.11 or
// fe80::211:22ff:fe33:4455. A suffix IP is the whole packet, without it the message alone.
const (
	v1   = "2133c801000154c8c00002010000000000000000"                                         // version 2
	v1IP = "45c0002800010000ff701887c000020be00000122133c801000154c8c00002010000000000000000" // the same, whole
	v1N  = "2133c8030001688ec0000201c0000202c63364010000000000000000"                         // three addresses
	v1Z  = "2133000100011cc9c00002010000000000000000"                                         // priority 0
	v1X  = "2133c801000154c8c0000201"                                                         // no authentication data
	v2   = "2133c801010149aec00002017333637233740000"                                         // password s3cr3t
	v2IP = "45c0002800010000ff701887c000020be00000122133c801010149aec00002017333637233740000" // the same, whole
	v2X  = "2133c801010153c8c00002017333637233740000"                                         // v2, sum without the password
	v4   = "3133c8010064a1cac0000201"                                                         // version 3
	v4IP = "45c0002000010000ff70188fc000020be00000123133c8010064a1cac0000201"                 // the same, whole
	v4M  = "3133c80100644465c0000201"                                                         // sum over the message
	v4U  = "3133c8010064bfd0c0000201"                                                         // unicast to 192.0.2.12
	v4L  = "3133ff010fff5b2fc0000201"                                                         // priority 255, 40.95 s
	v4R  = "3133c801f064b1c9c0000201"                                                         // reserved bits set
	v4Z  = "3133c8010000a22ec0000201"                                                         // interval 0
	v5   = "3133c80200647412fe80000000000000000000000000005120010db8000000000000000000000001" // IPv6
	v5IP = "6c000000002870fffe80000000000000021122fffe334455ff020000000000000000000000000012" + v5
	v5X  = "3133c8020064d9d9fe80000000000000000000000000005120010db8000000000000000000000001" // v5, sum over the message
	e1   = "01005e00001200005e000133080045c0002000010000ff70188fc000020be00000123133c8010064a1cac0000201"
	c1   = "213300070001dec400000000000000000000000000000000000000000000000000000000" // CARP
	v4O  = v4                                                                         // unicast, sum with the group
	v3IP = "45c0004000010000ff3318acc000020be000001270040000c000020b0000000124710233143a2516e8539f172133c801020152c8c00002010000000000000000"
	v3U  = "45c0004000010000ff3336b2c000020bc000020c70040000c000020b000000012ca9a1f509f6bfb40cf1180a2133c801020152c8c00002010000000000000000"
	v3R  = "8c182a9144478e64fae29bf1" // integrity check value of v3IP by the letter of RFC 2402
	h2IP = "45c0004400010000ff70186bc000020be00000122133c801000154c8c00002010000000000000000" +
		"010100006a557c0080000000b110808ea698c48e0274614d17a8e673"
	h3 = "3133c80200648ed2fe80000000000000000000000000005120010db8000000000000000000000001" +
		"010100006a557c00800000006703d0b0f283f8d005459f0d66e84f88"
	h1IP = "45c0003c00010000ff701873c000020be00000123133c8010064a1cac0000201" + // with keepalived's HMAC trailer
		"010100006a557c008000000091e7a0e9e8edb923dc2e883a6fb1796c"
)

var (
	peer4 = netip.MustParseAddr("192.0.2.11")
	peer6 = netip.MustParseAddr("fe80::211:22ff:fe33:4455")
	vip4  = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	vip6  = []netip.Addr{netip.MustParseAddr("fe80::51"), netip.MustParseAddr("2001:db8::1")}
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// advert is the content of the vectors.
func advert(version uint8) packet.Advert {
	return packet.Advert{Version: version, VRID: 51, Priority: 200, Interval: time.Second, Addresses: vip4}
}

func TestEncode(t *testing.T) {
	with := func(version uint8, change func(*packet.Advert)) packet.Advert {
		a := advert(version)
		change(&a)
		return a
	}
	three := []netip.Addr{vip4[0], netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("198.51.100.1")}
	group4, group6 := packet.Group(false), packet.Group(true)
	tests := []struct {
		name      string
		advert    packet.Advert
		from, to  netip.Addr
		want      string
		wantWhole string
	}{
		{"E01 v2 without authentication is V1", advert(2), peer4, group4, v1, v1IP},
		{
			"E02 three addresses of v2 are V1N, in configuration order",
			with(2, func(a *packet.Advert) { a.Addresses = three }), peer4, group4, v1N, "",
		},
		{
			"E03 a password of six characters is zero-padded, V2",
			with(2, func(a *packet.Advert) { a.AuthType = 1; copy(a.Auth[:], "s3cr3t") }), peer4, group4, v2, v2IP,
		},
		{"E07 v3 over IPv4 with pseudo-header is V4", advert(3), peer4, group4, v4, v4IP},
		{
			"E07 v3 over IPv4, message alone, is V4M",
			with(3, func(a *packet.Advert) { a.Form = packet.Message }), peer4, group4, v4M, "",
		},
		{"E08 v3 to a unicast peer sums that peer, V4U", advert(3), peer4, netip.MustParseAddr("192.0.2.12"), v4U, ""},
		{
			"an old peer wants the sum with the group, V4O",
			with(3, func(a *packet.Advert) { a.Form = packet.OldUnicast }), peer4, netip.MustParseAddr("192.0.2.12"), v4O, "",
		},
		{
			"E09 v3 over IPv6 with software checksum is V5",
			with(3, func(a *packet.Advert) { a.Addresses = vip6 }), peer6, group6, v5, "",
		},
		{
			"E10 E13 40.95 s is 0fff with no reserved bit, with priority 255 it is V4L",
			with(3, func(a *packet.Advert) { a.Priority, a.Interval = 255, 40950*time.Millisecond }), peer4, group4, v4L, "",
		},
		{
			"E12 priority 0 keeps count and list, V1Z",
			with(2, func(a *packet.Advert) { a.Priority = 0 }), peer4, group4, v1Z, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.advert.AppendTo([]byte("x"), tt.from, tt.to)
			if err != nil || hex.EncodeToString(got[1:]) != tt.want {
				t.Errorf("message: got %x, %v, want 78 %s", got, err, tt.want)
			}
			if tt.wantWhole == "" {
				return
			}
			got, err = tt.advert.AppendIPv4([]byte("x"), tt.from, tt.to, 1)
			if err != nil || hex.EncodeToString(got[1:]) != tt.wantWhole {
				t.Errorf("packet: got %x, %v, want 78 %s", got, err, tt.wantWhole)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	many := make([]netip.Addr, 256)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
	}
	tests := []struct {
		name   string
		change func(*packet.Advert)
	}{
		{"E10 40.96 s in v3", func(a *packet.Advert) { a.Interval = 40960 * time.Millisecond }},
		{"E11 2.5 s in v2", func(a *packet.Advert) { a.Version, a.Interval = 2, 2500*time.Millisecond }},
		{"E11 256 s in v2", func(a *packet.Advert) { a.Version, a.Interval = 2, 256*time.Second }},
		{"E15 256 addresses", func(a *packet.Advert) { a.Addresses = many }},
		{"5 ms in v3", func(a *packet.Advert) { a.Interval = 5 * time.Millisecond }},
		{"interval 0", func(a *packet.Advert) { a.Interval = 0 }},
		{"version 4", func(a *packet.Advert) { a.Version = 4 }},
		{"VRID 0", func(a *packet.Advert) { a.VRID = 0 }},
		{"no address in v3", func(a *packet.Advert) { a.Addresses = nil }},
		{"an IPv6 address over IPv4", func(a *packet.Advert) { a.Addresses = vip6 }},
		{"an invalid address", func(a *packet.Advert) { a.Addresses = make([]netip.Addr, 1) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := advert(3)
			tt.change(&a)
			if got, err := a.AppendIPv4([]byte("x"), peer4, packet.Group(false), 1); err == nil || string(got) != "x" {
				t.Errorf("got %x, %v, want the buffer unchanged and an error", got, err)
			}
		})
	}
	a := advert(2)
	a.Addresses = vip6
	if got, err := a.AppendTo(nil, peer6, packet.Group(true)); err == nil {
		t.Errorf("v2 over IPv6: got %x, want an error", got)
	}
	a = advert(3)
	if got, err := a.AppendTo(nil, peer4, packet.Group(true)); err == nil {
		t.Errorf("two families in one header: got %x, want an error", got)
	}
}
