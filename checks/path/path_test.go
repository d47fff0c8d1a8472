package path

import (
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func TestValidate(t *testing.T) {
	four, six := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	for _, test := range []struct {
		name    string
		through Through
		target  netip.Addr
		want    string // part of the error; empty: none
	}{
		{"none", Through{}, four, ""},
		{"dr", Through{Server: four, How: DR}, four, ""},
		{"dr across families", Through{Server: six, How: DR}, four, "another address family"},
		{"a tunnel across families", Through{Server: six, How: IPIP}, four, ""},
		{"gue", Through{Server: four, How: GUE, Port: 6080}, four, ""},
		{"gue without port", Through{Server: four, How: GUE}, four, "needs a port"},
		{"unknown", Through{Server: four, How: "nat"}, four, `way "nat" is not one of`},
		{"nobody", Through{How: GRE}, four, "has no address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.through.Validate(test.target)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// The filter lets the answers of one flow through and the errors about it, and nothing else, whatever it is shown.
func TestFilter(t *testing.T) {
	f := flow{unix.IPPROTO_TCP, netip.MustParseAddrPort("192.0.2.80:80"), netip.MustParseAddrPort("192.0.2.1:4000")}
	answer := []byte{
		0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 80, 192, 0, 2, 1, // IPv4 header
		0, 80, 0x0f, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x12, 0, 0, 0, 0, 0, 0,
	}
	options := append([]byte{0x46}, answer[1:20]...)
	options = append(append(options, 1, 1, 1, 1), answer[20:]...)
	quoted := []byte{
		0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 203, 0, 113, 9, 192, 0, 2, 1, // from whoever is on the way
		3, 1, 0, 0, 0, 0, 0, 0,
		0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 80, 0x0f, 0xa0, 0, 80, 0, 0, 0, 0,
	}
	vm, err := bpf.NewVM(f.filter())
	if err != nil {
		t.Fatal(err)
	}
	takes := func(packet []byte) bool {
		n, err := vm.Run(packet)
		return err == nil && n > 0
	}
	changed := func(packet []byte, at int) []byte {
		packet = append([]byte(nil), packet...)
		packet[at]++
		return packet
	}
	for name, packet := range map[string][]byte{"an answer": answer, "an answer with options": options, "an error about it": quoted} {
		if !takes(packet) {
			t.Errorf("%s is not heard", name)
		}
	}
	for _, at := range []int{9, 12, 15, 16, 19, 20, 21, 22, 23} {
		if takes(changed(answer, at)) {
			t.Errorf("an answer with another byte %d is heard", at)
		}
	}
	for _, at := range []int{9, 16, 20, 37, 44, 48, 50} {
		if takes(changed(quoted, at)) {
			t.Errorf("an error with another byte %d is heard", at)
		}
	}
	for n := range answer {
		if n < 24 && takes(answer[:n]) {
			t.Errorf("%d bytes of an answer are heard", n)
		}
	}
}
