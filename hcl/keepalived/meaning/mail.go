package meaning

import (
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// mailWord collects what global_defs say about mail; whether it matters shows at the end.
func (r *reader) mailWord(s *keepalived.Statement) bool {
	switch s.Keyword {
	case "notification_email", "notification_email_from", "smtp_server", "smtp_helo_name", "smtp_connect_timeout",
		"smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker", "no_email_faults", "no_checker_emails":
		r.mails = append(r.mails, s)
		return true
	}
	return false
}

// alert collects a smtp_alert of an instance, a group or a server.
func (r *reader) alert(s *keepalived.Statement) {
	r.mails = append(r.mails, s)
	switch firstOf(s) {
	case "off", "false", "no":
	default:
		r.mailed = true
	}
}

// mail decides what becomes of the words about mail: where keepalived would send none, nothing is lost.
func (r *reader) mail() {
	server, recipients, mailed := false, false, r.mailed
	for _, s := range r.mails {
		switch s.Keyword {
		case "smtp_server":
			server = len(s.Words) > 0
		case "notification_email":
			recipients = s.Block != nil && len(s.Block.Statements) > 0
		case "smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker":
			mailed = mailed || len(s.Words) == 0 || strings.HasPrefix(s.Words[0], "o") && s.Words[0] != "off" || s.Words[0] == "true" || s.Words[0] == "yes"
		}
	}
	for _, service := range r.config.Services {
		mailed = mailed || len(service.Servers) > 0 // real servers send mail unless they are told not to
	}
	why := ""
	switch {
	case !server:
		why = "keepalived sends no mail, because it has no smtp_server"
	case !recipients:
		why = "keepalived sends no mail, because there is nobody to get it"
	case !mailed:
		why = "keepalived sends no mail, because nothing has smtp_alert"
	}
	for i, s := range r.mails {
		if why != "" {
			r.a.SetAll(s, words.Needless, why)
			continue
		}
		r.a.SetAll(s, words.Unsupported, "no mail is sent yet")
		if i == 0 {
			r.a.Remark(s, "mail", account.Loss, "keepalived sends mail about changes", "ha sends none yet; the lines about it stay as comments")
		}
	}
}
