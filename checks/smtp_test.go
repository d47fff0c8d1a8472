package checks

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
)

// mail is a mail server that says something to each verb; to others it says 502.
func mail(greeting string, answers map[string]string) hostile {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, greeting)
		r := bufio.NewReader(conn)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			answer, known := answers[verb]
			if !known {
				answer = "502 unknown\r\n"
			}
			if _, err := io.WriteString(conn, answer); err != nil || verb == "QUIT" {
				return
			}
		}
	}
}

func mailing(s SMTPConfig) func(address string) Config {
	return func(address string) Config {
		c := target("smtp", address)
		if s.Helo == "" {
			s.Helo = "lb1.example.com"
		}
		c.SMTP = &s
		return c
	}
}

func TestSMTP(t *testing.T) {
	const hello, bye = "250-mail greets you\r\n250-PIPELINING\r\n250 HELP\r\n", "221 bye\r\n"
	good := map[string]string{"EHLO": hello, "QUIT": bye}
	try(t, mailing(SMTPConfig{}), []attempt{
		{"a mail server", mail("220 mail ESMTP\r\n", good), ""},
		{"a greeting of several lines", mail("220-mail ESMTP\r\n220 at your service\r\n", good), ""},
		{"a server that knows HELO only", mail("220 mail\r\n", map[string]string{"HELO": "250 mail\r\n", "QUIT": bye}), ""},
		{"any word of parting will do", mail("220 mail\r\n", map[string]string{"EHLO": hello, "QUIT": "500 what\r\n"}), ""},
		{"a server that is full", mail("421 mail too busy\r\n", good), `the greeting: "421 mail too busy", want 220`},
		{"a server that refuses", mail("554 go away\r\n", good), "want 220"},
		{"a server that asks to come back", mail("220 mail\r\n", map[string]string{"EHLO": "421 later\r\n"}), `EHLO lb1.example.com: "421 later", want 250`},
		{"neither EHLO nor HELO", mail("220 mail\r\n", nil), `HELO lb1.example.com: "502 unknown", want 250`},
		{"nobody greets", silent, "the greeting: no answer in time"},
		{"silence behind the greeting", greets("220 mail\r\n", silent), "EHLO lb1.example.com: no answer in time"},
		{"a reset", greets("220 mail\r\n", reset), "connection reset by peer"},
		{"hangs up at once", func(net.Conn) {}, "the greeting: the server hung up"},
		{"half a line", greets("220 ma", func(net.Conn) {}), "the server hung up"},
		{"another protocol", greets("HTTP/1.1 400 Bad Request\r\n\r\n", silent), `"HTTP/1.1 400 Bad Request" is no answer of a mail server`},
		{"a code of no number", mail("2x0 mail\r\n", good), "is no answer of a mail server"},
		{"garbage", garbage, "any"},
		{"a greeting without end", endless("", "220-more\r\n"), "the server said more than 64 KiB"},
		{"a line without end", endless("220 ", "x"), "the server said more than 64 KiB"},
		{"a drip", drip("220-x\r\n"), "no answer in time"},
	})
}

func TestSMTPOverTLS(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, x509.Certificate{}, "mail.example.com")
	const hello, bye = "250-mail\r\n250-starttls\r\n250 HELP\r\n", "221 bye\r\n"
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	// begins is a server that starts TLS when asked, having said something more.
	begins := func(more string, inside hostile) hostile {
		return func(conn net.Conn) {
			r := bufio.NewReader(conn)
			for _, answer := range []string{"220 mail\r\n", hello, "220 go ahead\r\n" + more} {
				if _, err := io.WriteString(conn, answer); err != nil {
					return
				}
				if strings.HasPrefix(answer, "220 go") {
					break
				}
				if _, err := r.ReadString('\n'); err != nil {
					return
				}
			}
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}})
			inside(secure)
		}
	}
	// afterwards is what is said inside: no greeting.
	afterwards := mail("", map[string]string{"EHLO": "250 mail\r\n", "QUIT": bye})
	trusted := TLSConfig{TLS: true, ServerName: "mail.example.com", CA: pemFile(t, a.cert)}
	try(t, mailing(SMTPConfig{TLSConfig: trusted, StartTLS: true}), []attempt{
		{"STARTTLS", begins("", afterwards), ""},
		{"what was said before TLS does not count", begins("250 injected\r\n", afterwards), "the server said more before TLS began"},
		{"STARTTLS is not offered", mail("220 mail\r\n", map[string]string{"EHLO": "250 mail\r\n"}), "does not offer STARTTLS"},
		{"STARTTLS is refused", mail("220 mail\r\n", map[string]string{"EHLO": hello, "STARTTLS": "454 no\r\n"}), `STARTTLS: "454 no", want 220`},
		{"a handshake that hangs", mail("220 mail\r\n", map[string]string{"EHLO": hello, "STARTTLS": "220 go\r\n"}), "TLS handshake: "},
		{"refused inside", begins("", mail("", nil)), `over TLS: HELO lb1.example.com: "502 unknown", want 250`},
	})
	try(t, mailing(SMTPConfig{TLSConfig: trusted}), []attempt{
		{"TLS at once", secures(t, cert, key, mail("220 mail\r\n", map[string]string{"EHLO": hello, "QUIT": bye})), ""},
		{"a server without TLS", mail("220 mail\r\n", nil), "TLS handshake: "},
	})
	trusted.ServerName = ""
	try(t, mailing(SMTPConfig{TLSConfig: trusted}), []attempt{
		{"the name is the address", secures(t, cert, key, silent), "127.0.0.1"},
	})
}

func FuzzReplyLine(f *testing.F) {
	for _, line := range []string{"220 mail", "250-x", "250", "2", "999 x", "250x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		code, text, more, ok := replyLine(line)
		if !ok {
			return
		}
		sep := " "
		if more {
			sep = "-"
		}
		if again := code + sep + text; again != line && again != line+" " {
			t.Errorf("%q reads as %q", line, again)
		}
	})
}
