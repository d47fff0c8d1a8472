package socket

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ha/enforcer/netlab"
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

// Frames are those that gopacket builds from the same fields.
func TestFramesAreThoseOfGopacket(t *testing.T) {
	serialize := func(parts ...gopacket.SerializableLayer) []byte {
		buffer := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...); err != nil {
			t.Fatal(err)
		}
		return buffer.Bytes()
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		mac, bytes16 := make(net.HardwareAddr, 6), [16]byte{0x20, 1}
		for i := range mac {
			mac[i] = byte(dice.Uint32())
		}
		for i := range bytes16[2:] {
			bytes16[2+i] = byte(dice.Uint32())
		}
		v4, v6 := netip.AddrFrom4([4]byte(bytes16[12:])), netip.AddrFrom16(bytes16)
		ethernet := &layers.Ethernet{DstMAC: layers.EthernetBroadcast, SrcMAC: mac, EthernetType: layers.EthernetTypeARP}
		want := serialize(ethernet, &layers.ARP{
			AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: layers.ARPRequest,
			SourceHwAddress: mac, SourceProtAddress: v4.AsSlice(), DstHwAddress: mac, DstProtAddress: v4.AsSlice(),
		})[:arpFrameLen] // gopacket pads it to 60 bytes
		if got, err := GratuitousARP(mac, v4); err != nil || !bytes.Equal(got, want) {
			t.Errorf("ARP is %x, %v, want %x", got, err, want)
		}
		ethernet = &layers.Ethernet{DstMAC: net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}, SrcMAC: mac, EthernetType: layers.EthernetTypeIPv6}
		ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: 255, SrcIP: v6.AsSlice(), DstIP: net.IPv6linklocalallnodes}
		icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeNeighborAdvertisement, 0)}
		if err := icmp.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		want = serialize(ethernet, ip, icmp, &layers.ICMPv6NeighborAdvertisement{
			Flags: flagOverride | flagRouter, TargetAddress: v6.AsSlice(),
			Options: layers.ICMPv6Options{{Type: layers.ICMPv6OptTargetAddress, Data: mac}},
		})
		if got, err := UnsolicitedNA(mac, v6, true); err != nil || !bytes.Equal(got, want) || len(got) != naFrameLen {
			t.Errorf("neighbour advertisement is %x, %v, want %x", got, err, want)
		}
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

// However many frames are sent by one call, they arrive in their order; one that cannot be sent is told, and those behind it wait
// for the caller.
func TestAnnounceAll(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b")
	capture := b.MustCapture(t)
	var list []Announcement
	for i := range 3*maxBurst + 1 {
		list = append(list, Announcement{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Reply: i%2 == 1},
			Announcement{Address: netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 15: byte(i)})})
	}
	err := a.Do(func() error {
		announcer, err := OpenAnnouncer("eth0")
		if err != nil {
			return err
		}
		defer announcer.Close()
		if sent, err := announcer.AnnounceAll([]Announcement{list[0], {}, list[1]}); sent != 1 || err == nil {
			t.Errorf("%d were sent, %v; want 1, and an error", sent, err)
		}
		sent, err := announcer.AnnounceAll(list)
		if sent != len(list) {
			t.Errorf("%d were sent, want %d", sent, len(list))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	capture.Wait(30*time.Second, func(f netlab.Frame) bool { return announced(f) == list[len(list)-1].Address })
	var got []Announcement
	for _, f := range capture.Frames() {
		if address := announced(f); address.IsValid() {
			got = append(got, Announcement{Address: address, Reply: address.Is4() && f.Data[21] == arpReply})
		}
	}
	if want := append(list[:1:1], list...); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}
