package hcl

import (
	"strings"
	"testing"
)

// TestAccepted holds configurations that look odd and are right: nothing is said about them.
func TestAccepted(t *testing.T) {
	vip := func(name, vrid, inside string) string {
		return "vip \"" + name + "\" {\n  vrid = " + vrid + "\n" + inside + "  node \"lb1\" {\n    priority = 150\n  }\n}\n"
	}
	server := "node \"web1\" {\n  address = \"192.0.2.31\"\n  role = \"server\"\n}\n"
	tests := []struct{ name, text string }{
		{"link-local addresses count per interface", vip("a", "1", "  interface = \"eth1\"\n  addresses = [\"fe80::1/64\"]\n") +
			vip("b", "1", "  interface = \"eth2\"\n  addresses = [\"fe80::1/64\"]\n")},
		{"one VRID in two families", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n") + vip("b", "1", "  addresses = [\"fe80::1/64\"]\n")},
		{"one VRID on two interfaces", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n") +
			vip("b", "1", "  interface = \"eth1\"\n  addresses = [\"192.0.2.21/32\"]\n")},
		{"one address on different nodes", "vip \"a\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n  nodes = [node.lb1]\n}\n" +
			"vip \"b\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n  nodes = [node.lb2]\n}\n"},
		{"a tunnel joins families", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n") +
			"pool \"p\" {\n  listen = [\"192.0.2.20:80\"]\n  forwarding = \"tunnel\"\n  prepared = true\n  server \"s\" {\n    address = \"[2001:db8::31]:80\"\n  }\n}\n"},
		{"one address and port for two protocols", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n") +
			"pool \"t\" {\n  listen = [\"192.0.2.20:53\"]\n  server \"s\" {\n    address = \"192.0.2.31:53\"\n  }\n}\n" +
			"pool \"u\" {\n  listen = [\"192.0.2.20:53\"]\n  protocol = \"udp\"\n  server \"s\" {\n    address = \"192.0.2.31:53\"\n  }\n}\n"},
		{"the owner's own address", "vip \"a\" {\n  vrid = 1\n  addresses = [\"192.0.2.11/32\"]\n  node \"lb1\" {\n    priority = 255\n  }\n}\n"},
		{"a listener on a static address", "static \"s\" {\n  address \"192.0.2.99/32\" {\n    device = \"lo\"\n  }\n}\n" +
			"pool \"p\" {\n  listen = [\"192.0.2.99:80\"]\n  server \"s\" {\n    address = \"192.0.2.31:80\"\n  }\n}\n"},
		{"routes that differ in metric", "static \"s\" {\n  route \"0.0.0.0/0\" {\n    gateway = \"10.0.0.1\"\n  }\n}\n" +
			"static \"t\" {\n  route \"0.0.0.0/0\" {\n    gateway = \"10.0.0.2\"\n    metric = 10\n  }\n}\n"},
		{"version 2 with the longest interval", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n  version = 2\n  interval = \"255s\"\n")},
		{"version 3 with the longest interval", vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n  interval = \"40.95s\"\n")},
		{"direct routing to a server node", server + vip("a", "1", "  addresses = [\"192.0.2.20/32\"]\n") +
			"pool \"p\" {\n  listen = [\"192.0.2.20:80\"]\n  forwarding = \"dr\"\n  server \"s\" {\n    address = \"192.0.2.31:80\"\n  }\n}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, list := loadText(twoNodes + tt.text)
			for _, d := range list {
				t.Errorf("%s[%s]: %s", d.Severity, d.Code, d.Summary)
			}
			if c == nil {
				t.Fatal("there is no configuration")
			}
		})
	}
}

// TestServerHoldsEachAddressOnce: pools that share an address place it on lo once.
func TestServerHoldsEachAddressOnce(t *testing.T) {
	pool := func(name, port string) string {
		return "pool \"" + name + "\" {\n  listen = [\"192.0.2.20:" + port + "\"]\n  forwarding = \"dr\"\n  server \"s\" {\n    address = \"192.0.2.31:" + port +
			"\"\n  }\n}\n"
	}
	c := mustLoad(t, twoNodes+"node \"web1\" {\n  address = \"192.0.2.31\"\n  role = \"server\"\n}\n"+pool("a", "80")+pool("b", "443"))
	text := compiled(t, c, "web1")
	for _, once := range []string{"address|lo|192.0.2.20/32", "net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.lo.arp_announce"} {
		if n := strings.Count(text, once); n != 1 {
			t.Errorf("%s stands %d times in\n%s", once, n, text)
		}
	}
}
