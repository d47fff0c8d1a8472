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
	all := make([]uint8, 255)
	for i := range all {
		all[i] = uint8(i + 1)
	}
	tests := []struct {
		name     string
		ipv6     bool
		vrids    []uint8
		datagram []byte
		want     bool
	}{
		{"version 2 over IPv4", false, []uint8{vrid}, ip(112, 0, 0x21, vrid, 100, 1), true},
		{"version 3 over IPv4", false, []uint8{vrid}, ip(112, 0, 0x31, vrid, 100, 1), true},
		{"with IP options", false, []uint8{vrid}, ip(112, 2, 0x31, vrid, 100, 1), true},
		{"another protocol", false, []uint8{vrid}, ip(89, 0, 0x31, vrid, 100, 1), false},
		{"type 7", false, []uint8{vrid}, ip(112, 0, 0x27, vrid, 100, 1), false},
		{"version 8", false, []uint8{vrid}, ip(112, 0, 0x81, vrid, 100, 1), false},
		{"another VRID", false, []uint8{vrid}, ip(112, 0, 0x31, vrid+1, 100, 1), false},
		{"the last of many VRIDs", false, all, ip(112, 0, 0x31, 255, 100, 1), true},
		{"VRID 0 among many", false, all, ip(112, 0, 0x31, 0, 100, 1), false},
		{"any VRID", false, nil, ip(112, 0, 0x31, 7, 100, 1), true},
		{"cut off before the VRID", false, nil, ip(112, 0), false},
		{"empty", false, nil, nil, false},
		{"version 3 over IPv6", true, []uint8{vrid}, []byte{0x31, vrid, 100, 1}, true},
		{"another VRID over IPv6", true, []uint8{vrid}, []byte{0x31, 1, 100, 1}, false},
		{"type 2 over IPv6", true, nil, []byte{0x32, vrid, 100, 1}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vm, err := bpf.NewVM(advertFilter(tt.ipv6, tt.vrids))
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
