package packet_test

import (
	"bytes"
	"testing"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
)

// FuzzParse feeds any bytes as a datagram. Nothing panics; what is accepted is read by gopacket, which wants nothing behind it, as the same packet, and
// encodes to the bytes that were read.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.hex))
	}
	f.Add(unhex(f, "2044031a1122334400000000000f4240000493e0000000000103"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c bfd.Control
		if packet.Parse(raw, &c) != packet.Accepted {
			return
		}
		if c.Mine == 0 || c.Multiplier == 0 || c.Yours == 0 && c.State >= bfd.Init {
			t.Fatalf("accepted %+v", c)
		}
		if got := second(t, raw[:raw[3]]); got != c {
			t.Fatalf("parsed %+v, gopacket reads %+v", c, got)
		}
		out, in := packet.Append(nil, &c), bytes.Clone(raw[:packet.Len])
		in[3] = packet.Len // a longer packet is read, none is sent
		if !bytes.Equal(in, out) {
			t.Fatalf("%x encodes to %x", in, out)
		}
	})
}
