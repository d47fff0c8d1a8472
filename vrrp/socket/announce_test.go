package socket

import (
	"encoding/hex"
	"net"
	"net/netip"
	"testing"
)

// conform: N04
func TestFramesAreByteForByte(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	mac4, mac6 := net.HardwareAddr{0, 0, 0x5e, 0, 1, 0x33}, net.HardwareAddr{0, 0, 0x5e, 0, 2, 0x33}
	tests := []struct {
		name  string
		build func() ([]byte, error)
		want  string
	}{
		{
			"8.1.2 gratuitous ARP (G1V)",
			func() ([]byte, error) { return GratuitousARP(mac4, v4) },
			"ffffffffffff00005e0001330806000108000604000100005e000133c000020100005e000133c0000201",
		},
		{
			"RFC 5944 4.6 gratuitous ARP as a reply",
			func() ([]byte, error) { return GratuitousReply(mac4, v4) },
			"ffffffffffff00005e0001330806000108000604000200005e000133c000020100005e000133c0000201",
		},
		{
			"8.2.2 neighbour advertisement of a router (G2)",
			func() ([]byte, error) { return UnsolicitedNA(mac6, v6, true) },
			"33330000000100005e00023386dd6000000000203aff20010db8000000000000000000000001ff02000000000000000000000000" +
				"000188001af8a000000020010db8000000000000000000000001020100005e000233",
		},
		{
			"8.2.2 neighbour advertisement of a host (G3)",
			func() ([]byte, error) { return UnsolicitedNA(mac6, v6, false) },
			"33330000000100005e00023386dd6000000000203aff20010db8000000000000000000000001ff02000000000000000000000000" +
				"000188009af82000000020010db8000000000000000000000001020100005e000233",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.build()
			if err != nil || hex.EncodeToString(got) != tt.want {
				t.Errorf("got %x, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestFramesThatCannotBe(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	infiniband := make(net.HardwareAddr, 20)
	tests := []struct {
		name string
		err  func() error
	}{
		{"ARP for IPv6", func() error { _, err := GratuitousARP(mac, v6); return err }},
		{"ARP from InfiniBand", func() error { _, err := GratuitousARP(infiniband, v4); return err }},
		{"ARP for nothing", func() error { _, err := GratuitousARP(mac, netip.Addr{}); return err }},
		{"NA for IPv4", func() error { _, err := UnsolicitedNA(mac, v4, false); return err }},
		{"NA for a mapped address", func() error {
			_, err := UnsolicitedNA(mac, netip.MustParseAddr("::ffff:192.0.2.1"), false)
			return err
		}},
		{"NA from nowhere", func() error { _, err := UnsolicitedNA(nil, v6, false); return err }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.err(); err == nil {
				t.Error("no error")
			}
		})
	}
}
