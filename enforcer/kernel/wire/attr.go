package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// attrHeader is the size of struct rtattr (linux/rtnetlink.h) and struct nlattr (linux/netlink.h), in bytes.
const attrHeader = 4

// typeMask takes NLA_F_NESTED and NLA_F_NET_BYTEORDER off an attribute's type.
const typeMask = 0x3fff

// nested is NLA_F_NESTED of linux/netlink.h.
const nested = 0x8000

// ErrShort says that a message ends before what it announces, or that an attribute has another size than its
// type. It never comes from a healthy kernel: the reader must treat what it holds as unknown.
var ErrShort = errors.New("netlink message is shorter than it says")

// align is NLMSG_ALIGN and NLA_ALIGN: both round up to four bytes.
func align(n int) int { return (n + 3) &^ 3 }

// Attr appends an attribute with the given value to b, padded to four bytes.
func Attr(b []byte, typ uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(attrHeader+len(value)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, value...)
	return append(b, make([]byte, align(len(value))-len(value))...)
}

// Uint8 appends an attribute of one byte.
func Uint8(b []byte, typ uint16, v uint8) []byte { return Attr(b, typ, []byte{v}) }

// Uint16 appends a 16-bit attribute in host byte order.
func Uint16(b []byte, typ, v uint16) []byte {
	return Attr(b, typ, binary.NativeEndian.AppendUint16(nil, v))
}

// Port appends a 16-bit attribute in network byte order.
func Port(b []byte, typ, v uint16) []byte {
	return Attr(b, typ, binary.BigEndian.AppendUint16(nil, v))
}

// Uint32 appends a 32-bit attribute in host byte order.
func Uint32(b []byte, typ uint16, v uint32) []byte {
	return Attr(b, typ, binary.NativeEndian.AppendUint32(nil, v))
}

// String appends a string with its closing zero.
func String(b []byte, typ uint16, s string) []byte {
	return Attr(b, typ, append([]byte(s), 0))
}

// Addr appends an IP address in its 4 or 16 bytes.
func Addr(b []byte, typ uint16, a netip.Addr) []byte { return Attr(b, typ, a.AsSlice()) }

// Nested appends an attribute that holds the attributes which fill appends.
func Nested(b []byte, typ uint16, fill func([]byte) []byte) []byte {
	start := len(b)
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint16(b, typ|nested)
	b = fill(b)
	binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

// Decoder walks over attributes. The first mistake stops it: Next returns false from then on and Err tells
// what was wrong, so that callers check once, at the end.
type Decoder struct {
	rest, value []byte
	typ         uint16
	err         error
}

// Decode starts at the first attribute of b.
func Decode(b []byte) *Decoder { return &Decoder{rest: b} }

// Next steps to the next attribute and reports whether there is one.
func (d *Decoder) Next() bool {
	if d.err != nil || len(d.rest) == 0 {
		return false
	}
	if len(d.rest) < attrHeader {
		return d.fail("%w: %d bytes after the last attribute", ErrShort, len(d.rest))
	}
	size := int(binary.NativeEndian.Uint16(d.rest))
	d.typ = binary.NativeEndian.Uint16(d.rest[2:]) & typeMask
	if size < attrHeader || size > len(d.rest) {
		return d.fail("%w: attribute %d claims %d bytes of %d", ErrShort, d.typ, size, len(d.rest))
	}
	d.value = d.rest[attrHeader:size]
	d.rest = d.rest[min(align(size), len(d.rest)):]
	return true
}

// Err returns the first mistake, or nil.
func (d *Decoder) Err() error { return d.err }

// Type is the current attribute's type without flags.
func (d *Decoder) Type() uint16 { return d.typ }

// Bytes is the current attribute's value. It shares the message's memory.
func (d *Decoder) Bytes() []byte { return d.value }

// Uint8 reads the value as one byte.
func (d *Decoder) Uint8() uint8 {
	if b := d.exactly(1); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 reads the value as 16 bits in host byte order.
func (d *Decoder) Uint16() uint16 {
	if b := d.exactly(2); b != nil {
		return binary.NativeEndian.Uint16(b)
	}
	return 0
}

// Port reads the value as 16 bits in network byte order.
func (d *Decoder) Port() uint16 {
	if b := d.exactly(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint32 reads the value as 32 bits in host byte order.
func (d *Decoder) Uint32() uint32 {
	if b := d.exactly(4); b != nil {
		return binary.NativeEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads the value as 64 bits in host byte order.
func (d *Decoder) Uint64() uint64 {
	if b := d.exactly(8); b != nil {
		return binary.NativeEndian.Uint64(b)
	}
	return 0
}

// String reads the value as a string that ends at its first zero, or at its end.
func (d *Decoder) String() string {
	for i, c := range d.value {
		if c == 0 {
			return string(d.value[:i])
		}
	}
	return string(d.value)
}

// Addr reads the value as an address of 4 or 16 bytes. An IPv4-mapped IPv6 address stays what it is.
func (d *Decoder) Addr() netip.Addr {
	a, ok := netip.AddrFromSlice(d.value)
	if !ok && d.err == nil {
		d.fail("%w: attribute %d is an address of %d bytes", ErrShort, d.typ, len(d.value))
	}
	return a
}

// Nested walks over the attributes inside the current one. Its mistakes must be asked for on its own.
func (d *Decoder) Nested() *Decoder { return Decode(d.value) }

// Fail makes the caller's own mistake the decoder's, unless there is one already or err is nil.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *Decoder) exactly(n int) []byte {
	if d.err != nil {
		return nil
	}
	if len(d.value) != n {
		d.fail("%w: attribute %d has %d bytes, not %d", ErrShort, d.typ, len(d.value), n)
		return nil
	}
	return d.value
}

func (d *Decoder) fail(format string, args ...any) bool {
	d.err = fmt.Errorf(format, args...)
	return false
}
