package main

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

const ethernetHeader = 14

// advertIn is the VRRP message in a frame and who sent it; nil in another frame.
func advertIn(f netlab.Frame) (pdu []byte, source netip.Addr) {
	if len(f.Data) < ethernetHeader {
		return nil, netip.Addr{}
	}
	data := f.Data[ethernetHeader:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_IP:
		if p, drop := packet.IPv4(data); drop == packet.Accepted {
			return p.PDU, p.Source
		}
	case unix.ETH_P_IPV6:
		if len(data) > 40 && data[6] == packet.Protocol {
			return data[40:], netip.AddrFrom16([16]byte(data[8:24]))
		}
	}
	return nil, netip.Addr{}
}

// announcedIn is the address that a gratuitous ARP or an unsolicited neighbour advertisement is for; invalid in
// another frame.
func announcedIn(f netlab.Frame) netip.Addr {
	if len(f.Data) < ethernetHeader {
		return netip.Addr{}
	}
	data := f.Data[ethernetHeader:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case unix.ETH_P_ARP:
		if len(data) >= 28 && [4]byte(data[14:18]) == [4]byte(data[24:28]) {
			return netip.AddrFrom4([4]byte(data[14:18]))
		}
	case unix.ETH_P_IPV6: // type 136, S flag clear (RFC 4861 section 4.4)
		if len(data) >= 64 && data[6] == unix.IPPROTO_ICMPV6 && data[40] == 136 && data[44]&0x40 == 0 {
			return netip.AddrFrom16([16]byte(data[48:64]))
		}
	}
	return netip.Addr{}
}

// complaints are what tshark finds wrong in a capture, a line for each frame.
func complaints(t *testing.T, c *netlab.Capture) []string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "run.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WritePcap(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	adverts, announcements := tsharkLines(t, file.Name())
	if adverts == 0 || announcements == 0 {
		return []string{"tshark sees no adverts, or no announcements"}
	}
	return badLines(t, file.Name())
}

// tsharkLines counts what tshark recognises.
func tsharkLines(t *testing.T, path string) (adverts, announcements int) {
	t.Helper()
	for _, line := range tshark(t, path, "vrrp || arp.isgratuitous == 1 || icmpv6.type == 136", "frame.protocols") {
		if strings.HasSuffix(line, ":vrrp") {
			adverts++
		} else {
			announcements++
		}
	}
	return adverts, announcements
}

// badLines are the adverts and announcements that tshark finds wrong in length, form or checksum (0 is bad).
func badLines(t *testing.T, path string) []string {
	t.Helper()
	wrong := "(vrrp || arp || icmpv6.type == 136) && (_ws.malformed || _ws.expert.severity >= 0x400000 || " +
		"vrrp.checksum.status == 0 || ip.checksum.status == 0 || icmpv6.checksum.status == 0 || ip.ttl < 255 || ipv6.hlim < 255)"
	lines := tshark(t, path, wrong, "frame.number", "ip.src", "ipv6.src", "_ws.expert.message")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "Duplicate IP address") })
}

// tshark prints fields of the frames that a filter of its language lets pass, all checksums verified.
func tshark(t *testing.T, path, filter string, fields ...string) []string {
	t.Helper()
	program, err := netlab.Program("tshark")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", path, "-Y", filter, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	n, err := netlab.New() // it needs no network: an empty one is the safest
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	command := n.Command(t.Context(), program, args...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir()) // nobody's preferences
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tshark: %v: %s", err, out)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}
