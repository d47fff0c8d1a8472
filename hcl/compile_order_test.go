package hcl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
)

// The addresses of an advert stand in the order of the configuration, except that a link-local address comes first in
// IPv6, wherever it was written (RFC 9568 section 5.2.9).
//
// conform: E02 E16
func TestAddressesAreAdvertisedInOrder(t *testing.T) {
	dir := t.TempDir()
	text := `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "web" {
  vrid      = 51
  addresses = ["2001:db8::2/64", "192.0.2.22/32", "2001:db8::1/64", "192.0.2.21/32", "fe80::51/64"]
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, list := hcl.Load(dir, hcl.Inputs{})
	if n, _ := diag.Count(list); n > 0 {
		t.Fatalf("%+v", list)
	}
	compiled, err := config.Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[192.0.2.22 192.0.2.21]", "[fe80::51 2001:db8::2 2001:db8::1]"}
	for i, instance := range compiled.Instances {
		if got := fmt.Sprint(instance.Addresses); got != want[i] {
			t.Errorf("%s: got %s, want %s", instance.Name, got, want[i])
		}
	}
}

// Addresses that are not advertised are in no advert, and without one that is a family has no election.
func TestSilentAddressesAreInNoAdvert(t *testing.T) {
	dir := t.TempDir()
	text := `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  address "192.0.2.21/32" {
    advertise = false
  }
  address "2001:db8::21/128" {
    advertise = false
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config, list := hcl.Load(dir, hcl.Inputs{})
	if n, _ := diag.Count(list); n > 0 {
		t.Fatalf("%+v", list)
	}
	compiled, err := config.Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(compiled.Instances); n != 1 || fmt.Sprint(compiled.Instances[0].Addresses) != "[192.0.2.20]" || compiled.Instances[0].Group != "" {
		t.Errorf("instances: %+v", compiled.Instances)
	}
	if got := len(compiled.Plan.VIPs[0].Addresses); got != 3 {
		t.Errorf("%d addresses are placed, want all three", got)
	}
}
