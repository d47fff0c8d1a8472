package checks

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// SMTPConfig holds the arguments that only check "smtp" has.
type SMTPConfig struct {
	TLSConfig
	Helo     string `json:"helo"`               // the name that we give
	StartTLS bool   `json:"starttls,omitempty"` // TLS begins with STARTTLS (RFC 3207), not with the connection; needs TLS
}

// SMTP is healthy when a mail server greets, answers EHLO or HELO and, if asked for, goes on over TLS (RFC 5321).
type SMTP struct {
	SMTPConfig
	dialer Dialer
	secure *secured // nil without TLS
}

func newSMTP(c Config) (Check, error) {
	s := c.SMTP
	if s == nil {
		return nil, errors.New(`check "smtp" has no arguments`)
	}
	if err := errors.Join(
		unless(s.Helo != "" && !strings.ContainsFunc(s.Helo, func(r rune) bool { return r <= ' ' || r >= 127 }), "helo %q is not a name", s.Helo),
		unless(s.TLS || !s.StartTLS, "starttls needs tls"),
		s.wrong(),
	); err != nil {
		return nil, err
	}
	check := &SMTP{SMTPConfig: *s, dialer: c.dialer()}
	if s.TLS {
		check.secure = newSecured(s.TLSConfig, c.hostName())
	}
	return check, nil
}

// Probe greets and takes leave.
func (c *SMTP) Probe(ctx context.Context) error {
	first := c.secure
	if c.StartTLS {
		first = nil
	}
	t, err := c.dialer.talk(ctx, first)
	if err != nil {
		return err
	}
	defer t.close()
	if _, err := t.reply("the greeting", "220"); err != nil {
		return err
	}
	offers, err := c.hello(t)
	if err != nil {
		return err
	}
	if c.StartTLS {
		if !strings.Contains("\n"+strings.ToUpper(offers)+"\n", "\nSTARTTLS\n") {
			return errors.New("the server does not offer STARTTLS")
		}
		if _, err := t.command("STARTTLS", "220"); err != nil {
			return err
		}
		if err := t.startTLS(ctx, c.secure); err != nil {
			return err
		}
		if _, err := c.hello(t); err != nil {
			return fmt.Errorf("over TLS: %w", err)
		}
	}
	_, err = t.command("QUIT", "")
	return err
}

// hello introduces us, and returns what the server offers, a line each.
func (c *SMTP) hello(t *talk) (offers string, err error) {
	offers, err = t.command("EHLO "+c.Helo, "250")
	if refusal := (*refusal)(nil); errors.As(err, &refusal) && refusal.code[0] == '5' { // of the time before extensions
		return t.command("HELO "+c.Helo, "250")
	}
	return offers, err
}

// refusal is an answer with another code than the one that is wanted.
type refusal struct{ what, code, text, want string }

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %s, want %s", r.what, said(r.code+" "+r.text), r.want)
}

// command says something and reads the answer.
func (t *talk) command(what, want string) (text string, err error) {
	if err := t.send([]byte(what + "\r\n")); err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return t.reply(what, want)
}

// reply reads an answer of one or several lines (RFC 5321 section 4.2.1). Its code must be the one wanted, if any.
func (t *talk) reply(what, want string) (text string, err error) {
	var lines []string
	for {
		line, err := t.line()
		if err != nil {
			return "", fmt.Errorf("%s: %w", what, err)
		}
		code, rest, more, ok := replyLine(line)
		if !ok {
			return "", fmt.Errorf("%s: %s is no answer of a mail server", what, said(line))
		}
		lines = append(lines, rest)
		if more {
			continue
		}
		text = strings.Join(lines, "\n")
		if want != "" && code != want {
			return text, &refusal{what, code, text, want}
		}
		return text, nil
	}
}

// replyLine reads one line of an answer: a code from 200 to 599, a dash where more lines follow, and a text.
func replyLine(line string) (code, text string, more, ok bool) {
	if len(line) < 3 {
		return "", "", false, false
	}
	code, text = line[:3], line[3:]
	if n, err := strconv.ParseUint(code, 10, 16); err != nil || n < 200 || n > 599 {
		return "", "", false, false
	}
	if text == "" {
		return code, "", false, true
	}
	return code, text[1:], text[0] == '-', text[0] == '-' || text[0] == ' '
}
