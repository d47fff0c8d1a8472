package socket

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// TestTsharkHasNoComplaint lets a second pair of eyes judge all that this package puts on the wire.
//
// conform: E17 N05
func TestTsharkHasNoComplaint(t *testing.T) {
	netlab.Need(t, "netns", "tshark")
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b")
	capture := b.MustCapture(t)
	sendEverything(t, a)

	const frames = 6 // three adverts, one ARP, two neighbour advertisements
	netlab.WaitFor(t, 5*time.Second, "all frames to be captured", func() bool {
		n := 0
		for _, f := range capture.Frames() {
			if isAdvert(f) || isAnnouncement(f) {
				n++
			}
		}
		return n >= frames
	})
	file, err := os.Create(filepath.Join(t.TempDir(), "sent.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	if err := capture.WritePcap(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	got := tshark(t, a, file.Name())
	// The fields as tshark(t) asks for them: a checksum status of 1 is good, and the last two, its remarks, are empty.
	want := []string{
		"2|51|0|1|1|255|0xc0|||||||||||",
		"3|51||1|1|255|0xc0|||||||||||",
		"3|51||1||||255|0x000000c0|||||||||",
		"|||||||||1|192.0.2.1|||||||",
		"|||||||255|0x00000000|||0|0|1|2001:db8::1|1||",
		"|||||||255|0x00000000|||1|0|1|2001:db8::1|1||",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// sendEverything sends one frame of each kind.
func sendEverything(t *testing.T, a *netlab.Host) {
	t.Helper()
	v4, v6 := open(t, a, Options{}), open(t, a, Options{IPv6: true})
	var announcer *Announcer
	err := a.Do(func() (err error) { announcer, err = OpenAnnouncer("eth0"); return err })
	if err != nil {
		t.Fatal(err)
	}
	defer announcer.Close()
	forwarding := func(value string) error {
		return a.Do(func() error { return os.WriteFile("/proc/sys/net/ipv6/conf/eth0/forwarding", []byte(value), 0) })
	}
	steps := []func() error{
		func() error { return v4.Send(advert(2, 51, false), sourceOf(t, a, false)) },
		func() error { return v4.Send(advert(3, 51, false), sourceOf(t, a, false)) },
		func() error { return v6.Send(advert(3, 51, true), sourceOf(t, a, true)) },
		func() error { return announcer.Announce(netip.MustParseAddr("192.0.2.1")) },
		func() error { return announcer.Announce(netip.MustParseAddr("2001:db8::1")) },
		func() error { return forwarding("1") },
		func() error { return announcer.Announce(netip.MustParseAddr("2001:db8::1")) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}

// tshark decodes a capture with all checksums verified, a line for every frame of ours; the end of a line holds what
// tshark remarks.
func tshark(t *testing.T, h *netlab.Host, path string) []string {
	t.Helper()
	fields := []string{
		"vrrp.version", "vrrp.virt_rtr_id", "vrrp.auth_type", "vrrp.checksum.status", "ip.checksum.status", "ip.ttl",
		"ip.dsfield", "ipv6.hlim", "ipv6.tclass", "arp.isgratuitous", "arp.dst.proto_ipv4", "icmpv6.nd.na.flag.r",
		"icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.o", "icmpv6.nd.na.target_address", "icmpv6.checksum.status",
		"_ws.expert.message", "_ws.malformed",
	}
	args := []string{"-n", "-r", path, "-Y", "vrrp || arp || icmpv6.type == 136", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	program, err := netlab.Program("tshark")
	if err != nil {
		t.Fatal(err)
	}
	command := h.Command(t.Context(), program, args...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir()) // nobody's preferences
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tshark: %v: %s", err, out)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// An interface without ARP has no neighbours whose caches an announcement could correct.
func TestAnnouncerIsSilentWithoutARP(t *testing.T) {
	lan := netlab.NewTestLAN(t)
	a, b := lan.MustAdd(t, "a", "192.0.2.11/24"), lan.MustAdd(t, "b")
	capture := b.MustCapture(t)
	vip, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	announce := func(vip netip.Addr) error {
		return a.Do(func() error {
			announcer, err := OpenAnnouncer("eth0")
			if err != nil {
				return err
			}
			if err := announcer.Announce(vip); err != nil {
				return err
			}
			return announcer.Close()
		})
	}
	steps := []func() error{
		func() error { return setFlag(a, unix.IFF_NOARP, true) },
		func() error { return announce(vip) },
		func() error { return setFlag(a, unix.IFF_NOARP, false) },
		func() error { return announce(other) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	f, ok := capture.Wait(5*time.Second, isAnnouncement)
	if !ok || netip.AddrFrom4([4]byte(f.Data[28:32])) != other {
		t.Errorf("the first announcement is %x, want one for %s", f.Data, other)
	}
}

// setFlag sets or clears an interface flag of eth0.
func setFlag(h *netlab.Host, flag uint16, on bool) error {
	return h.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		request, err := unix.NewIfreq("eth0")
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
			return err
		}
		flags := request.Uint16() &^ flag
		if on {
			flags |= flag
		}
		request.SetUint16(flags)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
	})
}
