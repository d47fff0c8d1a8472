package nft

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// TestHush: whoever asks a port that nobody listens at is told so by every address but those that are hushed, until the end of that.
func TestHush(t *testing.T) {
	ns := namespace(t)
	o, nft := Options{Namespace: ns.Path()}, program(t, ns)
	asked := func(address string) *net.UDPConn {
		t.Helper()
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 9)))
		if err == nil {
			_, err = conn.Write([]byte("?"))
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() }) // nothing is lost
		return conn
	}
	told := func(conn *net.UDPConn) bool {
		t.Helper()
		raw, err := conn.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		code := 0
		if err := raw.Control(func(fd uintptr) { code, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR) }); err != nil {
			t.Fatal(err)
		}
		return syscall.Errno(code) == unix.ECONNREFUSED
	}
	addresses := []string{"127.0.0.1", "::1"}
	// The answer of lo comes in the order of the questions: once a later one was refused, the earlier one would have been.
	refused := func(address string) {
		t.Helper()
		conn := asked(address)
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("asking %s: %v, want a refusal", address, err)
		}
	}
	var ends []func() error
	for range 2 { // the second finds what the first left
		end, err := Hush(o, []netip.Addr{netip.MustParseAddr(addresses[0]), netip.MustParseAddr(addresses[1])})
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	if got := nft("list", "table", "inet", HushTable); !strings.Contains(got, "timeout 30s") {
		t.Errorf("a hush may last for ever:\n%s", got)
	}
	within := func(fn func()) {
		t.Helper()
		if err := ns.Do(func() error { fn(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	within(func() {
		for _, a := range addresses {
			conn := asked(a)
			refused("127.0.0.2")
			if told(conn) {
				t.Errorf("%s is not hushed", a)
			}
		}
	})
	if err := ends[1](); err != nil {
		t.Error(err)
	}
	within(func() {
		for _, a := range addresses {
			refused(a)
		}
	})
	netlab.WaitFor(t, 30*time.Second, "the table to be gone", func() bool { return !strings.Contains(nft("list", "tables"), HushTable) })
}
