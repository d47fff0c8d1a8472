package wire

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
)

func TestAttributesReadBack(t *testing.T) {
	b := Uint8(nil, 1, 0xab)
	b = Uint16(b, 2, 0xabcd)
	b = Port(b, 3, 443)
	b = Uint32(b, 4, 0xdeadbeef)
	b = String(b, 5, "eth0")
	b = Addr(b, 6, netip.MustParseAddr("192.0.2.1"))
	b = Addr(b, 7, netip.MustParseAddr("2001:db8::1"))
	b = Nested(b, 8, func(b []byte) []byte { return Uint32(Uint8(b, 1, 7), 2, 9) })
	b = Attr(b, 9, []byte{1, 2, 3, 4, 5, 6, 7, 8})
	b = Attr(b, 10, nil)
	if len(b)%4 != 0 {
		t.Errorf("%d bytes are not aligned", len(b))
	}
	d := Decode(b)
	next := func() *Decoder {
		if !d.Next() {
			t.Fatalf("no attribute: %v", d.Err())
		}
		return d
	}
	if got := next().Uint8(); got != 0xab {
		t.Errorf("uint8 %x", got)
	}
	if got := next().Uint16(); got != 0xabcd {
		t.Errorf("uint16 %x", got)
	}
	if got := next(); got.Port() != 443 || !bytes.Equal(got.Bytes(), []byte{1, 187}) {
		t.Errorf("port %v", got.Bytes())
	}
	if got := next().Uint32(); got != 0xdeadbeef {
		t.Errorf("uint32 %x", got)
	}
	if got := next().String(); got != "eth0" {
		t.Errorf("string %q", got)
	}
	for _, want := range []string{"192.0.2.1", "2001:db8::1"} {
		if got := next().Addr(); got.String() != want {
			t.Errorf("address %v, want %s", got, want)
		}
	}
	in := next().Nested()
	if d.Type() != 8 || !in.Next() || in.Uint8() != 7 || !in.Next() || in.Uint32() != 9 || in.Next() || in.Err() != nil {
		t.Errorf("nested: type %d, %v", d.Type(), in.Err())
	}
	if got := next().Uint64(); got == 0 {
		t.Error("uint64 is 0")
	}
	if got := next().Bytes(); len(got) != 0 {
		t.Errorf("empty attribute has %d bytes", len(got))
	}
	if d.Next() || d.Err() != nil {
		t.Errorf("more attributes, or %v", d.Err())
	}
}

// TestDecoderIsStrict: a value of another size than its type is an error that stays.
func TestDecoderIsStrict(t *testing.T) {
	odd := append(Attr(nil, 1, []byte{1, 2, 3}), Uint32(nil, 2, 1)...)
	for name, readIt := range map[string]func(*Decoder){
		"uint8":   func(d *Decoder) { d.Uint8() },
		"uint16":  func(d *Decoder) { d.Uint16() },
		"port":    func(d *Decoder) { d.Port() },
		"uint32":  func(d *Decoder) { d.Uint32() },
		"uint64":  func(d *Decoder) { d.Uint64() },
		"address": func(d *Decoder) { d.Addr() },
	} {
		d := Decode(odd)
		if !d.Next() {
			t.Fatalf("%s: %v", name, d.Err())
		}
		readIt(d)
		if !errors.Is(d.Err(), ErrShort) || d.Next() {
			t.Errorf("%s of 3 bytes: got %v, want %v and no further attribute", name, d.Err(), ErrShort)
		}
	}
	for _, b := range [][]byte{{1}, {3, 0, 1, 0}, {0, 0, 0, 0}, {9, 0, 1, 0, 1, 2}, {255, 255, 1, 0}} {
		d := Decode(b)
		if d.Next() || !errors.Is(d.Err(), ErrShort) {
			t.Errorf("% x: got %v, want %v", b, d.Err(), ErrShort)
		}
	}
	if d := Decode(nil); d.Next() || d.Err() != nil {
		t.Errorf("nothing: got %v, want no attribute and no error", d.Err())
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(Uint32(String(nil, 5, "eth0"), 1, 1))
	f.Add(Nested(nil, 8, func(b []byte) []byte { return Uint8(b, 1, 7) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		d := Decode(b)
		for d.Next() {
			total += attrHeader + len(d.Bytes())
			for in := d.Nested(); in.Next(); {
				_ = in.String()
			}
		}
		if total > len(b) {
			t.Errorf("%d bytes of attributes in %d", total, len(b))
		}
	})
}
