package notify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
	"ha/planner"
)

func TestWhatAMailSays(t *testing.T) {
	events := []Event{vipEvent(1, "web", planner.BecameActive), vipEvent(2, "db", planner.Faulted)}
	if got, want := subjectOf(events), "[lb1] vip.web is Active and 1 more"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	want := "2023-11-14T22:13:20Z  vip.web is Active\r\n    its own priority 100 is the highest\r\n" +
		"2023-11-14T22:13:20Z  vip.db takes no part in the election\r\n    its own priority 100 is the highest\r\n" +
		"\r\n3 events before these could not be sent in time. The log of ha on lb1 has them.\r\n\r\nnode lb1, cluster edge\r\n"
	if got := bodyOf(events, 3); got != want {
		t.Errorf("body\n%s\nwant\n%s", got, want)
	}
}

// selfSigned writes a key and a certificate for an address, which is its own authority.
func selfSigned(t *testing.T, dir string, address net.IP) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{address}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", raw)
}

// exim is a mail server in a host of its own, which keeps what it takes in its spool.
type exim struct {
	t      *testing.T
	client *netlab.Host
	dir    string
	ca     string
}

func newExim(t *testing.T) *exim {
	t.Helper()
	netlab.Need(t, "root", "netns", "exim4")
	lan := netlab.NewTestLAN(t)
	dir, err := os.MkdirTemp("/tmp", "ha-mail-") //nolint:usetesting // no other user may enter that of the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const nobody = 65534
	cert, key := selfSigned(t, dir, net.ParseIP("192.0.2.2"))
	config := filepath.Join(dir, "exim.conf")
	text := fmt.Sprintf(`
exim_user = %[4]d
exim_group = %[4]d
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/%%slog
pid_file_path = %[1]s/spool/pid
primary_hostname = mail.example.com
daemon_smtp_ports = 25 : 465
tls_on_connect_ports = 465
local_interfaces = 192.0.2.2
tls_advertise_hosts = *
tls_certificate = %[2]s
tls_privatekey = %[3]s
auth_advertise_hosts = ${if def:tls_in_cipher {*}}
host_lookup =
rfc1413_query_timeout = 0s
queue_only = true
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny local_parts = nobody-here
  defer local_parts = later
  accept local_parts = open
  accept authenticated = *
  deny message = authenticate first
begin routers
begin transports
begin retry
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{ha}}{eq{$auth3}{s3cr3t}}}}
`, dir, cert, key, nobody)
	for _, err := range []error{
		os.Chmod(dir, 0o755), os.WriteFile(config, []byte(text), 0o644), os.Mkdir(filepath.Join(dir, "spool"), 0o750),
		os.Chown(filepath.Join(dir, "spool"), nobody, nobody), os.Chown(cert, nobody, nobody), os.Chown(key, nobody, nobody),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	server := lan.MustAdd(t, "server", "192.0.2.2/24")
	program, err := netlab.Program("exim4")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := server.Command(context.Background(), program, "-C", config, "-bdf", "-q1h")
	cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.WaitDelay = &said, &said, dir, time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		_ = cmd.Wait() // killed
		if t.Failed() {
			t.Logf("exim said: %s", &said)
		}
	})
	return &exim{t: t, client: lan.MustAdd(t, "client", "192.0.2.1/24"), dir: dir, ca: cert}
}

// send sends one event; it waits for a server that is about to start.
func (x *exim) send(m planner.NotifyMail) (said string, status int, err error) {
	x.t.Helper()
	eventually(x.t, "an answer of exim", func() bool {
		if e := x.client.Do(func() error {
			ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
			defer cancel()
			said, status, err = mailer{m}.send(ctx, []Event{vipEvent(1, "web", planner.BecameActive)}, 0)
			return nil
		}); e != nil {
			x.t.Fatal(e)
		}
		return !errors.Is(err, syscall.ECONNREFUSED)
	})
	return said, status, err
}

// mails are the texts in the spool: the heads and the bodies.
func (x *exim) mails() (heads, bodies []string) {
	x.t.Helper()
	for suffix, list := range map[string]*[]string{"-H": &heads, "-D": &bodies} {
		paths, err := filepath.Glob(filepath.Join(x.dir, "spool", "input", "*"+suffix))
		if err != nil {
			x.t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				x.t.Fatal(err)
			}
			*list = append(*list, string(text))
		}
	}
	return heads, bodies
}

// A mail server of Debian takes our mails over STARTTLS and over TLS from the start, with a password; and what it refuses is
// known to be final or not.
func TestMailsToExim(t *testing.T) {
	x := newExim(t)
	good := planner.NotifyMail{
		Server: "192.0.2.2:25", TLS: "starttls", CA: x.ca, From: "ha@example.com", To: []string{"Ops <ops@example.com>", "night@example.com"},
		Helo: "lb1.example.com", User: "ha", Password: "file:" + keep(t, "password", "s3cr3t\n"),
	}
	if said, status, err := x.send(good); err != nil || status != 250 || !strings.Contains(said, "OK id=") {
		t.Fatalf("STARTTLS: %q, %d, %v", said, status, err)
	}
	implicit := good
	implicit.Server, implicit.TLS = "192.0.2.2:465", "implicit"
	if _, _, err := x.send(implicit); err != nil {
		t.Errorf("TLS from the start: %v", err)
	}
	plain := good
	plain.TLS, plain.User, plain.Password, plain.To = "none", "", "", []string{"open@example.com"}
	if _, _, err := x.send(plain); err != nil {
		t.Errorf("without TLS: %v", err)
	}
	heads, bodies := x.mails()
	if len(heads) != 3 || len(bodies) != 3 {
		t.Fatalf("the spool holds %d heads and %d bodies", len(heads), len(bodies))
	}
	all := strings.Join(heads, "\n")
	for _, want := range []string{
		"Subject: [lb1] vip.web is Active", "From: <ha@example.com>", `"Ops" <ops@example.com>, <night@example.com>`, "night@example.com", "Auto-Submitted: auto-generated",
		"lb1.example.com", "ha@",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if !strings.Contains(bodies[0], "vip.web is Active\n    its own priority 100 is the highest") {
		t.Errorf("body %q", bodies[0])
	}

	wrong := func(change func(*planner.NotifyMail)) planner.NotifyMail { m := good; change(&m); return m }
	tests := []struct {
		name     string
		mail     planner.NotifyMail
		hopeless bool
		want     string
	}{
		{"a mailbox that is not there", wrong(func(m *planner.NotifyMail) { m.To = []string{"nobody-here@example.com"} }), true, "550"},
		{"a mailbox that is full for now", wrong(func(m *planner.NotifyMail) { m.To = []string{"later@example.com"} }), false, "451"},
		{"a wrong password", wrong(func(m *planner.NotifyMail) { m.Password = "file:" + keep(t, "other", "guess") }), false, "535"},
		{"a password that is not there", wrong(func(m *planner.NotifyMail) { m.Password = "file:/no/such/file" }), false, "no such file"},
		{"an unknown authority", wrong(func(m *planner.NotifyMail) { m.CA = "" }), false, "certificate"},
		{"no authority in the file", wrong(func(m *planner.NotifyMail) { m.CA = keep(t, "empty", "x") }), false, "holds none"},
	}
	for _, tt := range tests {
		_, _, err := x.send(tt.mail)
		var end hopeless
		if err == nil || errors.As(err, &end) != tt.hopeless || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v (hopeless: %t), want %q", tt.name, err, errors.As(err, &end), tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: the error shows the password: %v", tt.name, err)
		}
	}
}

// A server that says nothing costs one attempt its time, and no more.
func TestAMailServerThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, err = mailer{planner.NotifyMail{Server: l.Addr().String(), TLS: "none", From: "a@example.com", To: []string{"b@example.com"}}}.
		send(ctx, []Event{vipEvent(1, "web", planner.BecameActive)}, 0)
	var end hopeless
	if err == nil || errors.As(err, &end) {
		t.Errorf("got %v", err)
	}
}
