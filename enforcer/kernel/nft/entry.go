package nft

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// Entry is what the table holds one element for: an address, the address on one interface, or, without an address, a quiet
// interface. Link-local IPv6 addresses have an interface, others have none.
type Entry struct {
	Device string
	Addr   netip.Addr
}

// set is the name of the set that the entry stands in.
func (e Entry) set() string {
	switch {
	case !e.Addr.IsValid():
		return setQuiet
	case e.Device != "":
		return setLinkLocal
	case e.Addr.Is4():
		return set4
	}
	return set6
}

// element is the entry as its set holds it: network byte order, and interface names filled up to 16 bytes.
func (e Entry) element() nftables.SetElement {
	var key []byte
	if e.Addr.IsValid() {
		key = e.Addr.AsSlice()
	}
	if e.Device != "" {
		var name [unix.IFNAMSIZ]byte
		copy(name[:], e.Device)
		key = append(key, name[:]...)
	}
	return nftables.SetElement{Key: key}
}

// entryOf reads an element of the set of a name.
func entryOf(set string, key []byte) (Entry, error) {
	const long = 16 // of an IPv6 address
	ip, device := key, []byte(nil)
	switch {
	case set == setQuiet && len(key) == unix.IFNAMSIZ:
		ip, device = nil, key
	case set == setLinkLocal && len(key) == long+unix.IFNAMSIZ:
		ip, device = key[:long], key[long:]
	}
	e := Entry{Device: strings.TrimRight(string(device), "\x00")}
	if ip == nil {
		return e, nil
	}
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return Entry{}, fmt.Errorf("set %s of table inet %s holds an element of %d bytes", set, Table, len(key))
	}
	e.Addr = addr
	return e, nil
}
