package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"ha/checks/secret"
	"ha/planner"
)

// mailer sends events by SMTP (RFC 5321), a connection for each mail.
type mailer struct{ planner.NotifyMail }

func (m mailer) send(ctx context.Context, events []Event, dropped int) (said string, status int, err error) {
	client, err := m.client(ctx)
	if err != nil {
		return "", 0, err // a file that is not there yet may come
	}
	message, err := m.message(events, dropped)
	if err != nil {
		return "", 0, hopeless{err}
	}
	err = client.DialAndSendWithContext(ctx, message)
	var rejected *mail.SendError
	if errors.As(err, &rejected) {
		status = rejected.ErrorCode()
		if !rejected.IsTemp() && status >= 500 {
			return "", status, hopeless{fmt.Errorf("%s refused the mail: %w", m.Server, err)}
		}
	}
	if err != nil {
		return "", status, fmt.Errorf("mail by %s: %w", m.Server, err)
	}
	return message.ServerResponse(), 250, nil
}

// client is a client of the server. It reads the password and the CA now, since both may be renewed.
func (m mailer) client(ctx context.Context) (*mail.Client, error) {
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, fmt.Errorf("mail server %q: %w", m.Server, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail server %q: %w", m.Server, err)
	}
	within := sendTime
	if end, bounded := ctx.Deadline(); bounded {
		within = max(time.Until(end), time.Millisecond) // the library takes ctx for the connection only
	}
	options := []mail.Option{mail.WithPort(number), mail.WithTimeout(within)}
	if m.Helo != "" {
		options = append(options, mail.WithHELO(m.Helo))
	}
	settings, err := tlsSettings(host, m.CA)
	if err != nil {
		return nil, err
	}
	options = append(options, mail.WithTLSConfig(settings))
	switch m.TLS {
	case "implicit":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "opportunistic":
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		password, _, err := secret.Read(m.Password)
		if err != nil {
			return nil, err
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(string(password)))
	}
	return mail.NewClient(host, options...)
}

// message is what a person reads.
func (m mailer) message(events []Event, dropped int) (*mail.Msg, error) {
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := message.From(m.From); err != nil {
		return nil, err
	}
	if err := message.To(m.To...); err != nil {
		return nil, err
	}
	message.SetDate()
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody shall answer
	message.Subject(subjectOf(events))
	message.SetBodyString(mail.TypeTextPlain, bodyOf(events, dropped))
	return message, nil
}

// subjectOf names the node and what happened; of several events the first one, and how many more there are.
func subjectOf(events []Event) string {
	text := fmt.Sprintf("[%s] %s", events[0].Node, events[0].Subject())
	if n := len(events) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// bodyOf has a line for each event, and its reason.
func bodyOf(events []Event, dropped int) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s  %s\r\n", e.At.UTC().Format(time.RFC3339), e.Subject())
		if e.Why != "" {
			fmt.Fprintf(&b, "    %s\r\n", e.Why)
		}
	}
	if dropped > 0 {
		fmt.Fprintf(&b, "\r\n%d events before these could not be sent in time. The log of ha on %s has them.\r\n", dropped, events[0].Node)
	}
	fmt.Fprintf(&b, "\r\nnode %s, cluster %s\r\n", events[0].Node, events[0].Cluster)
	return b.String()
}

// tlsSettings verify a server by a file of certificates, or by those of the system.
func tlsSettings(host, ca string) (*tls.Config, error) {
	settings := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca == "" {
		return settings, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("certificates of the authority: %w", err)
	}
	settings.RootCAs = x509.NewCertPool()
	if !settings.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates of the authority: %s holds none", ca)
	}
	return settings, nil
}
