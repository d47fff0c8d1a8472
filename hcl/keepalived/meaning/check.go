package meaning

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// check reads a check of a real server.
func (r *reader) check(y *Server, s *keepalived.Statement) {
	switch s.Keyword {
	case "BFD_CHECK":
		r.sessionCheck(y, s)
		return
	case "TCP_CHECK", "HTTP_GET", "SSL_GET", "MISC_CHECK":
	default:
		r.a.Lost(s, "not-supported", s.Keyword+" is not supported yet", r.words.Find("real_server", s.Keyword).Note+"; the server is taken for up")
		return
	}
	c := &Check{At: s, Kind: s.Keyword}
	r.a.Set(s, words.Converted, "")
	var own Defaults
	each(s, func(s *keepalived.Statement) {
		if r.words.Find(c.Kind, s.Keyword) == nil || !r.probe(y, c, &own, s) {
			r.passed(c.Kind, s)
		}
	})
	c.Defaults = y.Defaults.over(own)
	switch {
	case c.Kind == "MISC_CHECK" && !c.Command.Set():
		r.a.Ignore(s, "check-without-command", "MISC_CHECK has no misc_path", "keepalived drops the check; so does the result")
		return
	case (c.Kind == "HTTP_GET" || c.Kind == "SSL_GET") && len(c.URLs) == 0:
		r.a.Ignore(s, "check-without-url", c.Kind+" has no url", "keepalived drops the check; so does the result")
		return
	}
	if !c.Defaults.Retry.Set() {
		c.Defaults.Retry.V = map[bool]int{true: 0, false: 1}[c.Kind == "MISC_CHECK"]
	}
	if c.Kind == "MISC_CHECK" {
		if !c.User.Set() {
			c.User = r.config.Globals.ScriptUser
		}
		if !c.Limit.Set() {
			c.Limit = c.Defaults.Interval
		}
	}
	y.Checks = append(y.Checks, c)
}

// probe reads a word of a check.
func (r *reader) probe(y *Server, c *Check, own *Defaults, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "connect_port":
		r.integer(&c.Port, s, 1, 65535)
	case "connect_ip":
		return r.sameAddress(y, s)
	case "nb_get_retry":
		r.integer(&own.Retry, s, 0, 1<<31-1)
	case "url":
		r.url(c, s)
	case "misc_path":
		r.command(&c.Command, s)
	case "misc_timeout":
		r.seconds(&c.Limit, s, time.Microsecond, longest)
	case "user":
		r.user(&c.User, s)
	default:
		return r.inherited(own, s)
	}
	return true
}

// sameAddress: a connect_ip that is the server's own says nothing.
func (r *reader) sameAddress(y *Server, s *keepalived.Statement) bool {
	if a, err := netip.ParseAddr(firstOf(s)); err != nil || a != y.Addr.Addr() {
		return false
	}
	r.a.Set(s, words.Default, "it is the address of the server")
	return true
}

// url reads a page that is asked for.
func (r *reader) url(c *Check, s *keepalived.Statement) {
	u := &URL{At: s}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "path":
			r.text(&u.Path, s)
		case "status_code":
			r.codes(&u.Status, s)
		case "virtualhost":
			r.text(&u.Host, s)
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
		if errA != nil || errB != nil || a < 100 || b > 599 || a > b {
			r.a.Remark(s, "bad-value", account.Notice, printable(w)+" is no status code", "keepalived passes over it; so does the result")
			continue
		}
		list = append(list, w)
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
		for _, x := range r.config.Sessions {
			if x.Name == name {
				put(r, &y.Session, s, name)
				return
			}
		}
		r.a.Ignore(s, "undefined-bfd", "there is no bfd_instance "+printable(name), "keepalived drops the check; so does the result")
	})
}
