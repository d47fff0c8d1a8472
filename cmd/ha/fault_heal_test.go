package main

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// healText is one director with a VIP of two addresses, a static route and a sysctl.
const healText = `
cluster { name = "heal" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
settings {
  read_back = "100ms"
}
vip "test" {
  vrid      = 51
  interval  = "100ms"
  addresses = ["192.0.2.1/32", "192.0.2.2/32", "2001:db8::1/128"]
}
static "uplink" {
  sysctls = {
    "net.ipv4.ip_forward" = "1"
  }
  route "198.51.100.0/24" {
    gateway = "192.0.2.250"
  }
}
`

// sysctl reads or, with a value, writes a sysctl of a host as its administrator would.
func sysctl(t *testing.T, h *netlab.Host, name, value string) string {
	t.Helper()
	path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
	var now []byte
	if err := h.Do(func() (err error) {
		if value != "" {
			return os.WriteFile(path, []byte(value), 0)
		}
		now, err = os.ReadFile(path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(now))
}

// ip runs iproute2 in a host.
func ip(t *testing.T, h *netlab.Host, args ...string) string {
	t.Helper()
	out, err := h.Command(t.Context(), "ip", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// What hands change in the kernel of an Active director comes back, whether the kernel tells of it (addresses, routes)
// or not (sysctls); what is not ha's stays.
//
// conform: S30
func TestWhatHandsChangeComesBack(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, healText)
	d := r.director("a")
	d.start()
	d.becomes("Active")
	vips := prefixes("192.0.2.1/32", "192.0.2.2/32", "2001:db8::1/128")
	whole := func() bool { return holds(t, d.addresses, vips, true) }
	netlab.WaitFor(t, patience, "the VIPs to stand", whole)

	foreign := prefixes("192.0.2.77/24", "192.0.2.78/32", "2001:db8::77/64")
	for _, p := range foreign {
		if err := d.addresses.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.AddRoute(netip.MustParsePrefix("203.0.113.0/24"), netip.MustParseAddr("192.0.2.250")); err != nil {
		t.Fatal(err)
	}
	corrections := d.status().Corrections
	back := func(what string, holds func() bool) {
		t.Helper()
		netlab.WaitFor(t, patience, what+" to come back", holds)
		netlab.WaitFor(t, patience, what+" to be told as corrected", func() bool { return d.status().Corrections > corrections })
		corrections = d.status().Corrections
	}
	for _, p := range vips {
		if err := d.addresses.Remove(p); err != nil {
			t.Fatal(err)
		}
		back(p.String(), whole)
	}
	ip(t, d.Host, "address", "flush", "dev", "eth0", "to", "192.0.2.0/30")
	back("the flushed VIPs", whole)

	route := func() bool {
		return strings.Contains(ip(t, d.Host, "route", "show"), "198.51.100.0/24 via 192.0.2.250")
	}
	ip(t, d.Host, "route", "delete", "198.51.100.0/24")
	back("the static route", route)
	ip(t, d.Host, "route", "replace", "198.51.100.0/24", "via", "192.0.2.249")
	netlab.WaitFor(t, patience, "the static route to be put right", route)

	sysctl(t, d.Host, "net.ipv4.ip_forward", "0")
	back("the sysctl", func() bool { return sysctl(t, d.Host, "net.ipv4.ip_forward", "") == "1" })

	if !holds(t, d.addresses, foreign, true) {
		t.Error("a foreign address is gone")
	}
	if routes := ip(t, d.Host, "route", "show"); !strings.Contains(routes, "203.0.113.0/24 via 192.0.2.250") {
		t.Errorf("the foreign route is gone: %s", routes)
	}
	d.settled()
	before := d.status()
	d.replaced()
	if after := d.status(); after.Corrections < before.Corrections || !after.CountedSince.Equal(before.CountedSince) {
		t.Errorf("another program counts %d corrections since %v, want at least %d since %v",
			after.Corrections, after.CountedSince, before.Corrections, before.CountedSince)
	}
	d.stop()
	if !holds(t, d.addresses, vips, false) || !holds(t, d.addresses, foreign, true) {
		t.Error("after a clean stop a VIP stands, or a foreign address is gone")
	}
}

// Somebody who looks at a plan while something is wrong must not make the enforcer believe that it is right.
func TestALookAtThePlanHidesNoDrift(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, strings.Replace(healText, "100ms", "10m", 1)) // reading back would find it by itself
	d := r.director("a")
	d.start()
	sysctl(t, d.Host, "net.ipv4.ip_forward", "0")
	s, err := d.client().Snapshot(t.Context(), control.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if got, now := s.Live.Sysctls["net.ipv4.ip_forward"], sysctl(t, d.Host, "net.ipv4.ip_forward", ""); got != "0" && now != "1" { // or it is back already
		t.Errorf("the snapshot shows %q, want what the kernel holds: 0", got)
	}
	netlab.WaitFor(t, patience, "the sysctl to come back", func() bool { return sysctl(t, d.Host, "net.ipv4.ip_forward", "") == "1" })
}
