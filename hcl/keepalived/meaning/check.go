package meaning

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// inherited reads what checks inherit from the blocks around them.
func (r *reader) inherited(d *Defaults, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "delay_loop":
		r.seconds(&d.Interval, s, time.Microsecond, longest)
	case "connect_timeout":
		r.seconds(&d.Timeout, s, time.Microsecond, longest)
	case "retry":
		r.integer(&d.Retry, s, 0, 1<<31-1)
	case "delay_before_retry":
		r.seconds(&d.RetryDelay, s, 0, longest)
	case "warmup":
		r.seconds(&d.Warmup, s, 0, longest)
	case "virtualhost":
		r.text(&d.Host, s)
	default:
		return false
	}
	return true
}

// check reads a check of a real server.
func (r *reader) check(y *Server, s *keepalived.Statement) {
	if s.Keyword == "BFD_CHECK" {
		r.sessionCheck(y, s)
		return
	}
	c := &Check{At: s, Kind: s.Keyword}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		if r.words.Find(c.Kind, s.Keyword) == nil || !r.probe(c, s) && !r.from(&c.From, s) && !r.ofKind(c, s) {
			r.passed(c.Kind, s)
		}
	})
	if !r.usable(c) {
		return
	}
	c.Defaults = y.Defaults.over(c.Defaults)
	r.completeCheck(c)
	if c.Kind != "SMTP_CHECK" || len(c.Hosts) == 0 {
		y.Checks = append(y.Checks, c)
		return
	}
	for _, h := range c.Hosts { // each is a check of its own
		own := *c
		own.At, own.From, own.Hosts = h.At, h.From, nil
		own.Defaults = c.Defaults.over(h.Defaults)
		y.Checks = append(y.Checks, &own)
	}
	if c.From.Set() {
		own := *c
		own.Hosts = nil
		y.Checks = append(y.Checks, &own)
	}
}

// usable tells whether a check has what it needs.
func (r *reader) usable(c *Check) bool {
	switch {
	case c.Kind == "MISC_CHECK" && !c.Command.Set():
		r.a.Ignore(c.At, "check-without-command", "MISC_CHECK has no misc_path", "keepalived drops the check; so does the result")
	case (c.Kind == "HTTP_GET" || c.Kind == "SSL_GET") && len(c.URLs) == 0:
		r.a.Ignore(c.At, "check-without-url", c.Kind+" has no url", "keepalived drops the check; so does the result")
	case c.Kind == "FILE_CHECK" && c.File == nil:
		r.a.Ignore(c.At, "check-without-file", "FILE_CHECK names no track_file", "keepalived drops the check; so does the result")
	case c.Kind == "FILE_CHECK" && c.Weight.V == 0:
		r.a.Lost(c.At, "not-supported", "a FILE_CHECK without a weight is not supported", "any number but 0 would be a failure; the server is taken for up")
	default:
		return true
	}
	return false
}

// completeCheck applies the defaults of the kind.
func (r *reader) completeCheck(c *Check) {
	retry, delay := 1, time.Second
	switch c.Kind {
	case "MISC_CHECK":
		retry = 0
	case "HTTP_GET", "SSL_GET":
		delay = 3 * time.Second
	case "DNS_CHECK":
		retry, delay = 3, c.Defaults.Interval.V
	}
	orElse(&c.Defaults.Retry, retry)
	orElse(&c.Defaults.RetryDelay, delay)
	if c.Kind != "MISC_CHECK" {
		return
	}
	if !c.User.Set() {
		c.User = r.config.Globals.ScriptUser
	}
	if !c.Limit.Set() {
		c.Limit = c.Defaults.Interval
	}
}

// probe reads what all checks have.
func (r *reader) probe(c *Check, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "nb_get_retry":
		r.integer(&c.Defaults.Retry, s, 0, 1<<31-1)
	case "alpha":
		r.boolean(&c.Defaults.Alpha, s)
	default:
		return r.inherited(&c.Defaults, s)
	}
	return true
}

// from reads where a probe goes and where it comes from.
func (r *reader) from(f *From, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "connect_ip":
		r.address(&f.To, s)
	case "connect_port":
		r.integer(&f.Port, s, 1, 65535)
	case "bindto":
		r.address(&f.Source, s)
	case "bind_if":
		r.device(&f.Device, s)
	case "bind_port":
		r.integer(&f.SourcePort, s, 1, 65535)
	case "fwmark":
		r.integer(&f.Mark, s, 0, 1<<32-1)
	default:
		return false
	}
	return true
}

// ofKind reads what one kind of check has.
func (r *reader) ofKind(c *Check, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "url":
		r.url(c, s)
	case "http_protocol":
		r.oneOf(&c.Protocol, s, "1.0", "1.0C", "1.0c", "1.1")
	case "sni_name":
		r.text(&c.ServerName, s)
	case "helo_name":
		r.text(&c.Helo, s)
	case "host":
		h := &Host{At: s}
		r.a.Set(s, words.Converted, "")
		each(s, func(s *keepalived.Statement) {
			if !r.from(&h.From, s) && !r.inherited(&h.Defaults, s) {
				r.passed("host", s)
			}
		})
		c.Hosts = append(c.Hosts, h)
	case "type":
		r.oneOf(&c.Type, s, "A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY")
	case "name":
		r.text(&c.Name, s)
	case "misc_path":
		r.command(&c.Command, s)
	case "misc_timeout":
		r.seconds(&c.Limit, s, time.Microsecond, longest)
	case "user":
		r.user(&c.User, s)
	case "misc_dynamic":
		r.flag(&c.Dynamic, s, true)
	case "track_file":
		r.checkedFile(c, s)
	case "weight":
		if r.integer(&c.Weight, s, -254, 254); c.Weight.At == s {
			c.Reverse = len(s.Words) > 1 && s.Words[1] == "reverse"
		}
	default:
		return c.Kind == "UDP_CHECK" && r.datagram(c, s)
	}
	return true
}

// checkedFile looks up the file of FILE_CHECK, whose weight holds where the check has none.
func (r *reader) checkedFile(c *Check, s *keepalived.Statement) {
	name, ok := r.first(s)
	if !ok {
		return
	}
	x, defined := r.tracks[spot{OfFile, name}]
	if !defined {
		r.a.Ignore(s, "undefined-file", "there is no track_file "+printable(name), "keepalived drops the check; so does the result")
		return
	}
	for _, f := range r.config.Files {
		if f.At == x.at {
			c.File = f
		}
	}
	if !c.Weight.Set() {
		c.Weight, c.Reverse = Value[int]{V: x.weight}, x.reverse
	}
	r.a.Set(s, words.Converted, "")
}

// datagram reads what UDP_CHECK has.
func (r *reader) datagram(c *Check, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "payload":
		r.hex(&c.Payload, s, false)
	case "require_reply":
		put(r, &c.Reply, s, "")
		if len(s.Words) > 0 {
			r.hex(&c.Reply, s, true)
		}
	case "min_reply_length":
		r.integer(&c.ReplyMin, s, 0, 65535)
	case "max_reply_length":
		r.integer(&c.ReplyMax, s, 0, 65535)
	default:
		return false
	}
	return true
}

// hex reads groups of digits, two to a byte; a last one alone is the lower half of its byte.
func (r *reader) hex(to *Value[string], s *keepalived.Statement, any bool) {
	if _, ok := r.first(s); !ok {
		return
	}
	var b strings.Builder
	for _, w := range s.Words {
		w = strings.ToLower(w)
		if len(w)%2 == 1 {
			w = w[:len(w)-1] + "0" + w[len(w)-1:]
		}
		b.WriteString(w)
	}
	digits := "0123456789abcdef"
	if any {
		digits += "x"
	}
	if strings.Trim(b.String(), digits) != "" {
		r.bad(s, s.Words[0], "hexadecimal digits")
		return
	}
	put(r, to, s, b.String())
}

// url reads a page that is asked for.
func (r *reader) url(c *Check, s *keepalived.Statement) {
	u := &URL{At: s}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "path":
			r.text(&u.Path, s)
		case "digest":
			if v, ok := r.first(s); ok {
				if len(v) == 32 && strings.Trim(strings.ToLower(v), "0123456789abcdef") == "" {
					put(r, &u.Digest, s, strings.ToLower(v))
				} else {
					r.bad(s, v, "a digest of 32 hexadecimal digits")
				}
			}
		case "status_code":
			r.codes(&u.Status, s)
		case "virtualhost":
			r.text(&u.Host, s)
		case "regex":
			if argv, _, _, _ := keepalived.SplitScript(s.Raw); len(argv) > 0 {
				put(r, &u.Regex, s, strings.Join(argv, " "))
			} else {
				r.first(s)
			}
		case "regex_no_match":
			r.flag(&u.NoMatch, s, true)
		case "regex_options":
			put(r, &u.RegexOptions, s, s.Words)
		default:
			r.passed("url", s)
		}
	})
	if !u.Path.Set() {
		r.a.Ignore(s, "url-without-path", "the url has no path", "keepalived drops it; so does the result")
		return
	}
	c.URLs = append(c.URLs, u)
}

// codes reads status codes and ranges of them, from 100 to 599.
func (r *reader) codes(to *Value[[]string], s *keepalived.Statement) {
	if _, ok := r.first(s); !ok {
		return
	}
	var list []string
	for _, w := range s.Words {
		low, high, isRange := strings.Cut(w, "-")
		if !isRange {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		switch {
		case errA != nil || errB != nil || a < 100 || b > 599 || a > b:
			r.a.Remark(s, "bad-value", account.Notice, printable(w)+" is no status code", "keepalived passes over it; so does the result")
		case !slices.Contains(list, w):
			list = append(list, w)
		}
	}
	if len(list) > 0 {
		put(r, to, s, list)
		return
	}
	r.a.Set(s, account.Ignored, "there is no status code in it")
}

// sessionCheck reads a BFD_CHECK.
func (r *reader) sessionCheck(y *Server, s *keepalived.Statement) {
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		if s.Keyword != "name" {
			r.passed("BFD_CHECK", s)
			return
		}
		name, ok := r.first(s)
		if !ok {
			return
		}
		if _, defined := r.tracks[spot{OfSession, name}]; defined {
			put(r, &y.Session, s, name)
			return
		}
		r.a.Ignore(s, "undefined-bfd", "there is no bfd_instance "+printable(name), "keepalived drops the check; so does the result")
	})
}

// client reads the certificate that SSL_GET shows.
func (r *reader) client(s *keepalived.Statement) {
	r.a.Set(s, words.Converted, "")
	g := &r.config.Globals
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "certificate":
			r.text(&g.Certificate, s)
		case "key":
			r.text(&g.CertificateKey, s)
		default:
			r.passed("SSL", s)
		}
	})
}

// Set tells whether anything is said.
func (f From) Set() bool {
	return f.To.Set() || f.Port.Set() || f.Source.Set() || f.Device.Set() || f.SourcePort.Set() || f.Mark.Set()
}
