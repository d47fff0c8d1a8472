package hcl

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/checks"
	"ha/planner"
	"ha/vrrp"
)

const everything = `
cluster {
  name = "edge"
}

node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}

node "lb2" {
  address   = "192.0.2.12"
  interface = "eth0.100"
}

node "web1" {
  address = "192.0.2.31"
  role    = "server"
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32", "2001:db8::20/128", "fe80::51/64"]

  node "lb1" {
    priority = 150
  }
}

vip "mail" {
  vrid = 52

  address "192.0.2.25/24" {
    label = "eth0:mail"
    scope = "link"
    broadcast = "192.0.2.255"
  }

  nodes = [node.lb1]
}

vip "inside" {
  vrid      = 53
  interface = "eth1"
  interval  = "100ms"
  preempt   = false
  addresses = ["10.0.0.1/24"]

  announce {
    count   = 5
    delay   = "0s"
    refresh = "1m"
  }

  node "lb1" {
    priority = 150
  }
}

sync_group "edge" {
  vips = [vip.web, vip.inside]
}

check "http" "health" {
  path   = "/health"
  status = ["200", "301-302"]
  headers = {
    Accept = "text/html"
  }
}

pool "web" {
  listen      = ["192.0.2.20:80"]
  scheduler   = "rr"
  forwarding  = "dr"
  persistence = "50s"
  checks      = [check.http.health]

  check "tcp" {
    interval = "2s"
  }

  server "web1" {
    address = "192.0.2.31:80"
    weight  = 7
  }
}

pool "again" {
  listen = ["192.0.2.20:8080", "192.0.2.20:8081"]
  checks = [check.http.health]

  server "web1" {
    address = "192.0.2.31:80"

    check "tcp" {
      interval = "2000ms"
    }

    check "tcp" {
      port = 8080
    }
  }
}

static "uplink" {
  nodes = [node.lb1]
  sysctls = {
    "net.ipv4.ip_forward" = 1
  }

  address "10.1.0.1/24" {
    device = "eth2"
  }

  route "10.9.0.0/16" {
    gateway = "10.1.0.254"
  }

  route "10.8.0.0/16" {
    device = "eth2"
  }

  route "2001:db8:9::/48" {
    type = "blackhole"
  }

  route "10.7.0.0/16" {
    type  = "throw"
    table = 100
  }
}
`

func compileNode(t *testing.T, c *Config, node string) Compiled {
	t.Helper()
	out, err := c.Compile(node)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompileInstances(t *testing.T) {
	out := compileNode(t, mustLoad(t, everything), "lb1")
	var got []string
	for _, i := range out.Instances {
		raw, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(raw))
	}
	announce := `"announce":{"count":3,"delay":5000000000,"refresh":0}`
	want := []string{
		`{"name":"vip.web/ipv4","vip":"vip.web","group":"sync_group.edge","interface":"eth0","addresses":["192.0.2.20"],` +
			`"config":{"vrid":51,"version":3,"ipv6":false,"priority":150,"interval":1000000000,"preempt":true,` + announce + `}}`,
		`{"name":"vip.web/ipv6","vip":"vip.web","group":"sync_group.edge","interface":"eth0","addresses":["fe80::51","2001:db8::20"],` +
			`"config":{"vrid":51,"version":3,"ipv6":true,"priority":150,"interval":1000000000,"preempt":true,` + announce + `}}`,
		`{"name":"vip.mail/ipv4","vip":"vip.mail","interface":"eth0","addresses":["192.0.2.25"],` +
			`"config":{"vrid":52,"version":3,"ipv6":false,"priority":100,"interval":1000000000,"preempt":true,` + announce + `}}`,
		`{"name":"vip.inside/ipv4","vip":"vip.inside","group":"sync_group.edge","interface":"eth1","addresses":["10.0.0.1"],` +
			`"config":{"vrid":53,"version":3,"ipv6":false,"priority":150,"interval":100000000,"preempt":false,` +
			`"announce":{"count":5,"delay":0,"refresh":60000000000}}}`,
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
}

func TestTwoFamiliesWithoutGroupMoveTogether(t *testing.T) {
	c := mustLoad(t, twoNodes+"vip \"web\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\", \"fe80::1/64\"]\n}\n")
	for _, i := range compileNode(t, c, "lb1").Instances {
		if i.Group != "vip.web" {
			t.Errorf("%s is in the group %q", i.Name, i.Group)
		}
	}
}

// kernelSide lists the objects that a plan names, as documents spell them.
func kernelSide(p planner.Plan) []string {
	var list []string
	add := func(owner string, key planner.Key, value any) {
		raw, err := json.Marshal(value)
		if err != nil {
			raw = []byte(err.Error())
		}
		list = append(list, owner+" "+key.String()+" "+string(raw))
	}
	for _, v := range p.VIPs {
		for _, a := range v.Addresses {
			add(v.Name, a.Key, a.Value)
		}
		for _, r := range v.Routes {
			add(v.Name, r.Key, r.Value)
		}
		for _, r := range v.Rules {
			add(v.Name, r.Key, r.Value)
		}
	}
	for _, s := range p.Statics {
		for _, a := range s.Addresses {
			add(s.Name, a.Key, a.Value)
		}
		for _, r := range s.Routes {
			add(s.Name, r.Key, r.Value)
		}
		for _, x := range s.Sysctls {
			add(s.Name, x.Key, x.Value)
		}
	}
	return list
}

func TestCompileKernelSide(t *testing.T) {
	c := mustLoad(t, everything)
	tests := []struct {
		node string
		want []string
	}{
		{"lb1", []string{
			`vip.web address|eth0|192.0.2.20/32 {"scope":"global"}`,
			`vip.web address|eth0|2001:db8::20/128 {"scope":"global","nodad":true,"options":{"deprecated":true}}`,
			`vip.web address|eth0|fe80::51/64 {"scope":"link","nodad":true}`,
			`vip.mail address|eth0|192.0.2.25/24 {"label":"eth0:mail","scope":"link","broadcast":"192.0.2.255"}`,
			`vip.inside address|eth1|10.0.0.1/24 {"scope":"global"}`,
			`static.uplink address|eth2|10.1.0.1/24 {"scope":"global"}`,
			`static.uplink route|254|10.9.0.0/16|0 {"gateway":"10.1.0.254","scope":"global","type":"unicast"}`,
			`static.uplink route|254|10.8.0.0/16|0 {"device":"eth2","scope":"link","type":"unicast"}`,
			`static.uplink route|254|2001:db8:9::/48|1024 {"scope":"global","type":"blackhole"}`,
			`static.uplink route|100|10.7.0.0/16|0 {"scope":"global","type":"throw"}`,
			`static.uplink sysctl|net.ipv4.ip_forward "1"`,
			`vip.mail sysctl|net.ipv4.conf.eth0.promote_secondaries "1"`,
			`vip.inside sysctl|net.ipv4.conf.eth1.promote_secondaries "1"`,
		}},
		{"lb2", []string{
			`vip.web address|eth0.100|192.0.2.20/32 {"scope":"global"}`,
			`vip.web address|eth0.100|2001:db8::20/128 {"scope":"global","nodad":true,"options":{"deprecated":true}}`,
			`vip.web address|eth0.100|fe80::51/64 {"scope":"link","nodad":true}`,
			`vip.inside address|eth1|10.0.0.1/24 {"scope":"global"}`,
			`vip.inside sysctl|net.ipv4.conf.eth1.promote_secondaries "1"`,
			`pool.again sysctl|net.ipv4.ip_forward "1"`,
		}},
		{"web1", []string{
			`pool.web address|lo|192.0.2.20/32 {"scope":"host"}`,
			`pool.web sysctl|net.ipv4.conf.all.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.all.arp_announce "2"`,
			`pool.web sysctl|net.ipv4.conf.lo.arp_ignore "1"`,
			`pool.web sysctl|net.ipv4.conf.lo.arp_announce "2"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.node, func(t *testing.T) {
			if d := cmp.Diff(kernelSide(compileNode(t, c, tt.node).Plan), tt.want); d != "" {
				t.Errorf("- got, + want:\n%s", d)
			}
		})
	}
}

func TestCompilePoolsAndChecks(t *testing.T) {
	out := compileNode(t, mustLoad(t, everything), "lb1")
	if n := len(out.Plan.Pools); n != 2 {
		t.Fatalf("%d pools", n)
	}
	l := out.Plan.Pools[0].Listeners[0].Value
	if want := (planner.VirtualServer{Scheduler: "rr", Persistence: 50 * time.Second, Flags: 1, Netmask: 32}); l != want {
		t.Errorf("listener: got %+v, want %+v", l, want)
	}
	health := "http 192.0.2.31:80 path=/health headers={ Accept = \"text/html\" } status=[\"200\", \"301-302\"]"
	s := out.Plan.Pools[0].Servers[0]
	if got, want := s.Checks, []string{health, "tcp 192.0.2.31:80 interval=2s"}; !cmp.Equal(got, want) {
		t.Errorf("checks of pool.web: got %q, want %q", got, want)
	}
	if s.Weight != 7 || s.Forwarding != planner.DR || s.Source.Line == 0 {
		t.Errorf("got %+v", s)
	}
	var keys []string
	byKey := map[string]checks.Config{}
	for _, c := range out.Checks {
		keys = append(keys, c.Key+" <- "+c.Name)
		byKey[c.Key] = c
	}
	// Equal checks of one target are one: pool.again asks for those of pool.web, and for another port.
	want := []string{
		health + " <- check.http.health", `tcp 192.0.2.31:80 interval=2s <- pool.web check "tcp"`,
		`tcp 192.0.2.31:8080 <- pool.again.server.web1 check "tcp"`,
	}
	if d := cmp.Diff(keys, want); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	got := byKey[health]
	wantHTTP := checks.Config{
		Key: health, Name: "check.http.health", Kind: "http", Target: s.Address, Interval: 5 * time.Second, Timeout: 3 * time.Second,
		Rise: 1, Fall: 3, Jitter: 10, Arguments: checks.Arguments{HTTP: &checks.HTTPConfig{
			Method: "GET", Headers: map[string]string{"Accept": "text/html"},
			Page: checks.Page{Path: "/health", Status: []checks.StatusRange{{First: 200, Last: 200}, {First: 301, Last: 302}}},
		}},
	}
	if a, b := asText(t, got), asText(t, wantHTTP); a != b {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func TestCompileNamesUnknownNodes(t *testing.T) {
	_, err := mustLoad(t, everything).Compile("lb11")
	if err == nil || !strings.Contains(err.Error(), `did you mean "lb1"?`) {
		t.Errorf("got %v", err)
	}
}

// TestIntentsTellFormsApart: a changed argument changes exactly its own line, and a default that is written out is no
// change.
func TestIntentsTellFormsApart(t *testing.T) {
	vip := func(inside string) []planner.Arg {
		c := mustLoad(t, twoNodes+"vip \"web\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n"+inside+"}\n")
		for _, in := range compileNode(t, c, "lb1").Plan.Intents {
			if in.Name == "vip.web" {
				return in.Args
			}
		}
		t.Fatal("vip.web has no intent")
		return nil
	}
	values := func(args []planner.Arg) map[string]string {
		m := map[string]string{}
		for _, a := range args {
			m[a.Path] = a.Value
		}
		return m
	}
	plain := vip("")
	if d := cmp.Diff(values(vip("  announce {\n    count = 3\n  }\n")), values(plain)); d != "" {
		t.Errorf("a default that is written out is a change:\n%s", d)
	}
	changed := values(vip("  priority = 101\n"))
	want := values(plain)
	want["priority"] = "101"
	if d := cmp.Diff(changed, want); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	for i, a := range plain {
		if i > 0 && plain[i-1].Path >= a.Path {
			t.Errorf("%s stands behind %s", a.Path, plain[i-1].Path)
		}
		if a.Path == "priority" && a.Impact != planner.ImpactFailover {
			t.Errorf("priority has the impact %v", a.Impact)
		}
	}
}

func asText(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestSameFilesSameBytes compiles and reports in fresh processes, in which Go orders its maps anew.
func TestSameFilesSameBytes(t *testing.T) {
	const child = "HA_TEST_PRINT_EVERYTHING"
	if os.Getenv(child) != "" {
		printEverything(t)
		return
	}
	var first []byte
	for i := range 10 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSameFilesSameBytes$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, _, _ = bytes.Cut(out, []byte("--- PASS"))
		if i == 0 {
			first = out
			continue
		}
		if d := cmp.Diff(string(first), string(out)); d != "" {
			t.Fatalf("run %d differs:\n%s", i+1, d)
		}
	}
	if len(first) < 1000 {
		t.Fatalf("the child printed only %q", first)
	}
}

func printEverything(t *testing.T) {
	t.Helper()
	c := mustLoad(t, everything)
	for _, n := range c.Nodes() {
		t.Log(asText(t, compileNode(t, c, n.Name)))
	}
	var b bytes.Buffer
	if err := c.Explain(&b, ""); err != nil {
		t.Fatal(err)
	}
	_, list := loadText(strings.ReplaceAll(everything, "=", "= zebra +"))
	t.Log(b.String(), asText(t, list), asText(t, c.Digest()))
}

// TestPlanIsPureData: a plan survives the round trip through JSON.
func TestPlanIsPureData(t *testing.T) {
	c := mustLoad(t, everything)
	for _, n := range c.Nodes() {
		out := compileNode(t, c, n.Name)
		var back Compiled
		if err := json.Unmarshal([]byte(asText(t, out)), &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(asText(t, back), asText(t, out)); d != "" {
			t.Errorf("%s:\n%s", n.Name, d)
		}
		if len(back.Instances) > 0 && back.Instances[0].Config != (vrrp.Config{}) && back.Instances[0].Config != out.Instances[0].Config {
			t.Errorf("the election of %s changed: %+v", n.Name, back.Instances[0].Config)
		}
	}
}
