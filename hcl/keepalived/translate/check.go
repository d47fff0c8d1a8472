package translate

import (
	"fmt"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// probe is a check as ha has it: comparable by its arguments, and with where they come from.
type probe struct {
	kind string
	args []probeArg
	at   *keepalived.Statement // of the check, or the url
}

type probeArg struct {
	name, value string
	from        []*keepalived.Statement
	words       []string // of a command; then there is no value
}

// key is the same for equal checks.
func (p probe) key() string {
	var b strings.Builder
	b.WriteString(p.kind)
	for _, a := range p.args {
		fmt.Fprintf(&b, "\x00%s=%s%q", a.name, a.value, a.words)
	}
	return b.String()
}

func (p *probe) add(name, value string, from ...*keepalived.Statement) {
	p.args = append(p.args, probeArg{name: name, value: value, from: from})
}

// sharedCheck is a check of several pools.
type sharedCheck struct {
	pools int
	name  string // empty until its block is written
}

// all are what the checks of a server become.
func (t *translator) all(y *meaning.Server) []probe {
	list, known := t.probed[y]
	if !known {
		for _, c := range y.Checks {
			list = append(list, t.probes(y, c)...)
		}
		t.probed[y] = list
	}
	return list
}

// probes are what a check of keepalived becomes: one for each page.
func (t *translator) probes(y *meaning.Server, c *meaning.Check) []probe {
	switch c.Kind {
	case "TCP_CHECK":
		return []probe{t.base("tcp", y, c)}
	case "MISC_CHECK":
		p := t.base("script", y, c)
		t.programOf(&p, c)
		return []probe{p}
	}
	var list []probe
	for _, u := range c.URLs {
		p := t.base("http", y, c)
		p.at = u.At
		p.add("path", layout.Quote(u.Path.V), u.Path.At)
		host := u.Host
		if !host.Set() {
			host = c.Defaults.Host
		}
		if host.Set() {
			p.add("host", layout.Quote(host.V), host.At)
		}
		status := u.Status
		if !status.Set() {
			status.V = []string{"200-299"}
		}
		p.add("status", layout.Quotes(status.V), status.At)
		if c.Kind == "SSL_GET" {
			p.add("tls", "true", c.At)
			p.add("skip_verify", "true")
		}
		list = append(list, p)
	}
	return list
}

// base are the arguments that all checks have.
func (t *translator) base(kind string, y *meaning.Server, c *meaning.Check) probe {
	p := probe{kind: kind, at: c.At}
	d := c.Defaults
	interval := within(t, atLeast(d.Interval, 100*time.Millisecond), 0, time.Hour, "the interval", c.At)
	if interval.V != 5*time.Second {
		p.add("interval", layout.Duration(interval.V), d.Interval.At)
	} else {
		t.defaulted(d.Interval.At)
	}
	timeout := d.Timeout
	if kind == "script" {
		timeout = c.Limit
	}
	timeout = within(t, atLeast(timeout, 10*time.Millisecond), 0, 10*time.Minute, "the timeout", c.At)
	if timeout.V != 3*time.Second {
		p.add("timeout", layout.Duration(timeout.V), timeout.At)
	} else {
		t.defaulted(timeout.At)
	}
	fall := within(t, meaning.Value[int]{V: d.Retry.V + 1, At: d.Retry.At}, 1, 100, "the number of attempts", c.At)
	if fall.V != 3 {
		p.add("fall", itoa(fall.V), d.Retry.At)
	} else {
		t.defaulted(d.Retry.At)
	}
	switch {
	case !c.Port.Set():
	case c.Port.V == int(y.Addr.Port()):
		t.defaulted(c.Port.At)
	default:
		p.add("port", itoa(c.Port.V), c.Port.At)
	}
	return p
}

// programOf adds the program of a script with its user.
func (t *translator) programOf(p *probe, c *meaning.Check) {
	b := t.block("check", "script")
	b.path = "check"
	t.program(b, c.Command, c.User)
	for _, a := range b.Args {
		arg := probeArg{name: a.Name, value: a.Value}
		if a.List != nil {
			for _, e := range a.List {
				arg.words = append(arg.words, e.Value)
			}
		}
		if a.Name == "command" {
			arg.from = []*keepalived.Statement{c.Command.At}
		}
		p.args = append(p.args, arg)
	}
}

// count notes which checks are wanted by several pools.
func (t *translator) count(x *meaning.Service) {
	seen := map[string]bool{}
	for _, y := range x.Servers {
		for _, p := range t.all(y) {
			key := p.key()
			if seen[key] || len(p.args) < 2 {
				continue
			}
			seen[key] = true
			if t.shared[key] == nil {
				t.shared[key] = &sharedCheck{}
			}
			t.shared[key].pools++
		}
	}
}

// poolChecks writes the checks that all servers of a pool have in common; false where they differ.
func (t *translator) poolChecks(b *block, list []*meaning.Server) bool {
	if len(list) == 0 {
		return true
	}
	first := t.all(list[0])
	for _, y := range list[1:] {
		other := t.all(y)
		if len(other) != len(first) {
			return false
		}
		for i := range other {
			if other[i].key() != first[i].key() {
				return false
			}
		}
	}
	t.writeProbes(b, first)
	for _, y := range list[1:] {
		for _, p := range t.all(y) {
			t.book(b.path+" → check "+layout.Quote(p.kind), p)
		}
	}
	return true
}

// writeProbes writes checks where they are used, or refers to those that several pools share.
func (t *translator) writeProbes(b *block, list []probe) {
	var refs []layout.Elem
	seen := map[string]bool{}
	for _, p := range list {
		key := p.key()
		if seen[key] {
			t.book(b.path, p)
			continue
		}
		seen[key] = true
		if s := t.shared[key]; s != nil && s.pools > 1 {
			if s.name == "" {
				s.name = t.share(p)
			}
			refs = append(refs, layout.Elem{Value: "check." + p.kind + "." + s.name})
			t.book("check "+layout.Quote(p.kind)+" "+layout.Quote(s.name), p)
			continue
		}
		in := b.inner("check", p.kind)
		t.writeProbe(in, p)
	}
	if refs != nil {
		b.list("checks", refs)
	}
}

// share writes a check at the top level and returns its name.
func (t *translator) share(p probe) string {
	name := t.names.take(p.kind, p.wanted())
	b := t.block("check", p.kind, name)
	t.writeProbe(b, p)
	t.part.Checks = append(t.part.Checks, b.Block)
	return name
}

// wanted is a name that says what a check asks for.
func (p probe) wanted() string {
	for _, a := range p.args {
		switch a.name {
		case "path":
			path := strings.Trim(strings.ToLower(layout.Name(strings.Trim(strings.Trim(a.value, `"`), "/"))), "_")
			if path != "" && len(path) < 40 {
				return path
			}
			return "root"
		case "port":
			return "port_" + a.value
		}
	}
	return map[string]string{"tcp": "connect", "script": "script", "http": "page"}[p.kind]
}

func (t *translator) writeProbe(in *block, p probe) {
	t.lead(in, p.at)
	for _, a := range p.args {
		if a.words != nil {
			elems := make([]layout.Elem, len(a.words))
			for i, w := range a.words {
				elems[i].Value = w
			}
			in.list(a.name, elems, a.from...)
			continue
		}
		in.arg(a.name, a.value, a.from...)
	}
	t.a.Converted(p.at, in.path)
}

// book notes of a check what it became, although it is written elsewhere.
func (t *translator) book(path string, p probe) {
	t.a.Converted(p.at, path)
	for _, a := range p.args {
		for _, s := range a.from {
			t.a.Converted(s, path+": "+a.name+" = "+a.value)
		}
	}
}
