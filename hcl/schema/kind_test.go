package schema

import (
	"errors"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

func TestParse(t *testing.T) {
	interval := Duration{Min: 10 * time.Millisecond, Max: 255 * time.Second, Step: 10 * time.Millisecond}
	tests := []struct {
		name string
		kind Kind
		in   cty.Value
		want any
	}{
		{"a number in a text", Int{Min: 1, Max: 255}, cty.StringVal("51"), int64(51)},
		{"the lowest", Int{Min: 1, Max: 255}, cty.NumberIntVal(1), int64(1)},
		{"the highest", Int{Min: 1, Max: 255}, cty.NumberIntVal(255), int64(255)},
		{"true in a text", Bool{}, cty.StringVal("true"), true},
		{"a duration", interval, cty.StringVal("1m30s"), 90 * time.Second},
		{"a zero duration that means off", Duration{Min: time.Second, Max: time.Hour, Zero: true}, cty.StringVal("0s"), time.Duration(0)},
		{"an IPv6 address", Addr{}, cty.StringVal("2001:DB8::10"), netip.MustParseAddr("2001:db8::10")},
		{"a prefix keeps its host bits", Prefix{}, cty.StringVal("192.0.2.20/24"), netip.MustParsePrefix("192.0.2.20/24")},
		{"the default route", Prefix{Network: true}, cty.StringVal("::/0"), netip.MustParsePrefix("::/0")},
		{"an IPv6 listener", HostPort{}, cty.StringVal("[2001:db8::20]:80"), netip.MustParseAddrPort("[2001:db8::20]:80")},
		{"one status", Status{}, cty.NumberIntVal(204), StatusRange{First: 204, Last: 204}},
		{"a range of status", Status{}, cty.StringVal("200-399"), StatusRange{First: 200, Last: 399}},
		{"a sysctl with several values", SysctlValue{}, cty.StringVal("4096\t 87380  6291456"), "4096 87380 6291456"},
		{"a name of a number", TableNumber(), cty.StringVal("main"), int64(254)},
		{"a name in capitals", IPProtocol(), cty.StringVal("TCP"), int64(6)},
		{"a codepoint", TypeOfService(), cty.StringVal("AF41"), int64(0x88)},
		{"a number that could have a name", TableNumber(), cty.StringVal("100"), int64(100)},
		{"a realm", Realms{}, cty.NumberIntVal(7), int64(7)},
		{"two realms", Realms{}, cty.StringVal("3/7"), int64(3<<16 | 7)},
		{"a realm of the source alone", Realms{}, cty.StringVal("3/0"), int64(3 << 16)},
		{"a computed reference", Ref{To: "vip"}, block(`vip["a b"]`), Address(`vip["a b"]`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.kind.Parse(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// TestRealmsAreRefused: what is no realm is said so, and what is prints as it is read.
func TestRealmsAreRefused(t *testing.T) {
	for _, in := range []cty.Value{
		cty.StringVal(""), cty.StringVal("0"), cty.StringVal("0/0"), cty.StringVal("1/2/3"), cty.StringVal("65536"), cty.StringVal("-1"), cty.StringVal("1/"),
		cty.NumberFloatVal(1.5), cty.True,
	} {
		if got, err := (Realms{}).Parse(in); err == nil {
			t.Errorf("%s is read as %v", Describe(in), got)
		}
	}
	for _, text := range []string{"7", "3/7", "65535/65535"} {
		v, err := Realms{}.Parse(cty.StringVal(text))
		if got := (Realms{}).Print(v); got != text || err != nil {
			t.Errorf("%s prints as %s, %v", text, got, err)
		}
	}
}

// block is the value of a block in an evaluation scope.
func block(address string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{RefAttr: cty.StringVal(address), "vrid": cty.NumberIntVal(1)})
}

// TestWhereTheMistakeIs: the place inside a text is that of the wrong part, and the help is what to write instead.
func TestWhereTheMistakeIs(t *testing.T) {
	tests := []struct {
		kind         Kind
		in, at, help string
	}{
		{Prefix{}, "192.0.2.300/32", "300", ""},
		{Prefix{}, "192.0.2.20/33", "33", ""},
		{Prefix{}, "192.0.2.20/255.255.255.240", "255.255.255.240", `"192.0.2.20/28"`},
		{Prefix{}, "2001:db8::1", "", `"2001:db8::1/128"`},
		{Prefix{}, "fe80::1%eth0/64", "%eth0", `"fe80::1/64"`},
		{Prefix{Network: true}, "10.9.1.5/16", "10.9.1.5", `"10.9.0.0/16"`},
		{Addr{}, "192.0.2.10/24", "/24", `"192.0.2.10"`},
		{Addr{}, "::ffff:192.0.2.1", "", `"192.0.2.1"`},
		{Addr{}, "lb1.example.com", "lb1.example.com", "not looked up"},
		{HostPort{}, "[2001:db8::20g]:80", "2001:db8::20g", ""},
		{HostPort{}, "192.0.2.20:70000", "70000", ""},
		{HostPort{}, "2001:db8::20:80", "", `"[2001:db8::20]:80"`},
		{Interface(), "eth0/1", "/", ""},
		{AddressLabel(), "eth0:a-long-label", "", `"eth0:a-long-l"`},
		{Duration{Min: time.Second, Max: time.Hour}, "90", "", `"90s"`},
		{Duration{Min: time.Second, Max: time.Hour}, "2d", "", `"48h"`},
		{Duration{Min: time.Second, Max: time.Hour, Step: time.Second}, "1500ms", "", `"1s" and "2s"`},
		{Enum{Values: []string{"nat", "dr", "tunnel"}}, "tunel", "", `"tunnel"`},
		{VersionConstraint{}, ">= 1.2, about 2", " about 2", ""},
		{Status{}, "399-200", "", `"200-399"`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := tt.kind.Parse(cty.StringVal(tt.in))
			var ve *ValueError
			if !errors.As(err, &ve) {
				t.Fatalf("got %v", err)
			}
			if got := tt.in[ve.Offset : ve.Offset+ve.Length]; got != tt.at {
				t.Errorf("the mistake is at %q, want %q", got, tt.at)
			}
			if !strings.Contains(ve.Help, tt.help) {
				t.Errorf("the help %q does not say %s", ve.Help, tt.help)
			}
		})
	}
}

// TestPrintReadsBack: what Print writes, Parse reads as the same value.
func TestPrintReadsBack(t *testing.T) {
	tests := []struct {
		kind Kind
		in   string
	}{
		{Duration{Min: time.Millisecond, Max: 100 * time.Hour}, "90m"},
		{Duration{Min: time.Millisecond, Max: 100 * time.Hour}, "2h"},
		{Duration{Min: time.Millisecond, Max: 100 * time.Hour}, "1m0.5s"},
		{Prefix{}, "2001:db8::1/64"},
		{HostPort{}, "[::1]:80"},
		{Addr{}, "10.0.0.1"},
		{Status{}, "200-204"},
		{Enum{Values: []string{"rr"}}, "rr"},
		{VersionConstraint{}, ">= 1.2, < 2.0"},
		{Interface(), "eth0.100"},
	}
	for _, tt := range tests {
		first, err := tt.kind.Parse(cty.StringVal(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		text := tt.kind.Print(first)
		second, err := tt.kind.Parse(cty.StringVal(text))
		if err != nil || tt.kind.Print(second) != text {
			t.Errorf("%s prints as %s, which reads as %v, %v", tt.in, text, second, err)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 5 * time.Minute: "5m", 2 * time.Hour: "2h", 90 * time.Second: "1m30s", 100 * time.Millisecond: "100ms",
		time.Hour + 30*time.Minute: "1h30m", 10 * time.Second: "10s", time.Hour + 5*time.Second: "1h0m5s",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestConstraint(t *testing.T) {
	tests := []struct {
		constraint, version string
		want                bool
	}{
		{">= 1.2, < 2.0", "1.2.0", true},
		{">= 1.2, < 2.0", "2.0.0", false},
		{"~> 1.4", "1.9.0", true},
		{"~> 1.4", "2.0.0", false},
		{"~> 1.4.2", "1.4.9", true},
		{"~> 1.4.2", "1.5.0", false},
		{"!= 1.4.2", "1.4.2", false},
		{"1.4.2", "v1.4.2", true},
		{"> 1.4", "1.4.0", false},
		{"<= 1.4", "1.5.0-rc1", false},
		{">= 99", "(devel)", true},
	}
	for _, tt := range tests {
		v, err := VersionConstraint{}.Parse(cty.StringVal(tt.constraint))
		if err != nil {
			t.Errorf("%s: %v", tt.constraint, err)
			continue
		}
		if got := v.(Constraint).Allows(tt.version); got != tt.want {
			t.Errorf("%s allows %s: %v", tt.constraint, tt.version, got)
		}
	}
}

// TestOddValuesAreErrors: whatever an expression evaluates to, kinds answer with a value or an error.
func TestOddValuesAreErrors(t *testing.T) {
	odd := []cty.Value{
		cty.StringVal(""), cty.StringVal("\x00"), cty.StringVal(strings.Repeat("9", 1000)), cty.NumberIntVal(-1), cty.NumberFloatVal(0.5),
		cty.PositiveInfinity, cty.NegativeInfinity, cty.NumberVal(new(big.Float).SetMantExp(big.NewFloat(1), 1<<20)), cty.True,
		cty.EmptyTupleVal, cty.EmptyObjectVal, cty.ListValEmpty(cty.String), cty.SetVal([]cty.Value{cty.True}),
		cty.MapVal(map[string]cty.Value{"a": cty.NullVal(cty.String)}), cty.TupleVal([]cty.Value{cty.UnknownVal(cty.String), cty.NullVal(cty.Bool)}),
		cty.ObjectVal(map[string]cty.Value{RefAttr: cty.NumberIntVal(1)}), cty.ObjectVal(map[string]cty.Value{RefAttr: cty.UnknownVal(cty.String)}),
		cty.TupleVal([]cty.Value{cty.StringVal("secret").Mark("m")}), block("node.lb1"),
	}
	for _, k := range everyKind(Root()) {
		for _, v := range odd {
			got, err := k.Parse(v)
			if err == nil {
				_ = k.Print(got)
				continue
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%T shows a secret: %v", k, err)
			}
		}
	}
	for _, v := range append(odd, cty.NilVal, cty.DynamicVal, cty.NullVal(cty.String), cty.StringVal("secret").Mark("m"), cty.CapsuleVal(cty.Capsule("c", reflect.TypeFor[big.Int]()), new(big.Int))) {
		if text := Describe(v); text == "" || strings.Contains(text, "secret") || strings.Contains(text, RefAttr) {
			t.Errorf("described as %q", text)
		}
	}
}

// everyKind lists the kinds of all arguments and labels, elements of collections included.
func everyKind(blocks []*Block) []Kind {
	var list []Kind
	for _, b := range blocks {
		for _, l := range b.Labels {
			if l.Kind != nil {
				list = append(list, l.Kind)
			}
		}
		for _, a := range b.Args {
			switch k := a.Kind.(type) {
			case List:
				list = append(list, k.Elem)
			case Map:
				list = append(list, k.Elem)
			}
			list = append(list, a.Kind)
		}
		for _, n := range b.Blocks {
			list = append(list, everyKind([]*Block{n.Block})...)
		}
	}
	return list
}
