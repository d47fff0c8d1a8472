package socket

import (
	"testing"

	"golang.org/x/net/bpf"
)

func TestAdvertFilter(t *testing.T) {
	const vrid = 51
	ip := func(protocol byte, options int, pdu ...byte) []byte {
		header := make([]byte, 20+4*options)
		header[0], header[9] = 0x45+byte(options), protocol
		return append(header, pdu...)
	}
	header := func(next byte, pdu ...byte) []byte {
		return append(append([]byte{next}, make([]byte, 23)...), pdu...)
	}
	all := make([]uint8, 255)
	for i := range all {
		all[i] = uint8(i + 1)
	}
	tests := []struct {
		name     string
		ipv6     bool
		ah       bool
		vrids    []uint8
		datagram []byte
		want     bool
	}{
		{"version 2 over IPv4", false, false, []uint8{vrid}, ip(112, 0, 0x21, vrid, 100, 1), true},
		{"version 3 over IPv4", false, false, []uint8{vrid}, ip(112, 0, 0x31, vrid, 100, 1), true},
		{"with IP options", false, false, []uint8{vrid}, ip(112, 2, 0x31, vrid, 100, 1), true},
		{"another protocol", false, false, []uint8{vrid}, ip(89, 0, 0x31, vrid, 100, 1), false},
		{"type 7", false, false, []uint8{vrid}, ip(112, 0, 0x27, vrid, 100, 1), false},
		{"version 8", false, false, []uint8{vrid}, ip(112, 0, 0x81, vrid, 100, 1), false},
		{"another VRID", false, false, []uint8{vrid}, ip(112, 0, 0x31, vrid+1, 100, 1), false},
		{"the last of many VRIDs", false, false, all, ip(112, 0, 0x31, 255, 100, 1), true},
		{"VRID 0 among many", false, false, all, ip(112, 0, 0x31, 0, 100, 1), false},
		{"any VRID", false, false, nil, ip(112, 0, 0x31, 7, 100, 1), true},
		{"cut off before the VRID", false, false, nil, ip(112, 0), false},
		{"empty", false, false, nil, nil, false},
		{"behind an authentication header", false, true, []uint8{vrid}, ip(51, 0, append(make([]byte, 24), 0x21, vrid)...), false},
		{"behind an authentication header for VRRP", false, true, []uint8{vrid}, ip(51, 1, header(112, 0x21, vrid)...), true},
		{"another VRID behind one", false, true, []uint8{vrid}, ip(51, 0, header(112, 0x21, 7)...), false},
		{"UDP behind one", false, true, nil, ip(51, 0, header(17, 0x21, vrid)...), false},
		{"without one where it is wanted", false, true, nil, ip(112, 0, header(112, 0x21, vrid)...), false},
		{"with one where none is wanted", false, false, nil, ip(51, 0, header(112, 0x21, vrid)...), false},
		{"version 3 over IPv6", true, false, []uint8{vrid}, []byte{0x31, vrid, 100, 1}, true},
		{"another VRID over IPv6", true, false, []uint8{vrid}, []byte{0x31, 1, 100, 1}, false},
		{"type 2 over IPv6", true, false, nil, []byte{0x32, vrid, 100, 1}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vm, err := bpf.NewVM(advertFilter(tt.ipv6, tt.ah, tt.vrids))
			if err != nil {
				t.Fatal(err)
			}
			kept, err := vm.Run(tt.datagram)
			if err != nil || kept > 0 != tt.want {
				t.Errorf("kept %d bytes, %v; want kept: %v", kept, err, tt.want)
			}
		})
	}
}
