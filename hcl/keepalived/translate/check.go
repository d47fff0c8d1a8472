package translate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// all are what the checks of a server become.
func (t *translator) all(y *meaning.Server) []probe {
	list, known := t.probed[y]
	if !known {
		for _, c := range y.Checks {
			list = append(list, t.probe(y, c))
		}
		t.probed[y] = list
	}
	return list
}

// probe is what a check becomes. Its arguments stand in the order of the language.
func (t *translator) probe(y *meaning.Server, c *meaning.Check) probe {
	p := probe{at: c.At}
	switch c.Kind {
	case "TCP_CHECK":
		p.kind, p.name = "tcp", "connect"
		t.timing(&p, y, c)
	case "HTTP_GET", "SSL_GET":
		p.kind = "http"
		t.timing(&p, y, c)
		t.pages(&p, c)
		t.tls(&p, c)
	case "SMTP_CHECK":
		p.kind, p.name = "smtp", "greeting"
		t.timing(&p, y, c)
		t.word(&p, "helo", c.Helo)
	case "DNS_CHECK":
		p.kind, p.name = "dns", "question"
		t.timing(&p, y, c)
		t.word(&p, "name", c.Name)
		if c.Type.V == "SOA" {
			t.defaulted(c.Type.At)
		} else {
			t.word(&p, "type", c.Type)
		}
	case "UDP_CHECK":
		p.kind, p.name = "udp", "datagram"
		t.timing(&p, y, c)
		t.datagram(&p, c)
	case "PING_CHECK":
		p.kind, p.name = "ping", "echo"
		t.timing(&p, y, c)
	case "MISC_CHECK":
		p.kind, p.name = "script", "script"
		t.timing(&p, y, c)
		t.programOf(&p, c)
		if c.Dynamic.V {
			p.inner = append(p.inner, probe{kind: "weight", at: c.Dynamic.At})
		}
	case "FILE_CHECK":
		p.kind, p.name = "file", c.File.Name
		t.fileOf(&p, c)
	}
	t.from(&p, c)
	return p
}

func (t *translator) word(p *probe, name string, v meaning.Value[string]) {
	if v.Set() {
		p.add(name, layout.Quote(v.V), v.At)
	}
}

// timing are the arguments that all checks have.
func (t *translator) timing(p *probe, y *meaning.Server, c *meaning.Check) {
	d := c.Defaults
	interval := within(t, atLeast(d.Interval, 100*time.Millisecond), 0, time.Hour, "the interval", c.At)
	t.time(p, "interval", interval, 5*time.Second)
	timeout := d.Timeout
	if p.kind == "script" {
		timeout = c.Limit
	}
	t.time(p, "timeout", within(t, atLeast(timeout, 10*time.Millisecond), 0, 10*time.Minute, "the timeout", c.At), 3*time.Second)
	fall := within(t, meaning.Value[int]{V: d.Retry.V + 1, At: d.Retry.At}, 1, 100, "the number of attempts", c.At)
	if fall.V == 3 {
		t.defaulted(d.Retry.At)
	} else {
		p.add("fall", itoa(fall.V), d.Retry.At)
	}
	delay := d.RetryDelay
	if delay.V > interval.V {
		if delay.Set() && fall.V > 1 {
			t.a.Remark(delay.At, "late-attempt", account.Notice, "an attempt is never later than the interval of the check", fmt.Sprintf("the result has %v, and finds a failure sooner", interval.V))
		}
		delay.V = interval.V
	}
	switch {
	case fall.V == 1:
		t.a.Set(d.RetryDelay.At, account.Ignored, "the first failure decides")
	case p.kind == "script" && delay.V == interval.V:
		t.defaulted(d.RetryDelay.At)
	default:
		t.time(p, "retry_delay", delay, 0)
	}
	if d.Warmup.Set() {
		t.time(p, "warmup", within(t, atLeast(d.Warmup, time.Millisecond), time.Millisecond, time.Hour, "warmup", c.At), min(interval.V, time.Second))
	}
	if d.Alpha.V {
		p.add("initial", `"down"`, d.Alpha.At)
	} else {
		p.add("initial", `"up"`, d.Alpha.At)
	}
	port := c.From.Port
	switch {
	case !port.Set() && y.ProbePort != 0 && p.kind != "ping" && p.kind != "script" && p.kind != "file":
		p.add("port", itoa(y.ProbePort))
	case !port.Set():
	case p.kind == "ping" || port.V == int(y.Addr.Port()):
		t.defaulted(port.At)
	default:
		p.add("port", itoa(port.V), port.At)
	}
	to := c.From.To
	switch {
	case !to.Set():
	case to.V == y.Addr.Addr():
		t.defaulted(to.At)
	default:
		p.add("address", layout.Quote(to.V.String()), to.At)
	}
}

func (t *translator) time(p *probe, name string, v meaning.Value[time.Duration], def time.Duration) {
	if v.V == def {
		t.defaulted(v.At)
		return
	}
	p.add(name, layout.Duration(v.V), v.At)
}

// from is the block about where probes leave.
func (t *translator) from(p *probe, c *meaning.Check) {
	f, in := c.From, probe{kind: "from"}
	if f.Source.Set() {
		in.add("address", layout.Quote(f.Source.V.String()), f.Source.At)
	}
	if f.SourcePort.Set() && p.kind != "ping" {
		in.add("port", itoa(f.SourcePort.V), f.SourcePort.At)
	}
	if f.Device.Set() {
		in.add("interface", layout.Quote(f.Device.V), f.Device.At)
	}
	if f.Mark.V > 0 {
		in.add("mark", itoa(f.Mark.V), f.Mark.At)
	} else {
		t.defaulted(f.Mark.At)
	}
	if len(in.args) > 0 {
		p.inner = append(p.inner, in)
	}
}

// pages are what is asked of a web server: in the check itself where it is one page, else each in a block.
func (t *translator) pages(p *probe, c *meaning.Check) {
	version := meaning.Value[string]{V: "1.0", At: c.Protocol.At}
	if c.Protocol.V == "1.1" {
		t.defaulted(c.Protocol.At)
	} else {
		p.add("version", layout.Quote(version.V), version.At)
	}
	if len(c.URLs) == 1 {
		page := t.page(c, c.URLs[0])
		p.args = append(p.args, page.args...)
		p.at, p.name = c.At, pageName(c.URLs[0].Path.V)
		t.a.Converted(c.URLs[0].At, "check \"http\"")
		for i, a := range p.args { // path stands before version
			if a.name == "path" && i > 0 && p.args[i-1].name == "version" {
				p.args[i-1], p.args[i] = p.args[i], p.args[i-1]
			}
		}
		return
	}
	alike := !slices.ContainsFunc(c.URLs, func(u *meaning.URL) bool { return u.Status.Set() })
	if alike {
		p.add("status", layout.Quotes([]string{"200-299"}), nil)
	}
	taken := names{}
	for _, u := range c.URLs {
		page := t.page(c, u)
		if alike {
			page.args = slices.DeleteFunc(page.args, func(a probeArg) bool { return a.name == "status" })
		}
		page.labels = []string{taken.take("page", pageName(u.Path.V))}
		p.inner = append(p.inner, page)
	}
	p.name = "pages"
}

func (t *translator) page(c *meaning.Check, u *meaning.URL) probe {
	p := probe{kind: "page", at: u.At}
	p.add("path", layout.Quote(u.Path.V), u.Path.At)
	host := u.Host
	if !host.Set() {
		host = c.Defaults.Host
	}
	t.word(&p, "host", host)
	status := u.Status
	if !status.Set() {
		status.V = []string{"200-299"}
	}
	if len(status.V) == 1 && status.V[0] == "200-399" {
		t.defaulted(status.At)
	} else {
		p.add("status", layout.Quotes(status.V), status.At)
	}
	t.regex(&p, u)
	t.word(&p, "md5", u.Digest)
	return p
}

// regex is the expression with its options in front.
func (t *translator) regex(p *probe, u *meaning.URL) {
	if !u.Regex.Set() {
		return
	}
	letters := ""
	for _, o := range u.RegexOptions.V {
		letter := map[string]string{"caseless": "i", "multiline": "m", "dotall": "s", "ungreedy": "U"}[o]
		if letter == "" && !slices.Contains([]string{"utf", "ucp", "no_auto_capture", "no_auto_possess", "no_start_optimize"}, o) {
			t.a.Remark(u.RegexOptions.At, "regex-option", account.Loss, "the option "+o+" of an expression is not supported", "the result is without it")
		}
		letters += letter
	}
	expression := u.Regex.V
	if letters != "" {
		expression = "(?" + letters + ")" + expression
	}
	if _, err := regexp.Compile(expression); err != nil || len(expression) > 1000 {
		t.a.Lost(u.Regex.At, "regex", "the expression is not one of RE2", "the result does not search the page")
		return
	}
	name := "matches"
	if u.NoMatch.V {
		name = "excludes"
	}
	p.add(name, layout.Quote(expression), u.Regex.At, u.NoMatch.At)
	if u.RegexOptions.Set() {
		t.a.Converted(u.RegexOptions.At, name)
	}
}

// pageName is a name that says which page it is.
func pageName(path string) string {
	path, _, _ = strings.Cut(path, "?")
	name := strings.Trim(layout.Name(strings.Trim(path, "/")), "_")
	if name == "" || len(name) > 40 {
		return "page"
	}
	return name
}

// tls are the arguments of SSL_GET: certificates are not verified.
func (t *translator) tls(p *probe, c *meaning.Check) {
	g := t.c.Globals
	if c.Kind != "SSL_GET" {
		t.a.Set(c.ServerName.At, account.Ignored, "only SSL_GET has it")
		return
	}
	p.add("tls", "true", c.At)
	p.add("skip_verify", "true")
	t.word(p, "server_name", c.ServerName)
	if g.Certificate.Set() && g.CertificateKey.Set() {
		t.word(p, "certificate", g.Certificate)
		t.word(p, "key", g.CertificateKey)
	}
}

// datagram are the arguments of UDP_CHECK.
func (t *translator) datagram(p *probe, c *meaning.Check) {
	t.word(p, "payload", c.Payload)
	switch {
	case !c.Reply.Set():
		for _, v := range []meaning.Value[int]{c.ReplyMin, c.ReplyMax} {
			t.a.Set(v.At, account.Ignored, "it counts only beside a reply that is compared")
		}
	case c.Reply.V == "":
		p.add("require_reply", "true", c.Reply.At)
		for _, v := range []meaning.Value[int]{c.ReplyMin, c.ReplyMax} {
			t.a.Set(v.At, account.Ignored, "it counts only beside a reply that is compared")
		}
	default:
		p.add("reply", layout.Quote(c.Reply.V), c.Reply.At)
		if c.ReplyMin.V > 0 {
			p.add("reply_min", itoa(c.ReplyMin.V), c.ReplyMin.At)
		}
		most := c.ReplyMax
		if !most.Set() {
			most.V = 255
		}
		if most.V < c.ReplyMin.V {
			t.a.Remark(c.ReplyMin.At, "no-length", account.Notice, "the least length of a reply is above the greatest one", "no reply would do; the result goes by the least")
			most.V = c.ReplyMin.V
		}
		p.add("reply_max", strconv.Itoa(max(most.V, 1)), most.At)
	}
}

// programOf adds the program of a script with its user.
func (t *translator) programOf(p *probe, c *meaning.Check) {
	b := t.block("check", "script")
	b.path = "check"
	t.program(b, c.Command, c.User)
	for _, a := range b.Args {
		arg := probeArg{name: a.Name, value: a.Value, own: a.Beside == "keepalived's default"}
		for _, e := range a.List {
			arg.words = append(arg.words, e.Value)
		}
		if a.Name == "command" {
			arg.from = append(arg.from, c.Command.At)
		} else {
			arg.from = append(arg.from, c.User.At)
		}
		p.args = append(p.args, arg)
	}
	if argv := c.Command.V.Argv; len(argv) > 0 {
		p.name = argv[0][strings.LastIndexByte(argv[0], '/')+1:]
	}
}

// fileOf adds the file of FILE_CHECK, whose number changes the weight of the server.
func (t *translator) fileOf(p *probe, c *meaning.Check) {
	p.add("file", layout.Quote(c.File.Path.V), c.File.Path.At)
	weight := probe{kind: "weight"}
	factor := c.Weight.V
	if c.Reverse {
		factor = -factor
	}
	if factor != 1 {
		weight.add("factor", itoa(factor), c.Weight.At)
		weight.args[0].own = false
	} else {
		t.defaulted(c.Weight.At)
	}
	p.inner = append(p.inner, weight)
	for _, s := range t.containers(c.At, "track_file") {
		t.a.Converted(s, `check "file": file`)
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
		same := func(p, q probe) bool { return p.key() == q.key() }
		if !slices.EqualFunc(first, t.all(y), same) {
			return false
		}
	}
	t.writeProbes(b, first)
	for _, y := range list[1:] {
		for _, p := range t.all(y) {
			p.book(t, fmt.Sprintf("%s → check %q", b.path, p.kind))
		}
	}
	return true
}
