package packet_test

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"ha/vrrp/packet"
)

// vectorTime is the time of the vectors: 2026-07-14, half a second past midnight.
var vectorTime = time.Unix(1783987200, 500_000_000)

func vectorKey() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

func rules() packet.Rules {
	return packet.Rules{Keys: map[uint8][]byte{1: vectorKey()}, Active: 1, Window: 5 * time.Second}
}

func hmacOf(t *testing.T, r packet.Rules) *packet.HMAC {
	t.Helper()
	h, err := packet.NewHMAC(r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// signed is a receiver of adverts with trailer.
func signed(version uint8, r packet.Rules) packet.Expect {
	x := expect(version)
	x.HMAC, _ = packet.NewHMAC(r) // rules that are wrong show in what is accepted
	return x
}

// heardAt is a datagram that arrives at a time.
func heardAt(x *packet.Expect, raw []byte, at time.Time) (packet.Note, packet.Drop) {
	var a packet.Advert
	p, drop := packet.IPv4(raw)
	if drop != packet.Accepted {
		return 0, drop
	}
	p.At = at
	return x.Receive(p, &a)
}

// from makes a signed datagram of an advert.
func from(t *testing.T, h *packet.HMAC, a packet.Advert, source netip.Addr, at time.Time) []byte {
	t.Helper()
	if err := h.Sign(&a, source, at); err != nil {
		t.Fatal(err)
	}
	raw, err := a.AppendIPv4(nil, source, packet.Group(false), 1)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEncodeTrailer(t *testing.T) {
	for version, want := range map[uint8]string{3: h1IP, 2: h2IP} {
		if got := from(t, hmacOf(t, rules()), advert(version), peer4, vectorTime); hex.EncodeToString(got) != want {
			t.Errorf("E14 version %d: got %x, want %s", version, got, want)
		}
	}
	a := advert(3)
	a.Addresses = vip6
	if err := hmacOf(t, rules()).Sign(&a, peer6, vectorTime); err != nil {
		t.Fatal(err)
	}
	if got, err := a.AppendTo(nil, peer6, packet.Group(true)); err != nil || hex.EncodeToString(got) != h3 {
		t.Errorf("E14 IPv6: got %x, %v, want %s", got, err, h3)
	}
}

func TestReceiveTrailer(t *testing.T) {
	mode := func(m packet.Mode) packet.Rules { r := rules(); r.Mode = m; return r }
	second := []byte("another key that is long enough, yes")
	two := rules()
	two.Keys = map[uint8][]byte{1: vectorKey(), 2: second}
	signs2 := two
	signs2.Active = 2
	bad := edit(t, h1IP, len(h1IP)/2-1, 0)
	form := unhex(t, h1IP)
	copy(form[20:], unhex(t, v4M)) // the checksum is another one
	tests := []struct {
		name  string
		rules packet.Rules
		raw   []byte
		at    time.Duration // after the time of the vector
		drop  packet.Drop
		note  packet.Note
	}{
		{name: "H01 H1IP", rules: rules(), raw: unhex(t, h1IP)},
		{name: "H01 H2IP", rules: rules(), raw: unhex(t, h2IP)},
		{name: "H04 another form of checksum", rules: rules(), raw: form, note: packet.NoteForm},
		{name: "H05 enforce, none", rules: rules(), raw: unhex(t, v4IP), drop: packet.DropTrailerMissing},
		{name: "H05 permissive, none", rules: mode(packet.Permissive), raw: unhex(t, v4IP)},
		{name: "H05 receive-only, none", rules: mode(packet.ReceiveOnly), raw: unhex(t, v4IP)},
		{name: "H06 receive-only, a bad one", rules: mode(packet.ReceiveOnly), raw: bad, drop: packet.DropHMAC},
		{name: "H06 permissive, a bad one", rules: mode(packet.Permissive), raw: bad, drop: packet.DropHMAC},
		{name: "H08 5 s old", rules: rules(), raw: unhex(t, h1IP), at: 5 * time.Second, note: packet.NoteClock},
		{name: "H08 2 s old", rules: rules(), raw: unhex(t, h1IP), at: 2 * time.Second},
		{name: "H08 5 s ahead", rules: rules(), raw: unhex(t, h1IP), at: -5 * time.Second, note: packet.NoteClock},
		{name: "H08 6 s old", rules: rules(), raw: unhex(t, h1IP), at: 6 * time.Second, drop: packet.DropStale},
		{name: "H08 6 s ahead", rules: rules(), raw: unhex(t, h1IP), at: -6 * time.Second, drop: packet.DropStale},
		{name: "H08 6 s old, without a hash", rules: rules(), raw: bad, at: 6 * time.Second, drop: packet.DropStale},
		{name: "H09 unknown key", rules: rules(), raw: edit(t, h1IP, 33, 7), drop: packet.DropUnknownKey},
		{name: "H09 another type", rules: rules(), raw: edit(t, h1IP, 32, 2), drop: packet.DropTrailerMalformed},
		{name: "H09 reserved is not zero", rules: rules(), raw: edit(t, h1IP, 35, 1), drop: packet.DropTrailerMalformed},
		{name: "H10 signed with the other key", rules: two, raw: from(t, hmacOf(t, signs2), advert(3), peer4, vectorTime)},
		{name: "H17 a surplus byte is no trailer", rules: rules(), raw: datagram(append(unhex(t, v4), 0)), drop: packet.DropLength},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := signed(tt.raw[20]>>4, tt.rules)
			if note, drop := heardAt(&x, tt.raw, vectorTime.Add(tt.at)); drop != tt.drop || note != tt.note {
				t.Errorf("got %v (notes: %v), want %v (notes: %v)", drop, note, tt.drop, tt.note)
			}
		})
	}
	t.Run("H01 H3 over IPv6", func(t *testing.T) {
		x, a := expect6(), packet.Advert{}
		x.HMAC = hmacOf(t, rules())
		p, _ := packet.IPv6(unhex(t, h3), peer6, packet.Group(true), 255)
		p.At = vectorTime
		if _, drop := x.Receive(p, &a); drop != packet.Accepted {
			t.Error(drop)
		}
	})
}

func TestReplay(t *testing.T) {
	x := signed(3, rules())
	if _, drop := heardAt(&x, unhex(t, h1IP), vectorTime); drop != packet.Accepted {
		t.Fatal(drop)
	}
	if _, drop := heardAt(&x, unhex(t, h1IP), vectorTime); drop != packet.DropReplay {
		t.Errorf("H02 again: got %v, want a replay", drop)
	}
	next := signed(3, rules())
	next.HMAC.Resume(x.HMAC.Numbers())
	if _, drop := heardAt(&next, unhex(t, h1IP), vectorTime); drop != packet.DropReplay {
		t.Errorf("H02 again, in the next process: got %v, want a replay", drop)
	}
	again := hmacOf(t, rules())
	again.Continue(x.HMAC)
	x.HMAC = again
	if _, drop := heardAt(&x, unhex(t, h1IP), vectorTime); drop != packet.DropReplay {
		t.Errorf("again after the rules were renewed: got %v, want a replay", drop)
	}
}

// H03
func TestEveryBitOfTheTrailerCounts(t *testing.T) {
	raw := unhex(t, h1IP)
	for bit := 8 * 20; bit < 8*len(raw); bit++ {
		raw[bit/8] ^= 1 << (bit % 8)
		x := signed(3, rules())
		if _, drop := heardAt(&x, raw, vectorTime); drop == packet.Accepted {
			t.Errorf("bit %d of byte %d turned over: accepted", bit%8, bit/8)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
}

// H11
func TestTrailerBelongsToItsAdvert(t *testing.T) {
	trailer := unhex(t, h1IP)[32:]
	for name, change := range map[string]func(a *packet.Advert, source *netip.Addr){
		"another VRID":     func(a *packet.Advert, _ *netip.Addr) { a.VRID = 52 },
		"version 2":        func(a *packet.Advert, _ *netip.Addr) { a.Version = 2 },
		"another source":   func(_ *packet.Advert, s *netip.Addr) { *s = netip.MustParseAddr("192.0.2.13") },
		"another priority": func(a *packet.Advert, _ *netip.Addr) { a.Priority = 201 },
	} {
		a, source := advert(3), peer4
		change(&a, &source)
		a.Trailer = trailer
		raw, err := a.AppendIPv4(nil, source, packet.Group(false), 1)
		if err != nil {
			t.Fatal(err)
		}
		x := signed(a.Version, rules())
		x.VRID = a.VRID
		if _, drop := heardAt(&x, raw, vectorTime); drop != packet.DropHMAC {
			t.Errorf("%s: got %v, want a bad hash", name, drop)
		}
	}
}

func TestSigning(t *testing.T) {
	a := advert(3)
	sequence := func(h *packet.HMAC, at time.Time) []byte {
		if err := h.Sign(&a, peer4, at); err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(a.Trailer[4:12])
	}
	t.Run("H07 receive-only sends none", func(t *testing.T) {
		r := rules()
		r.Mode = packet.ReceiveOnly
		a := advert(3)
		a.Trailer = []byte("of an earlier mode")
		if err := hmacOf(t, r).Sign(&a, peer4, vectorTime); err != nil || a.Trailer != nil {
			t.Errorf("got the trailer %x, %v", a.Trailer, err)
		}
	})
	t.Run("H12 unicast peers get one trailer", func(t *testing.T) {
		a := advert(3)
		if err := hmacOf(t, rules()).Sign(&a, peer4, vectorTime); err != nil {
			t.Fatal(err)
		}
		var trailers []string
		for _, to := range []string{"192.0.2.12", "192.0.2.13"} {
			raw, err := a.AppendIPv4(nil, peer4, netip.MustParseAddr(to), 1)
			if err != nil {
				t.Fatal(err)
			}
			trailers = append(trailers, hex.EncodeToString(raw[32:]))
		}
		if trailers[0] != trailers[1] || trailers[0] != h1IP[64:] {
			t.Errorf("got %v", trailers)
		}
	})
	t.Run("H13 within one tick the counter grows", func(t *testing.T) {
		h := hmacOf(t, rules())
		for i := range 3 {
			if got := sequence(h, vectorTime); got[7] != byte(i) || got[4] != 0x80 {
				t.Errorf("advert %d has the number %x", i, got)
			}
		}
	})
	t.Run("H14 the clock is set back", func(t *testing.T) {
		h := hmacOf(t, rules())
		sequence(h, vectorTime)
		if got := sequence(h, vectorTime.Add(-time.Hour)); !bytes.Equal(got[:4], []byte{0x6a, 0x55, 0x6d, 0xf0}) {
			t.Errorf("in time mode the number is %x, want that of the clock", got)
		}
		if got := sequence(h, vectorTime.Add(-time.Hour-4*time.Second)); !bytes.Equal(got[:4], []byte{0x6a, 0x55, 0x6d, 0xf0}) {
			t.Errorf("set back within the window the number is %x, want one more than the last", got)
		}
		r := rules()
		r.Monotonic, r.Window = true, 0
		h = hmacOf(t, r)
		sequence(h, vectorTime)
		if got := sequence(h, vectorTime.Add(-time.Hour)); got[7] != 1 || got[3] != 0 || got[1] != 0x55 {
			t.Errorf("in monotonic mode the number is %x, want one more than the last", got)
		}
	})
	t.Run("after the year 2038", func(t *testing.T) {
		if got := sequence(hmacOf(t, rules()), time.Unix(0x9000_0000, 0)); got[0] != 0x90 {
			t.Errorf("the first number is %x, want that of the clock", got)
		}
	})
}

func TestMonotonicNeedsNoClock(t *testing.T) {
	r := rules()
	r.Monotonic, r.Window = true, 0
	x := signed(3, r)
	if note, drop := heardAt(&x, unhex(t, h1IP), time.Unix(0, 0)); drop != packet.Accepted || note != 0 {
		t.Errorf("got %v (notes: %v)", drop, note)
	}
}

func TestSenders(t *testing.T) {
	t.Run("H15 a number out of the window is forgotten", func(t *testing.T) {
		x, h := signed(3, rules()), hmacOf(t, rules())
		ahead := vectorTime.Add(time.Hour) // both clocks were wrong
		if _, drop := heardAt(&x, from(t, h, advert(3), peer4, ahead), ahead); drop != packet.Accepted {
			t.Fatal(drop)
		}
		if _, drop := heardAt(&x, unhex(t, h1IP), vectorTime); drop != packet.Accepted {
			t.Errorf("got %v, want accepted", drop)
		}
	})
	t.Run("H16 the fifth sender", func(t *testing.T) {
		x := signed(3, rules())
		var raws [][]byte
		for i := range 6 {
			source := netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + i)})
			raws = append(raws, from(t, hmacOf(t, rules()), advert(3), source, vectorTime))
		}
		for i := range 4 {
			if _, drop := heardAt(&x, raws[i], vectorTime); drop != packet.Accepted {
				t.Fatalf("sender %d: %v", i, drop)
			}
		}
		forged := bytes.Clone(raws[5])
		forged[len(forged)-1] ^= 1
		if _, drop := heardAt(&x, forged, vectorTime); drop != packet.DropHMAC {
			t.Errorf("a forged advert: %v", drop)
		}
		for i := range 4 { // all four are still there: nobody was evicted by what did not verify
			if _, drop := heardAt(&x, raws[i], vectorTime); drop != packet.DropReplay {
				t.Errorf("sender %d again: %v, want a replay", i, drop)
			}
		}
		next := from(t, hmacOf(t, rules()), advert(3), netip.AddrFrom4([4]byte{192, 0, 2, 20}), vectorTime.Add(time.Second))
		for _, raw := range [][]byte{next, raws[4]} { // sender 0 is heard again, so 1 is the oldest and makes room for 4
			if _, drop := heardAt(&x, raw, vectorTime); drop != packet.Accepted {
				t.Fatal(drop)
			}
		}
		for i, want := range map[int]packet.Drop{0: packet.DropReplay, 2: packet.DropReplay, 3: packet.DropReplay, 1: packet.Accepted} {
			if i == 1 {
				continue // would evict another one; it comes last
			}
			if _, drop := heardAt(&x, raws[i], vectorTime); drop != want {
				t.Errorf("sender %d: %v, want %v", i, drop, want)
			}
		}
		if _, drop := heardAt(&x, raws[1], vectorTime); drop != packet.Accepted {
			t.Errorf("the sender that was evicted: %v, want accepted as if it were new", drop)
		}
	})
}

func TestRulesAreChecked(t *testing.T) {
	for name, change := range map[string]func(*packet.Rules){
		"key 0":               func(r *packet.Rules) { r.Keys[0] = vectorKey() },
		"a short key":         func(r *packet.Rules) { r.Keys[1] = vectorKey()[1:] },
		"a long key":          func(r *packet.Rules) { r.Keys[2] = make([]byte, 65) },
		"no active key":       func(r *packet.Rules) { r.Active = 2 },
		"no window":           func(r *packet.Rules) { r.Window = 0 },
		"a window of an hour": func(r *packet.Rules) { r.Window = time.Hour },
	} {
		r := rules()
		change(&r)
		if h, err := packet.NewHMAC(r); err == nil {
			t.Errorf("%s: got %v, want an error", name, h)
		}
	}
	for interval, want := range map[time.Duration]time.Duration{
		100 * time.Millisecond: 5 * time.Second, 3900 * time.Millisecond: 9 * time.Second, 255 * time.Second: 300 * time.Second,
	} {
		if got := packet.DefaultWindow(interval); got != want {
			t.Errorf("the window for %v is %v, want %v", interval, got, want)
		}
	}
}
