package translate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/schema"
)

// routes writes the routes of a VIP or a static block.
func (t *translator) routes(b *block, list []*meaning.Entry) {
	seen := map[string]bool{}
	for _, e := range list {
		in := t.block("route", e.Dest.String())
		in.path = b.path + " → " + in.path
		args, ok := t.options(e, t.language.route, "route")
		if !ok {
			continue
		}
		hops, fits := t.hops(e, in, args)
		if !fits {
			continue
		}
		if e.Type != "unicast" {
			args = append(args, pair{"type", layout.Quote(e.Type)})
		}
		key := fmt.Sprint(in.Labels, of(args, "metric"), of(args, "table"), of(args, "tos"), of(args, "from"))
		switch {
		case seen[key]:
			t.a.Lost(e.At, "route-twice", "a route to "+e.Dest.String()+" with this metric and table stands here already", "the kernel has one of them; the result has the first")
			continue
		case e.Type == "unicast" && len(hops) == 0 && of(args, "gateway") == "" && of(args, "device") == "":
			t.a.Lost(e.At, "route-without-way", "the route has neither gateway nor device", "the kernel refuses it; the result is without it")
			continue
		}
		seen[key] = true
		if len(hops) > 0 {
			args = without(args, "gateway", "device", "onlink")
		}
		t.write(in, e, args)
		in.Blocks = append(in.Blocks, hops...)
		if e.Encap != nil && !t.encap(in, e, e.Encap) {
			continue
		}
		b.Blocks = append(b.Blocks, in.Block)
	}
}

// hops are the blocks of a route with several ways; its own way is the first of them.
func (t *translator) hops(e *meaning.Entry, in *block, args []pair) ([]*layout.Block, bool) {
	if len(e.Hops) == 0 {
		return nil, true
	}
	var list []*layout.Block
	if of(args, "gateway")+of(args, "device") != "" {
		first := t.block("next_hop")
		for _, name := range []string{"gateway", "device", "onlink"} {
			if v := of(args, name); v != "" {
				first.arg(name, v)
			}
		}
		list = append(list, first.Block)
	}
	for _, h := range e.Hops {
		hop := t.block("next_hop")
		hop.path = in.path + " → next_hop"
		for _, v := range []struct{ name, word, value string }{
			{"gateway", "via", h.Gateway},
			{"device", "dev", h.Device},
			{"onlink", "onlink", map[bool]string{true: "true"}[h.Onlink]},
			{"realms", "realms", h.Realms},
			{"weight", "weight", h.Weight},
		} {
			if v.value == "" {
				continue
			}
			arg, _ := byWord(t.language.hop, v.word)
			expr, err := expression(arg, v.value)
			if err != nil {
				t.a.Lost(e.At, "bad-value", fmt.Sprintf("%s %q of a next hop: %v", v.word, v.value, err), "the result is without the route")
				return nil, false
			}
			hop.arg(v.name, expr)
		}
		if h.Encap != nil && !t.encap(hop, e, h.Encap) {
			return nil, false
		}
		list = append(list, hop.Block)
	}
	return list, true
}

// encap makes the block of an encapsulation; false when something in it has no place.
func (t *translator) encap(b *block, e *meaning.Entry, x *meaning.Encap) bool {
	in := b.inner("encap", x.Kind)
	if x.Kind == "mpls" {
		in.arg("labels", "["+strings.Join(x.Labels, ", ")+"]")
		return true
	}
	for _, a := range t.language.encap {
		for _, o := range x.Words {
			if a.Keepalived != o.Word {
				continue
			}
			expr, err := expression(a, o.Value)
			if o.Word == "flags" {
				err = fmt.Errorf("flags by number have no place")
			}
			if err != nil {
				t.a.Lost(e.At, "bad-value", fmt.Sprintf("%s %q of an encapsulation: %v", o.Word, o.Value, err), "the result is without the route")
				return false
			}
			in.arg(a.Name, expr)
		}
	}
	return true
}

func without(list []pair, names ...string) []pair {
	var kept []pair
	for _, p := range list {
		if !slices.Contains(names, p.name) {
			kept = append(kept, p)
		}
	}
	return kept
}

// rules writes the rules of a VIP or a static block.
func (t *translator) rules(b *block, list []*meaning.Entry) {
	priority := 16384
	for n, e := range list {
		args, ok := t.options(e, t.language.rule, "rule")
		if !ok {
			continue
		}
		if of(args, "priority") == "" {
			args = append(args, pair{"priority", itoa(priority)})
			t.a.Remark(e.At, "rule-without-preference", account.Notice, "the rule has no preference", fmt.Sprintf("keepalived gives it %d; so does the result", priority))
			priority--
		}
		if e.IPv6 && of(args, "from") == "" && of(args, "to") == "" {
			args = append(args, pair{"family", `"ipv6"`})
		}
		in := t.block("rule", t.names.take("rule of "+b.path, fmt.Sprintf("rule%d", n+1)))
		in.path = b.path + " → " + in.path
		t.write(in, e, args)
		b.Blocks = append(b.Blocks, in.Block)
	}
}

// pair is an argument of a route or a rule.
type pair struct{ name, value string }

func of(list []pair, name string) string {
	for _, p := range list {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// write adds arguments in the order of the language.
func (t *translator) write(in *block, e *meaning.Entry, args []pair) {
	t.lead(in, e.At)
	t.a.Converted(e.At, in.path)
	table := t.language.route
	if in.Type == "rule" {
		table = t.language.rule
	}
	for _, a := range table {
		if v := of(args, a.Name); v != "" {
			in.arg(a.Name, v)
		}
	}
}

// language are the arguments of blocks that entries become, as the schema has them.
type language struct{ route, hop, encap, rule []schema.Arg }

func newLanguage() language {
	var l language
	for _, b := range schema.Root() {
		if b.Type == "static" {
			route := blockIn(b, "route")
			l.route, l.hop, l.rule = route.Args, blockIn(route, "next_hop").Args, blockIn(b, "rule").Args
			l.encap = blockIn(route, "encap").Args
		}
	}
	return l
}

// blockIn is the nested block of that type; an empty one where there is none.
func blockIn(b *schema.Block, kind string) *schema.Block {
	for _, n := range b.Blocks {
		if n.Block.Type == kind {
			return n.Block
		}
	}
	return &schema.Block{}
}

// options makes arguments of the words of an entry. False: the entry was lost, with a remark.
func (t *translator) options(e *meaning.Entry, table []schema.Arg, kind string) ([]pair, bool) {
	var args []pair
	var locks []string
	for _, o := range e.Options {
		if kind == "rule" && t.action(&args, o) {
			continue
		}
		if kind == "route" && otherFamily(e, o.Word) {
			t.a.Remark(e.At, "other-family", account.Notice, "routes of this address family have no "+o.Word, "the kernel passes over it; the result is without it")
			continue
		}
		name, value := renamed(o)
		arg, ok := byWord(table, name)
		if !ok {
			t.a.Lost(e.At, "not-supported", kind+"s with "+o.Word+" are not supported", "the result is without the "+kind)
			return nil, false
		}
		expr, err := expression(arg, value)
		if err != nil {
			t.a.Lost(e.At, "bad-value", fmt.Sprintf("%s %q: %v", o.Word, o.Value, err), "the result is without the "+kind)
			return nil, false
		}
		if name == "fwmark" {
			if mark, mask, has := strings.Cut(value, "/"); has {
				args = append(args, pair{"mark", number(mark)}, pair{"mask", number(mask)})
				continue
			}
		}
		args = append(args, pair{arg.Name, expr})
		if o.Lock {
			locks = append(locks, arg.Name)
		}
	}
	if locks != nil {
		args = append(args, pair{"lock", layout.Quotes(locks)})
	}
	return args, true
}

// otherFamily tells whether a route of that family has no such option.
func otherFamily(e *meaning.Entry, word string) bool {
	if e.Dest.Addr().Is4() {
		return word == "pref" || word == "from"
	}
	return word == "scope" || word == "tos" || word == "realms"
}

// action makes the argument action of what a rule does, where it is more than a value.
func (t *translator) action(args *[]pair, o meaning.Option) bool {
	switch o.Word {
	case "nop", "blackhole", "unreachable", "prohibit", "l3mdev":
		*args = append(*args, pair{"action", layout.Quote(o.Word)})
	case "not":
		*args = append(*args, pair{"not", "true"})
	case "goto":
		*args = append(*args, pair{"action", layout.Quote("goto")}, pair{"goto", number(o.Value)})
	default:
		return false
	}
	return true
}

// renamed is an option as the words of the schema have it: names of tables and scopes become numbers and words.
func renamed(o meaning.Option) (word, value string) {
	value = o.Value
	switch o.Word {
	case "preference":
		return "priority", value
	case "table":
		if n, known := map[string]string{"main": "254", "local": "255", "default": "253"}[value]; known {
			value = n
		}
	case "scope":
		if n, known := map[string]string{"0": "global", "universe": "global", "200": "site", "253": "link", "254": "host"}[value]; known {
			value = n
		}
	case "ipproto":
		if n, known := map[string]string{"tcp": "6", "udp": "17", "icmp": "1", "sctp": "132", "ipv6-icmp": "58"}[value]; known {
			value = n
		}
	case "features":
		if value == "ecn" {
			value = "true"
		}
	}
	return o.Word, value
}

// byWord finds the argument that a word of keepalived stands for.
func byWord(table []schema.Arg, word string) (schema.Arg, bool) {
	for _, a := range table {
		if a.Keepalived == word {
			return a, true
		}
	}
	for _, a := range table {
		if a.Name == word {
			return a, true
		}
	}
	return schema.Arg{}, false
}

// number writes a number that may be octal or hexadecimal.
func number(text string) string {
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return text
	}
	return strconv.FormatUint(n, 10)
}

// expression writes a value as the kind of the argument wants it, and tells when it does not fit.
func expression(arg schema.Arg, text string) (string, error) {
	var v cty.Value
	expr := layout.Quote(text)
	switch arg.Kind.(type) {
	case schema.Bool:
		on := text == "" || text == "1" || text == "true" || text == "enabled"
		v, expr = cty.BoolVal(on), strconv.FormatBool(on)
	case schema.Int:
		text, _, _ = strings.Cut(text, "/")
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			return "", fmt.Errorf("this is no number")
		}
		v, expr = cty.NumberIntVal(n), strconv.FormatInt(n, 10)
	case schema.Duration:
		d, err := routeTime(text)
		if err != nil {
			return "", err
		}
		v, expr = cty.StringVal(schema.FormatDuration(d)), layout.Duration(d)
	default:
		if strings.HasPrefix(text, "0x") { // a number where a name may stand, too
			text = number(text)
			expr = layout.Quote(text)
		}
		v = cty.StringVal(text)
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && arg.Kind.Type() != cty.String {
			v, expr = cty.NumberUIntVal(n), text
		}
	}
	_, err := arg.Kind.Parse(v)
	return expr, err
}

// routeTime reads a time of a route: milliseconds, or a number with s or ms.
func routeTime(text string) (time.Duration, error) {
	unit := time.Millisecond
	number := text
	for suffix, u := range map[string]time.Duration{"msecs": time.Millisecond, "msec": time.Millisecond, "ms": time.Millisecond} {
		if n, found := strings.CutSuffix(text, suffix); found {
			number, unit = n, u
		}
	}
	if number == text {
		for _, suffix := range []string{"secs", "sec", "s"} {
			if n, found := strings.CutSuffix(text, suffix); found {
				number, unit = n, time.Second
				break
			}
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < 0 || f > 1e9 {
		return 0, fmt.Errorf("this is no time")
	}
	return time.Duration(f * float64(unit)).Round(time.Millisecond), nil
}
