package packet_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ha/vrrp/packet"
)

func TestLayerDecodes(t *testing.T) {
	var eth layers.Ethernet
	var ip4 layers.IPv4
	var ip6 layers.IPv6
	var vrrp packet.VRRP
	tests := []struct {
		name, frame string
		first       gopacket.LayerType
		want        packet.Advert
	}{
		{"E1", e1, layers.LayerTypeEthernet, advert(3)},
		{"V1IP", v1IP, layers.LayerTypeIPv4, advert(2)},
		{"V5IP", v5IP, layers.LayerTypeIPv6, func() packet.Advert {
			a := advert(3)
			a.Addresses = vip6
			return a
		}()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parser := gopacket.NewDecodingLayerParser(tt.first, &eth, &ip4, &ip6, &vrrp)
			var decoded []gopacket.LayerType
			if err := parser.DecodeLayers(unhex(t, tt.frame), &decoded); err != nil {
				t.Fatal(err)
			}
			if decoded[len(decoded)-1] != vrrp.LayerType() || !reflect.DeepEqual(vrrp.Advert, tt.want) {
				t.Errorf("got %v, %+v, want an advert %+v", decoded, vrrp.Advert, tt.want)
			}
		})
	}
	for _, bad := range []string{"", v1X, c1, v4 + "00", "27" + v1[2:]} {
		if err := vrrp.DecodeFromBytes(unhex(t, bad), gopacket.NilDecodeFeedback); err == nil {
			t.Errorf("%q: decoded as %+v, want an error", bad, vrrp.Advert)
		}
	}
}

func TestLayerSerializes(t *testing.T) {
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	t.Run("E09 a whole IPv6 packet is V5IP", func(t *testing.T) {
		ip := &layers.IPv6{
			Version: 6, TrafficClass: 0xc0, HopLimit: 255, NextHeader: layers.IPProtocolVRRP,
			SrcIP: peer6.AsSlice(), DstIP: packet.Group(true).AsSlice(),
		}
		vrrp := &packet.VRRP{Advert: advert(3)}
		vrrp.Addresses = vip6
		check(t, v5IP, opts, ip, vrrp, ip)
	})
	t.Run("E07 a whole IPv4 packet is V4IP", func(t *testing.T) {
		ip := &layers.IPv4{
			Version: 4, IHL: 5, TOS: 0xc0, TTL: 255, Id: 1, Protocol: layers.IPProtocolVRRP,
			SrcIP: peer4.AsSlice(), DstIP: packet.Group(false).AsSlice(),
		}
		check(t, v4IP, opts, ip, &packet.VRRP{Advert: advert(3)}, ip)
	})
	if err := (&packet.VRRP{Advert: advert(3)}).SerializeTo(gopacket.NewSerializeBuffer(), opts); err == nil {
		t.Error("without a network layer: serialized, want an error")
	}
}

func check(
	t *testing.T, want string, opts gopacket.SerializeOptions,
	network gopacket.NetworkLayer, vrrp *packet.VRRP, ip gopacket.SerializableLayer,
) {
	t.Helper()
	if err := vrrp.SetNetworkLayerForChecksum(network); err != nil {
		t.Fatal(err)
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, opts, ip, vrrp); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(buf.Bytes()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
