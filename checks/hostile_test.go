package checks

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A hostile server does one thing with each connection, and closes it.
type hostile func(conn net.Conn)

// serve runs a hostile server and returns where.
func serve(t *testing.T, do hostile) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				do(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// says answers whatever comes with a text, and hangs up.
func says(text string) hostile {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
	}
}

// silent takes what comes and says nothing.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset ends the connection with a reset once something came.
func reset(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1))
	_ = conn.(*net.TCPConn).SetLinger(0)
}

// endless says the same without end after a beginning.
func endless(begin, again string) hostile {
	return func(conn net.Conn) {
		go silent(conn)
		_, err := io.WriteString(conn, begin)
		for more := strings.Repeat(again, 1+8192/len(again)); err == nil; {
			_, err = io.WriteString(conn, more)
		}
	}
}

// drip says the same without end, a byte at a time.
func drip(text string) hostile {
	return func(conn net.Conn) {
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for i := 0; ; i++ {
			if _, err := conn.Write([]byte{text[i%len(text)]}); err != nil {
				return
			}
			<-pace.C
		}
	}
}

// greets is what a server does that speaks first.
func greets(text string, then hostile) hostile {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, text); err == nil {
			then(conn)
		}
	}
}

// garbage is bytes of no protocol.
func garbage(conn net.Conn) {
	junk := make([]byte, 32<<10)
	for i := range junk {
		junk[i] = byte(i*7 + i>>8)
	}
	_, _ = conn.Write(junk)
	_ = conn.(*net.TCPConn).CloseWrite()
	silent(conn)
}

// attempt is one probe against a server, and part of its error.
type attempt struct {
	name   string
	server hostile
	want   string // empty: success; "any": some error
}

// try probes each server. A probe ends when it should: most by themselves, those that would wait for ever when their time is
// over; and none takes more memory than a few bodies.
func try(t *testing.T, config func(address string) Config, attempts []attempt) {
	t.Helper()
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			c := config(serve(t, a.server))
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			patience := 30 * time.Second
			if strings.Contains(a.want, "no answer in time") {
				patience = 200 * time.Millisecond
			}
			var before, after runtime.MemStats
			var ctx context.Context
			for again := true; again; patience *= 4 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(t.Context(), patience)
				defer cancel()
				runtime.ReadMemStats(&before)
				err = check.Probe(ctx)
				runtime.ReadMemStats(&after)
				// A busy machine may not have come as far as it should.
				again = err != nil && strings.Contains(err.Error(), "no answer in time") && !strings.Contains(err.Error(), a.want) && patience < time.Minute
			}
			switch {
			case a.want == "" && err != nil, a.want != "" && err == nil:
				t.Errorf("got %v, want %q", err, a.want)
			case a.want != "any" && a.want != "" && !strings.Contains(err.Error(), a.want):
				t.Errorf("got %v, want %q", err, a.want)
			case a.want == "any" && ctx.Err() != nil:
				t.Errorf("it took all the time: %v", err)
			case err != nil && len(err.Error()) > 1000:
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			// Who is stopped by the clock may have read a lot, one thing after another.
			if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 && ctx.Err() == nil || after.HeapAlloc > 128<<20 {
				t.Errorf("%d bytes were allocated, by both ends, and %d held", took, after.HeapAlloc)
			}
		})
	}
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	a.cert, _ = a.sign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "tests"}}, key)
	return a
}

// sign makes a certificate of a template and returns it with its PEM.
func (a *authority) sign(t *testing.T, template *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, []byte) {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// issue writes a certificate for names and its key into files.
func (a *authority) issue(t *testing.T, template x509.Certificate, names ...string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.DNSNames = names
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	_, text := a.sign(t, &template, private)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, content := range map[string][]byte{certificate: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// secures shakes hands as a server with the certificate in files, and goes on.
func secures(t *testing.T, certificate, key string, then hostile) hostile {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	return func(conn net.Conn) {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}})
		if secure.Handshake() == nil {
			then(secure)
		}
		_ = secure.CloseWrite()
	}
}
