package path

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What reaches the server's end of a tunnel is what ip_vs sends there (ip_vs_tunnel_xmit of net/netfilter/ipvs/ip_vs_xmit.c):
// the whole packet for the VIP behind the header of the tunnel.
func TestTunnels(t *testing.T) {
	s := newScene(t)
	for _, test := range []struct {
		name    string
		vip     netip.Addr
		through Through
		hear    string // what the server listens to
		header  []byte
	}{
		{"IPv4 in IPv4", vip4, Through{Server: server4, How: IPIP}, "ip4:4", nil},
		{"IPv6 in IPv4", vip6, Through{Server: server4, How: IPIP}, "ip4:41", nil},
		{"IPv4 in IPv6", vip4, Through{Server: server6, How: IPIP}, "ip6:4", nil},
		{"IPv6 in IPv6", vip6, Through{Server: server6, How: IPIP}, "ip6:41", nil},
		{"IPv4 in GRE", vip4, Through{Server: server4, How: GRE}, "ip4:47", []byte{0, 0, 8, 0}},
		{"IPv6 in GRE over IPv6", vip6, Through{Server: server6, How: GRE}, "ip6:47", []byte{0, 0, 0x86, 0xdd}},
		{"IPv4 in GUE", vip4, Through{Server: server4, How: GUE, Port: 6080}, "udp", []byte{0, 4, 0, 0}},
		{"IPv6 in GUE over IPv6", vip6, Through{Server: server6, How: GUE, Port: 6080}, "udp", []byte{0, 41, 0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := test.through.Server.String()
			if test.hear == "udp" {
				at = netip.AddrPortFrom(test.through.Server, 6080).String()
			}
			var end net.PacketConn
			if err := s.server.Do(func() (err error) { end, err = net.ListenPacket(test.hear, at); return err }); err != nil {
				t.Fatal(err)
			}
			defer end.Close()
			_ = end.SetReadDeadline(time.Now().Add(patience))
			ctx, cancel := context.WithCancel(t.Context())
			dialed := make(chan error, 1)
			go func() {
				dialed <- s.director.Do(func() error {
					_, err := Dial(ctx, "tcp", netip.AddrPortFrom(test.vip, 80), netip.Addr{}, test.through)
					return err
				})
			}()
			packet := make([]byte, 1500)
			n, _, err := end.ReadFrom(packet)
			if err != nil {
				t.Fatal(err)
			}
			inner, found := bytes.CutPrefix(packet[:n], test.header)
			if !found {
				t.Fatalf("the header is % x, want % x", packet[:4], test.header)
			}
			to, ports := destination(inner)
			if to != test.vip || len(ports) < 14 || binary.BigEndian.Uint16(ports[2:]) != 80 || ports[13] != 0x02 {
				t.Errorf("not a SYN to port 80 of %s: % x", test.vip, inner)
			}
			cancel()
			if err := <-dialed; !errors.Is(err, context.Canceled) {
				t.Errorf("a dial that was given up: %v", err)
			}
		})
	}
}

// destination reads whereto a packet goes, and what follows its header.
func destination(packet []byte) (netip.Addr, []byte) {
	if len(packet) >= 20 && packet[0]>>4 == 4 && packet[9] == unix.IPPROTO_TCP {
		ip, _ := netip.AddrFromSlice(packet[16:20])
		return ip, packet[int(packet[0]&15)*4:]
	}
	if len(packet) >= 40 && packet[0]>>4 == 6 && packet[6] == unix.IPPROTO_TCP {
		ip, _ := netip.AddrFromSlice(packet[24:40])
		return ip, packet[40:]
	}
	return netip.Addr{}, nil
}
