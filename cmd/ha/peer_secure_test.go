package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// secretIn writes a secret and returns the reference to it.
func secretIn(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("secret(%q)", "file:"+path)
}

// with puts more into the vip of a configuration.
func with(text, more string) string {
	return strings.Replace(text, "  priority  = 100\n", "  priority  = 100\n"+more, 1)
}

// passwordBlock authenticates version 2.
func passwordBlock(t *testing.T, kind string) string {
	t.Helper()
	return fmt.Sprintf("authentication {\n type = %q\n key = %s\n}\n", kind, secretIn(t, "s3cr3t"))
}

// hmacBlock authenticates with keys by id.
func hmacBlock(active int, keys string) string {
	return fmt.Sprintf("authentication {\n type = \"hmac\"\n active = %d\n keys = { %s }\n}\n", active, keys)
}

// sixUnicast is unicast between the IPv6 addresses of the nodes; their addresses in the configuration are IPv4.
const sixUnicast = `
unicast {
  peers   = ["2001:db8::11", "2001:db8::12"]
  min_ttl = 255
}
`

// sixSources lays a source on each node.
func sixSources(text string) string {
	text = strings.Replace(text, "    priority = 200\n", "    priority = 200\n    unicast {\n      source = \"2001:db8::11\"\n    }\n", 1)
	return strings.Replace(text, "  node \"a\" {\n    priority", "  node \"b\" {\n    unicast {\n      source = \"2001:db8::12\"\n    }\n  }\n  node \"a\" {\n    priority", 1)
}

// secureVariants are the ways in which keepalived 2.2.7 can authenticate and send to peers.
func secureVariants(t *testing.T) map[string]string {
	t.Helper()
	two := duelText(2, "1s", "192.0.2.1/32", "192.0.2.2/32")
	three := duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/32")
	six := duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128")
	return map[string]string{
		"version 2 with a password":   with(two, passwordBlock(t, "pass")),
		"version 2 with AH":           with(two, passwordBlock(t, "ah")),
		"unicast version 2":           with(two, "unicast {\n}\n"),
		"unicast version 2 with AH":   with(two, "unicast {\n}\n"+passwordBlock(t, "ah")),
		"unicast version 3 over IPv4": with(three, "unicast {\n  min_ttl = 255\n}\n"),
		"unicast version 3 over IPv6": sixSources(with(six, sixUnicast)),
	}
}

// secureDuel puts two routers on a LAN. Unicast does not come by a third host, so the wire is watched at one of theirs.
func secureDuel(t *testing.T, text, kindA, kindB string) *duel {
	t.Helper()
	d := newDuel(t, text, kindA, kindB)
	d.capture = d.a.host.MustCapture(t)
	return d
}

// I01, I02, I03, I04 by unicast and with authentication: the same story as for open multicast, and again nobody drops
// an advert of the other.
func TestSecurePeers(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	all := map[string]func(*testing.T){}
	for name, text := range secureVariants(t) {
		all[name+", ha before keepalived"] = func(t *testing.T) { secureDuel(t, text, "ha", "keepalived").story() }
		all[name+", keepalived before ha"] = func(t *testing.T) { secureDuel(t, text, "keepalived", "ha").story() }
	}
	together(t, all)
}

// I05: HMAC, between two of ours, and with keepalived where it is new enough to know it.
func TestSignedPeers(t *testing.T) {
	netlab.Need(t, "netns")
	key := hmacBlock(1, "1 = "+secretIn(t, strings.Repeat("k", 32)))
	all, both := map[string]func(*testing.T){}, signs(t)
	for name, text := range map[string]string{
		"version 2":           with(duelText(2, "1s", "192.0.2.1/32"), key),
		"version 3 over IPv4": with(duelText(3, "200ms", "192.0.2.1/32"), key),
		"version 3 over IPv6": with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), key),
		"unicast over IPv4":   with(duelText(3, "200ms", "192.0.2.1/32"), key+"unicast {\n}\n"),
		"unicast over IPv6":   sixSources(with(duelText(3, "200ms", "fe80::51/128", "2001:db8::1/128"), key+sixUnicast)),
	} {
		all[name] = func(t *testing.T) { secureDuel(t, text, "ha", "ha").story() }
		if both {
			all[name+", ha before keepalived"] = func(t *testing.T) { secureDuel(t, text, "ha", "keepalived").story() }
			all[name+", keepalived before ha"] = func(t *testing.T) { secureDuel(t, text, "keepalived", "ha").story() }
		}
	}
	together(t, all)
}

// I05: keys change, and authentication itself comes by its modes, without any transition and without one advert dropped.
func TestKeysRollOver(t *testing.T) {
	netlab.Need(t, "netns")
	one, two := "1 = "+secretIn(t, strings.Repeat("k", 32)), "2 = "+secretIn(t, "hex:"+strings.Repeat("0f", 40)+"\n")
	mode := func(m string) string {
		return strings.Replace(hmacBlock(1, one), "active", fmt.Sprintf("mode = %q\n active", m), 1)
	}
	plain := duelText(3, "200ms", "192.0.2.1/32")
	d := newDuel(t, plain, "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	b.start()
	a.start()
	d.settle("the higher priority to be Active", d.a, d.b)
	transitions := func() (n int) { // the log comes a moment later
		for _, x := range []*director{a, b} {
			if err := x.client().Events(t.Context(), 0, false, func(e control.Event) {
				if e.Type == "transition" {
					n++
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	before := transitions()
	for _, block := range []string{
		mode("receive-only"), mode("permissive"), mode("enforce"),
		hmacBlock(1, one+", "+two), hmacBlock(2, one+", "+two), hmacBlock(2, two),
	} {
		c := loadText(t, with(plain, block))
		for _, x := range []*director{b, a} { // at each moment the two are a step apart
			x.mustApply(compile(t, c, x.node))
			heard := b.vip().Instances[0].Received
			netlab.WaitFor(t, patience, "five more adverts to be accepted", func() bool { return b.vip().Instances[0].Received >= heard+5 })
		}
	}
	if after := transitions(); after != before {
		t.Errorf("%d transitions while keys changed", after-before)
	}
	for _, x := range []*director{a, b} {
		if lines := x.unhappy(); len(lines) > 0 {
			t.Errorf("%s complains:\n%s", x.node, strings.Join(lines, "\n"))
		}
	}

	// Who lost the key hears nothing and says so; a key that is not there is the fault of the instance alone.
	c := loadText(t, with(plain, hmacBlock(2, `2 = secret("file:/no/such/key")`)))
	b.mustApply(compile(t, c, "b"))
	netlab.WaitFor(t, patience, "the missing key to be told", func() bool {
		v := b.vip()
		return v.Instances[0].State == "Initialize" && strings.Contains(v.Instances[0].Why, "/no/such/key")
	})
}
