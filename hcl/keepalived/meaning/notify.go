package meaning

import (
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// Call is a program that is run when something happens.
type Call struct {
	At      *keepalived.Statement
	Event   string // the keyword: notify_master
	Command Value[Command]
	User    Value[User]
}

// Pipe is a FIFO that events are written into.
type Pipe struct {
	Path   Value[string]
	Owner  User
	Reader *Call // nil: none is started
}

// Mail is how mail is sent.
type Mail struct {
	Server   Value[string] // host and port
	From     Value[string]
	To       []Value[string]
	Helo     Value[string]
	NoFaults Value[bool]
}

// call reads SCRIPT [USER [GROUP]].
func (r *reader) call(to *[]*Call, s *keepalived.Statement) {
	argv, user, group, ok := keepalived.SplitScript(s.Raw)
	if len(argv) == 0 {
		if _, ok := r.first(s); ok {
			r.bad(s, s.Words[0], "a command")
		}
		return
	}
	if !ok {
		r.a.Remark(s, "open-quote", account.Notice, "a quotation mark of the command is missing", "keepalived takes what stands before it")
	}
	if strings.ContainsAny(argv[0], "“”‘’„") {
		r.a.Remark(s, "typographic-quotes", account.Notice, "the quotation marks are typographic ones", "keepalived takes them for part of the name of the program, which it does not find; so does the result")
	}
	text := strings.Join(argv, " ")
	if strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(s.Raw, s.Keyword)), `"`) {
		text = s.Words[0]
	}
	c := &Call{At: s, Event: s.Keyword, Command: Value[Command]{Command{argv, text}, s}, User: r.config.Globals.ScriptUser}
	if user != "" {
		c.User = Value[User]{User{user, strings.TrimPrefix(group, ":")}, s}
	}
	for i, other := range *to {
		if other.Event == c.Event {
			r.a.Set(other.At, account.Ignored, "a later line sets it again")
			(*to)[i] = c
			return
		}
	}
	*to = append(*to, c)
}

// called reads the notifications of an instance or a group; false for another word.
func (r *reader) called(to *[]*Call, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "notify", "notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_master_rx_lower_pri":
	case "notify_deleted":
		if len(s.Words) == 0 {
			r.a.Set(s, words.Default, "that a VIP is no longer configured is told as such")
			return true
		}
	default:
		return false
	}
	r.call(to, s)
	return true
}

// pipes reads what global_defs say about FIFOs.
func (r *reader) pipes(g *Globals, s *keepalived.Statement) bool {
	to, is := map[string]*Pipe{
		"notify_fifo": &g.Pipes[0], "notify_fifo_script": &g.Pipes[0], "vrrp_notify_fifo": &g.Pipes[1], "vrrp_notify_fifo_script": &g.Pipes[1],
		"lvs_notify_fifo": &g.Pipes[2], "lvs_notify_fifo_script": &g.Pipes[2],
	}[s.Keyword]
	switch {
	case s.Keyword == "vrrp_notify_priority_changes":
		r.boolean(&g.Priorities, s)
	case !is:
		return false
	case strings.HasSuffix(s.Keyword, "_script"):
		var list []*Call
		if r.call(&list, s); len(list) > 0 {
			to.Reader = list[0]
		}
	default:
		r.text(&to.Path, s)
		if len(s.Words) > 1 {
			to.Owner.Name = s.Words[1]
		}
		if len(s.Words) > 2 {
			to.Owner.Group = s.Words[2]
		}
	}
	return true
}

// mailWord collects what global_defs say about mail; whether it matters shows at the end.
func (r *reader) mailWord(s *keepalived.Statement) bool {
	g, m := &r.config.Globals, &r.mailing
	switch s.Keyword {
	case "notification_email":
		each(s, func(s *keepalived.Statement) {
			for _, word := range append([]string{s.Keyword}, s.Words...) {
				m.To = append(m.To, Value[string]{word, s})
			}
		})
	case "notification_email_from":
		r.text(&m.From, s)
	case "smtp_server":
		r.text(&m.Server, s)
	case "smtp_helo_name":
		r.text(&m.Helo, s)
	case "no_email_faults":
		r.flag(&m.NoFaults, s, true)
	case "smtp_alert":
		r.boolean(&g.Alert, s)
	case "smtp_alert_vrrp":
		r.boolean(&g.AlertVRRP, s)
	case "smtp_alert_checker":
		r.boolean(&g.AlertChecker, s)
	case "no_checker_emails", "smtp_connect_timeout":
		r.passed("global_defs", s)
	default:
		return false
	}
	r.mails = append(r.mails, s)
	return true
}

// mail settles who sends mail. Where keepalived would send none, nothing is lost.
func (r *reader) mail() {
	g := r.config.Globals
	mailed := false
	settle := func(alert *Value[bool], kind Value[bool], def bool) {
		switch {
		case alert.Set():
		case kind.Set():
			*alert = kind
		case g.Alert.Set():
			*alert = g.Alert
		default:
			alert.V = def
		}
		mailed = mailed || alert.V
	}
	for _, i := range r.config.Instances {
		settle(&i.Alert, g.AlertVRRP, false)
	}
	for _, x := range r.config.Groups {
		settle(&x.Alert, g.AlertVRRP, false)
	}
	for _, x := range r.config.Services {
		for _, y := range x.Servers {
			settle(&y.Alert, g.AlertChecker, true)
		}
	}
	why := ""
	switch {
	case !r.mailing.Server.Set():
		why = "keepalived sends no mail, because it has no smtp_server"
	case len(r.mailing.To) == 0:
		why = "keepalived sends no mail, because there is nobody to get it"
	case !mailed:
		why = "keepalived sends no mail, because nothing has smtp_alert"
	}
	if why == "" {
		r.config.Mail = &r.mailing
		return
	}
	alerts := r.alerts
	for _, s := range append(alerts, r.mails...) {
		if r.a.Of(s).Fate != account.Ignored {
			r.a.SetAll(s, words.Needless, why)
		}
	}
}

// alert reads a smtp_alert of an instance, a group or a server.
func (r *reader) alert(to *Value[bool], s *keepalived.Statement) {
	r.boolean(to, s)
	r.alerts = append(r.alerts, s)
}
