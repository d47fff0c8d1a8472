package packet

import (
	"fmt"
	"net/netip"

	"github.com/google/gopacket"
)

// VRRP is an advert as a gopacket layer, for building and taking apart whole frames. It has the layer type of
// gopacket's own VRRP layer, so that gopacket's IPv4 and IPv6 layers lead to it in a DecodingLayerParser. Decoding
// checks the layout only; [Expect.Receive] is what judges an advert.
//
// Nothing that ha runs imports gopacket's layers: the tables that they fill at the start of a process take 6 MB and 6 ms.
type VRRP struct {
	Contents []byte // what was decoded
	Advert

	source, destination netip.Addr
}

var (
	_ gopacket.DecodingLayer     = (*VRRP)(nil)
	_ gopacket.SerializableLayer = (*VRRP)(nil)
)

// layerType is LayerTypeVRRP of gopacket's layers.
const layerType = gopacket.LayerType(119)

// LayerType is that of protocol 112.
func (v *VRRP) LayerType() gopacket.LayerType { return layerType }

// LayerContents is what was decoded.
func (v *VRRP) LayerContents() []byte { return v.Contents }

// LayerPayload is nothing: nothing follows an advert.
func (v *VRRP) LayerPayload() []byte { return nil }

// CanDecode is the layer type itself: VRRP is decoded as nothing else.
func (v *VRRP) CanDecode() gopacket.LayerClass { return layerType }

// NextLayerType is none: nothing follows an advert.
func (v *VRRP) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }

// DecodeFromBytes fills the advert from a message; the length tells the family. It fails on a message that is cut,
// longer than its count of addresses says, or of an unknown version or type. Addresses are reused.
func (v *VRRP) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	ipv6 := len(data) >= headerLen && len(data) == headerLen+16*int(data[3]) && data[3] > 0
	drop := v.decode(data, ipv6)
	if drop != Accepted {
		if drop == DropShort {
			df.SetTruncated()
		}
		return fmt.Errorf("vrrp message of %d bytes: bad %v", len(data), drop)
	}
	v.Contents = data
	return nil
}

// SetNetworkLayerForChecksum tells the IP header in front, which the checksum covers. Without it SerializeTo fails.
func (v *VRRP) SetNetworkLayerForChecksum(l gopacket.NetworkLayer) error {
	source, destination := l.NetworkFlow().Endpoints()
	s, ok := netip.AddrFromSlice(source.Raw())
	d, ok2 := netip.AddrFromSlice(destination.Raw())
	if !ok || !ok2 {
		return fmt.Errorf("vrrp over %v: need an IPv4 or IPv6 layer", l.LayerType())
	}
	v.source, v.destination = s, d
	return nil
}

// SerializeTo puts the message in front of what b holds, with its length and checksum whatever the options say.
// Errors are those of [Advert.AppendTo].
func (v *VRRP) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	pdu, err := v.AppendTo(nil, v.source, v.destination)
	if err != nil {
		return err
	}
	space, err := b.PrependBytes(len(pdu))
	if err != nil {
		return fmt.Errorf("vrrp message of %d bytes: %w", len(pdu), err)
	}
	copy(space, pdu)
	return nil
}
