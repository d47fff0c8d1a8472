package planner

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestKeysAreSpeltOneWay(t *testing.T) {
	web := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:443")}
	tests := []struct {
		key  Key
		text string
	}{
		{AddressKey{"eth0", netip.MustParsePrefix("192.0.2.20/32")}, "address|eth0|192.0.2.20/32"},
		{AddressKey{"a|b", netip.MustParsePrefix("2001:db8::20/64")}, "address|a|b|2001:db8::20/64"},
		{RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8"), Metric: 0}, "route|254|10.0.0.0/8|0"},
		{RouteKey{Table: math.MaxUint32, Destination: netip.MustParsePrefix("::/0"), Metric: 1024}, "route|4294967295|::/0|1024"},
		{RouteKey{Table: 254, Destination: netip.MustParsePrefix("10.0.0.0/8"), TOS: 16}, "route|254|10.0.0.0/8|0|tos 16"},
		{
			RouteKey{Table: 254, Destination: netip.MustParsePrefix("::/0"), Metric: 9, From: netip.MustParsePrefix("2001:db8::/32")},
			"route|254|::/0|9|from 2001:db8::/32",
		},
		{RuleKey{Priority: 100, From: netip.MustParsePrefix("192.0.2.0/24"), Action: RuleLookup, Table: 100}, "rule|4|100|from 192.0.2.0/24 lookup 100"},
		{
			RuleKey{IPv6: true, Priority: 7, Not: true, IIF: "a|b", OIF: "lo", Mark: 1, Mask: 255, TOS: 16, Protocol: 6, Action: RuleGoto, Goto: 9},
			"rule|6|7|not iif a|b oif lo fwmark 0x1/0xff tos 16 ipproto 6 goto 9",
		},
		{
			RuleKey{
				Priority: 1, SPort: Span{80, 80, true}, DPort: Span{1, 9, true}, UIDs: Span{0, 0, true}, TunnelID: 5, Action: RuleLookup, Table: 254,
				SuppressLength: Number{0, true}, SuppressGroup: Number{3, true},
			},
			"rule|4|1|sport 80 dport 1-9 uidrange 0 tun_id 5 lookup 254 suppress_prefixlength 0 suppress_ifgroup 3",
		},
		{RuleKey{Priority: 1, Action: RuleL3MDev}, "rule|4|1|l3mdev"},
		{FilterKey{Addr: netip.MustParseAddr("192.0.2.20")}, "filter||192.0.2.20"},
		{FilterKey{Device: "a|b", Addr: netip.MustParseAddr("fe80::20")}, "filter|a|b|fe80::20"},
		{FilterKey{Device: "vrrp6.51"}, "filter|vrrp6.51|"},
		{SysctlKey("net.ipv4.ip_forward"), "sysctl|net.ipv4.ip_forward"},
		{web, "ipvs_service|tcp|192.0.2.20:443"},
		{VirtualServerKey{Protocol: UDP, Addr: netip.MustParseAddrPort("[2001:db8::20]:53")}, "ipvs_service|udp|[2001:db8::20]:53"},
		{VirtualServerKey{FWMark: 7}, "ipvs_service|fwmark|4|7"},
		{VirtualServerKey{FWMark: 7, IPv6: true}, "ipvs_service|fwmark|6|7"},
		{RealServerKey{web, netip.MustParseAddrPort("192.0.2.33:443")}, "ipvs_server|tcp|192.0.2.20:443|192.0.2.33:443"},
		{RealServerKey{VirtualServerKey{FWMark: 7}, netip.MustParseAddrPort("192.0.2.33:0")}, "ipvs_server|fwmark|4|7|192.0.2.33:0"},
	}
	for _, test := range tests {
		if got := test.key.String(); got != test.text {
			t.Errorf("%#v: got %s, want %s", test.key, got, test.text)
		}
		if got, err := ParseKey(test.text); err != nil || got != test.key {
			t.Errorf("%s: got %#v, %v, want %#v", test.text, got, err, test.key)
		}
	}
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	tests := []struct{ text, why string }{
		{"", "no kind"},
		{"address", "no kind"},
		{"bridge|br0", "the kind \"bridge\" is unknown"},
		{"address|192.0.2.20/32", "DEVICE|ADDRESS/LENGTH"},
		{"address||192.0.2.20/32", "DEVICE|ADDRESS/LENGTH"},
		{"address|eth0|192.0.2.20", "no '/'"},
		{"address|eth0|192.0.2.20/33", "prefix length out of range"},
		{"address|eth0|2001:DB8::20/64", "only spelling"},
		{"route|254|10.0.0.1/8|0", "only spelling"},
		{"route|4294967296|10.0.0.0/8|0", "table"},
		{"route|254|10.0.0.0/8|-1", "metric"},
		{"route|254|10.0.0.0/8", "TABLE|DESTINATION|METRIC"},
		{"route|0254|10.0.0.0/8|0", "only spelling"},
		{"route|254|10.0.0.0/8|0|tos 300", "from 0 to 255"},
		{"route|254|10.0.0.0/8|0|tos 0", "only spelling"},
		{"route|254|::/0|0|from 2001:db8::1/32", "only spelling"},
		{"route|254|::/0|0|from ::/0|tos 16", "only spelling"},
		{"route|254|10.0.0.0/8|0|dev eth0", "does not belong to a route"},
		{"rule|4|100|lookup 100 realms 70000", "no realms"},
		{"rule|4|100|lookup 100 realms 0/7", "only spelling"},
		{"rule|5|100|lookup 100", "family 4 or 6"},
		{"rule|4|100", "FAMILY|PRIORITY|RULE"},
		{"rule|4|100|", "no word of a rule"},
		{"rule|4|100|from 10.0.0.0/8", "no action"},
		{"rule|4|100|lookup", "nothing follows"},
		{"rule|4|100|lookup 0x64", "only spelling"},
		{"rule|4|100|lookup 100 from 10.0.0.0/8", "only spelling"},
		{"rule|4|-1|lookup 100", "not a number"},
		{"sysctl|", "empty"},
		{"ipvs_service|icmp|192.0.2.20:443", "tcp, udp or sctp"},
		{"ipvs_service|tcp|192.0.2.20:65536", "port"},
		{"ipvs_service|tcp|[fe80::1%eth0]:443", "zone"},
		{"ipvs_service|fwmark|4|0", "a mark from 1"},
		{"ipvs_service|fwmark|5|7", "family 4 or 6"},
		{"ipvs_service|tcp", "PROTOCOL|ADDRESS:PORT"},
		{"ipvs_server|192.0.2.33:443", "PROTOCOL|SERVICE|SERVER"},
		{"ipvs_server|tcp|192.0.2.20:443|192.0.2.33", "not an ip:port"},
	}
	for _, test := range tests {
		if k, err := ParseKey(test.text); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: got %v, %v, want an error with %q", test.text, k, err, test.why)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for seed := range uint64(20) {
		for _, k := range keysOf(newWorld(seed).state()) {
			f.Add(k.String())
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParseKey(s); err == nil && k.String() != s {
			t.Errorf("%q is read as %q", s, k)
		}
	})
}

// TestEnumerations: every value of every enumeration, and nothing else, survives its text.
func TestEnumerations(t *testing.T) {
	for n := range 256 {
		v := uint8(n)
		checkText(t, Scope(v), true)
		checkText(t, RouteType(v), true)
		checkText(t, Forwarding(v), true)
		checkText(t, Protocol(v), v == 6 || v == 17 || v == 132)
		checkText(t, Impact(v), Impact(v) <= ImpactOutage)
		checkText(t, Verdict(v), Verdict(v) <= Down)
		checkText(t, Claim(v), Claim(v) <= Adopted)
	}
	for _, bad := range []string{`{"role": "leader"}`, `{"role": ""}`, `{"pools": [{"servers": [{"forwarding": "gre"}]}]}`, `{"pools": [{"servers": [{"forwarding": "03"}]}]}`} {
		if err := json.Unmarshal([]byte(bad), new(Plan)); err == nil || !strings.Contains(err.Error(), "is unknown: want ") {
			t.Errorf("%s: got %v, want an error that lists the words", bad, err)
		}
	}
}

func checkText[T ~uint8](t *testing.T, v T, valid bool) {
	t.Helper()
	data, err := json.Marshal(v)
	if (err == nil) != valid {
		t.Errorf("%T %d: got %s, %v", v, uint8(v), data, err)
	}
	if err != nil {
		return
	}
	var back T
	if err := json.Unmarshal(data, &back); err != nil || back != v {
		t.Errorf("%T %d is written as %s and read as %d, %v", v, uint8(v), data, uint8(back), err)
	}
}

// TestRoundTrips: everything that is stored or sent is equal to itself after JSON.
func TestRoundTrips(t *testing.T) {
	for seed := range uint64(500) {
		w := newWorld(seed)
		live := w.state()
		live.Links = map[string]Link{"eth0": {Index: 2, Up: true, MTU: 1500, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}}}
		claims := w.claims(&live)
		plan, applied := w.plan(), w.plan()
		checkRoundTrip(t, seed, *plan)
		checkRoundTrip(t, seed, live)
		checkRoundTrip(t, seed, claims)
		checkRoundTrip(t, seed, w.facts())
		c := Compare(plan, applied, w.facts(), live, claims)
		checkRoundTrip(t, seed, c.Changes())
		checkRoundTrip(t, seed, c.Conflicts)
	}
}

func checkRoundTrip[T any](t *testing.T, seed uint64, v T) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	var back T
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("seed %d: %v in\n%s", seed, err, data)
	}
	if again, _ := json.Marshal(back); string(again) != string(data) {
		t.Errorf("seed %d: %T was\n%s\nand is\n%s", seed, v, data, again)
	}
	if got, want := spelled(back), spelled(v); got != want {
		t.Errorf("seed %d: %T was\n%s\nand is\n%s", seed, v, want, got)
	}
}

// spelled is a value in full: what pointers lead to, instead of where.
func spelled(v any) string {
	plan, ok := v.(Plan)
	if !ok {
		return fmt.Sprintf("%+v", v)
	}
	text := ""
	plan.Pools = slices.Clone(plan.Pools)
	for i := range plan.Pools {
		if sorry := plan.Pools[i].Sorry; sorry != nil {
			text += fmt.Sprintf("%s: %+v\n", plan.Pools[i].Name, *sorry)
		}
		plan.Pools[i].Sorry = nil
	}
	return text + fmt.Sprintf("%+v", plan)
}

func TestDocumentsRefuseWhatIsNone(t *testing.T) {
	tests := []struct {
		into any
		bad  string
	}{
		{new(State), `{"marked": ["address|eth0"]}`},
		{new(State), `{"addresses": {"route|254|10.0.0.0/8|0": {}}}`},
		{new(Claims), `{"objects": {"address|eth0": "owned"}}`},
		{new(Claims), `{"objects": {"address|eth0|192.0.2.20/32": "mine"}}`},
		{new(Change), `{"key": "address|eth0"}`},
		{new(Change), `{"action": "destroy"}`},
		{new(Change), `{"key": "ipvs_service|tcp|192.0.2.20:443", "after": {"persistence_ms": -1}}`},
		{new(Change), `{"key": "ipvs_server|tcp|192.0.2.20:443|192.0.2.33:443", "before": {"weight": 4294967296}}`},
		{new(Conflict), `{"key": ""}`},
		{new(Plan), `{"vips": [{"addresses": [{"key": "address|eth0"}]}]}`},
	}
	for _, test := range tests {
		if err := json.Unmarshal([]byte(test.bad), test.into); err == nil {
			t.Errorf("%T: %s is read as %+v", test.into, test.bad, test.into)
		}
	}
}
