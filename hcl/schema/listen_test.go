package schema

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestListenersAreWrittenOut(t *testing.T) {
	ends := func(texts ...string) []netip.AddrPort {
		var list []netip.AddrPort
		for _, s := range texts {
			list = append(list, netip.MustParseAddrPort(s))
		}
		return list
	}
	for text, want := range map[string][]netip.AddrPort{
		"192.0.2.20:80":                       ends("192.0.2.20:80"),
		"192.0.2.20:0":                        ends("192.0.2.20:0"),
		"192.0.2.20:80-82":                    ends("192.0.2.20:80", "192.0.2.20:81", "192.0.2.20:82"),
		"192.0.2.254-192.0.3.1:80":            ends("192.0.2.254:80", "192.0.2.255:80", "192.0.3.0:80", "192.0.3.1:80"),
		"192.0.2.20-21:80-81":                 ends("192.0.2.20:80", "192.0.2.20:81", "192.0.2.21:80", "192.0.2.21:81"),
		"192.0.2.20-20:0":                     ends("192.0.2.20:0"),
		"255.255.255.254-255:80":              ends("255.255.255.254:80", "255.255.255.255:80"),
		"192.0.2.20:65534-65535":              ends("192.0.2.20:65534", "192.0.2.20:65535"),
		"[2001:db8::fffe-ffff]:80":            ends("[2001:db8::fffe]:80", "[2001:db8::ffff]:80"),
		"[2001:db8::1f-20]:80":                ends("[2001:db8::1f]:80", "[2001:db8::20]:80"),
		"[2001:db8::ffff-2001:db8::1:0]:80":   ends("[2001:db8::ffff]:80", "[2001:db8::1:0]:80"),
		"[2001:db8::1-2001:db8::1]:8080-8080": ends("[2001:db8::1]:8080"),
	} {
		v, err := Listen{}.Parse(cty.StringVal(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		l := v.(Listeners)
		if got := slices.Collect(l.All()); !slices.Equal(got, want) || l.Count() != len(want) {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
		again, err := Listen{}.Parse(cty.StringVal(Listen{}.Print(v)))
		if again != v || err != nil {
			t.Errorf("%s prints as %s, which reads as %v, %v", text, Listen{}.Print(v), again, err)
		}
	}
}

func TestListenersHaveABound(t *testing.T) {
	for text, ok := range map[string]bool{
		"192.0.2.20:1-4096":                        true,
		"192.0.2.20:1-4097":                        false,
		"10.0.0.0-10.0.15.255:80":                  true,
		"10.0.0.0-10.0.16.0:80":                    false,
		"[::1-ffff:ffff:ffff:ffff::1]:1-65535":     false,
		"0.0.0.0-255.255.255.255:1-65535":          false,
		"10.0.0.0-10.0.3.255:1-4":                  true,
		"[2001:db8::-2001:db8::fff]:80":            true,
		"[2001:db8::-2001:db8:0:0:0:0:0:1000]:443": false,
	} {
		if _, err := (Listen{}).Parse(cty.StringVal(text)); (err == nil) != ok {
			t.Errorf("%s: %v, want it allowed: %v", text, err, ok)
		}
	}
}

func TestListenersThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "-", ":", "-:-", "192.0.2.20", "192.0.2.20-21", "192.0.2.20-:80", "-192.0.2.20:80", "192.0.2.20-21-22:80", "192.0.2.20--21:80",
		"192.0.2.20:-80", "192.0.2.20:80-81-82", "192.0.2.20:0-0", "192.0.2.20:080-81", "192.0.2.20-2001:db8::1:80",
		"192.0.2.20-[2001:db8::1]:80", "[2001:db8::1-g]:80", "[2001:db8::1-10000]:80", "192.0.2.20-256:80", "192.0.2.20-1e:80", "192.0.2.20 80-81",
	} {
		if v, err := (Listen{}).Parse(cty.StringVal(text)); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
	for _, v := range []cty.Value{cty.NumberIntVal(80), cty.True, cty.EmptyTupleVal} {
		if got, err := (Listen{}).Parse(v); err == nil {
			t.Errorf("%s is read as %v", Describe(v), got)
		}
	}
}

func TestAnAddressMayStandAlone(t *testing.T) {
	k := HostPort{Portless: true}
	for text, want := range map[string]string{
		"192.0.2.31": "192.0.2.31:0", "[2001:db8::31]": "[2001:db8::31]:0", "192.0.2.31:80": "192.0.2.31:80", "[2001:db8::31]:80": "[2001:db8::31]:80",
	} {
		v, err := k.Parse(cty.StringVal(text))
		if v != netip.MustParseAddrPort(want) || err != nil || k.Print(v) != text {
			t.Errorf("%s is %v (%v) and prints as %s", text, v, err, k.Print(v))
		}
	}
	for _, text := range []string{"2001:db8::31", "[192.0.2.31]", "[2001:db8::31", "2001:db8::31]", "192.0.2.31:0", "192.0.2.31:", "[fe80::1%eth0]", "::ffff:192.0.2.1", "web1"} {
		if v, err := k.Parse(cty.StringVal(text)); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
	if v, err := (HostPort{}).Parse(cty.StringVal("192.0.2.31")); err == nil {
		t.Errorf("without a port, where one is wanted, it is %v", v)
	}
}
