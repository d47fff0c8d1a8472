package hcl

import (
	"ha/checks"
	"ha/hcl/decode"
	"ha/planner"
)

// argumentsOf are the arguments that only one kind of check has.
func argumentsOf(c *decode.Check) (out checks.Arguments) {
	switch c.Kind {
	case "file":
		out.File = fileOf(c)
	case "http":
		out.HTTP = httpOf(c)
	case "process":
		out.Process = processOf(c)
	case "script":
		out.Script = scriptOf(c)
	case "smtp":
		out.SMTP = &checks.SMTPConfig{TLSConfig: tlsOf(c.TLS), Helo: c.Helo.Val, StartTLS: c.StartTLS.Val}
	case "grpc":
		out.GRPC = &checks.GRPCConfig{TLSConfig: tlsOf(c.TLS), Service: c.Service.Val, Host: c.Host.Val}
	case "redis":
		out.Redis = &checks.RedisConfig{TLSConfig: tlsOf(c.TLS), LoginConfig: loginOf(c.Login), Role: c.Role.Val}
	case "postgresql":
		out.PostgreSQL = &checks.PostgreSQLConfig{TLSConfig: tlsOf(c.TLS), LoginConfig: loginOf(c.Login), Database: c.Database.Val, Role: c.Role.Val}
	case "mysql":
		out.MySQL = &checks.MySQLConfig{TLSConfig: tlsOf(c.TLS), LoginConfig: loginOf(c.Login)}
	case "dns":
		out.DNS = dnsOf(c)
	case "udp":
		out.UDP = &checks.UDPConfig{
			Payload: c.Payload.Val, RequireReply: c.RequireReply, Reply: c.Reply.Val, ReplyMin: int(c.ReplyMin.Val), ReplyMax: int(c.ReplyMax.Val),
		}
	}
	return out
}

func scriptOf(c *decode.Check) *checks.ScriptConfig {
	s := &checks.ScriptConfig{User: c.User.Val, Group: c.Group.Val}
	for _, part := range c.Command {
		s.Command = append(s.Command, part.Val)
	}
	return s
}

func fileOf(c *decode.Check) *checks.FileConfig {
	return &checks.FileConfig{Path: c.File.Val, Number: c.Content.Val == "number", Text: c.Text.Val}
}

func processOf(c *decode.Check) *checks.ProcessConfig {
	p := &checks.ProcessConfig{Match: checks.Match(c.Match.Val), AtLeast: int(c.AtLeast.Val), AtMost: -1}
	for _, word := range c.Process {
		p.Command = append(p.Command, word.Val)
	}
	if c.AtMost.Set {
		p.AtMost = int(c.AtMost.Val)
	}
	if p.Match == "" {
		p.Match = checks.MatchCommand
		if len(p.Command) == 1 {
			p.Match = checks.MatchName
		}
	}
	return p
}

func loginOf(l decode.Login) checks.LoginConfig {
	return checks.LoginConfig{Username: l.Username.Val, Password: string(l.Password.Val)}
}

func dnsOf(c *decode.Check) *checks.DNSConfig {
	d := &checks.DNSConfig{Name: c.Question.Val, Type: c.DNS.Type.Val, TCP: c.Transport.Val == "tcp", Answer: c.Answer.Val}
	for _, code := range c.Rcodes {
		d.Rcodes = append(d.Rcodes, code.Val)
	}
	return d
}

func httpOf(c *decode.Check) *checks.HTTPConfig {
	h := &checks.HTTPConfig{
		TLSConfig: tlsOf(c.TLS), Method: c.Method.Val, Redirects: int(c.Redirects.Val), FastClose: c.FastClose.Val,
		Page: pageOf(c.Page, c.Page),
	}
	if c.Version.Set {
		h.Version = c.Version.Val
	}
	for _, p := range c.Pages {
		h.Pages = append(h.Pages, pageOf(p, c.Page))
	}
	for name, value := range c.Headers {
		if h.Headers == nil {
			h.Headers = make(map[string]string, len(c.Headers))
		}
		h.Headers[name] = value.Val
	}
	return h
}

// pageOf is one page; what it does not say is that of the check.
func pageOf(p, check decode.Page) checks.Page {
	or := func(a, b decode.Arg[string]) string {
		if a.Val != "" {
			return a.Val
		}
		return b.Val
	}
	out := checks.Page{
		Path: p.Path.Val, Host: or(p.Host, check.Host), Contains: or(p.Contains, check.Contains), Matches: or(p.Matches, check.Matches),
		Excludes: or(p.Excludes, check.Excludes), MD5: or(p.MD5, check.MD5), SHA256: or(p.SHA256, check.SHA256),
	}
	status := p.Status
	if len(status) == 0 {
		status = check.Status
	}
	for _, s := range status {
		out.Status = append(out.Status, checks.StatusRange{First: s.Val.First, Last: s.Val.Last})
	}
	return out
}

func tlsOf(t decode.TLS) checks.TLSConfig {
	out := checks.TLSConfig{
		TLS: t.TLS.Val, SkipVerify: t.SkipVerify.Val, ServerName: t.ServerName.Val, CA: t.CA.Val, Certificate: t.Certificate.Val, Key: t.Key.Val,
	}
	if t.MinVersion.Set {
		out.MinVersion = t.MinVersion.Val
	}
	return out
}

// fromOf is from where a check reaches its target.
func fromOf(c *decode.Check) checks.From {
	return checks.From{
		Address: c.From.Address.Val, Port: uint16(c.From.Port.Val), Interface: c.From.Interface.Val, Mark: uint32(c.From.Mark.Val),
	}
}

// initialOf is what holds of a check before its first result.
func initialOf(c *decode.Check) checks.Verdict {
	switch c.Initial.Val {
	case "up":
		return checks.Up
	case "down":
		return checks.Down
	}
	return checks.Unknown
}

// weightOf is what a probe reports as a weight; nil for nothing, and for a file, which reports its number anyway.
func weightOf(c *decode.Check) *checks.WeightConfig {
	if c.Weight == nil || c.Kind == "file" {
		return nil
	}
	return &checks.WeightConfig{Header: c.Weight.Header.Val, Percent: c.Weight.Percent(c.Kind)}
}

// weighOf is what the number of a check does to the weight of a server.
func weighOf(c *decode.Check, key string) planner.Weigh {
	w := planner.Weigh{Check: key, By: planner.WeighValue, Least: uint16(c.Weight.Min.Val), Most: uint16(c.Weight.Max.Val)}
	switch {
	case c.Kind == "script":
		w.By = planner.WeighExit
	case c.Kind == "file":
		w.By, w.Factor = planner.WeighAdd, c.Weight.Factor.Val
	case c.Weight.Percent(c.Kind):
		w.By = planner.WeighPercent
	}
	return w
}
