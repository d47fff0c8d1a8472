package checks

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// asking returns a check "http" of an address.
func asking(h HTTPConfig) func(address string) Config {
	return func(address string) Config {
		c := target("http", address)
		if h.Method == "" {
			h.Method = "GET"
		}
		if h.Path == "" {
			h.Path = "/"
		}
		c.HTTP = &h
		return c
	}
}

// bomb is ten megabytes of nothing, compressed.
func bomb() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, 10<<20))
	_ = w.Close()
	return b.String()
}

// TestHTTPAgainstHostileServers: each fault in each version of the protocol ends in time, within memory, and in words.
func TestHTTPAgainstHostileServers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	packed := bomb()
	attempts := []attempt{
		{"nobody answers", silent, "no answer in time"},
		{"a reset", reset, "connection reset by peer"},
		{"hangs up at once", func(net.Conn) {}, "any"},
		{"half an answer", says("HTTP/1.1 20"), "any"},
		{"garbage", garbage, "any"},
		{"a greeting of another protocol", greets("220 mail ESMTP\r\n", silent), "any"},
		{"one long word", greetsAfter(strings.Repeat("x", 50000) + "\r\n"), "malformed HTTP response"},
		{"a header of one long word", greetsAfter(ok + strings.Repeat("x", 50000) + "\r\n\r\n"), "malformed MIME header"},
		{"a status of no number", says("HTTP/1.1 OK 200\r\n\r\n"), "any"},
		{"another status", says("HTTP/1.1 503 Nope\r\nContent-Length: 0\r\n\r\n"), "status 503, want 200-399"},
		{"a header without end", endless(ok, "X-A: b\r\n"), "any"},
		{"one line without end", endless(ok+"X-A: ", "b"), "any"},
		{"a status line without end", endless("HTTP/1.1 200 ", "O"), "any"},
		{"a body without end", endless(ok+"\r\n", "x"), "the first 64 KiB of the body do not contain"},
		{"chunks without end", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), "the first 64 KiB of the body do not contain"},
		{"a chunk of no length", says(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "reading the body"},
		{"a body that breaks off", says(ok + "Content-Length: 100\r\n\r\nbroken"), "reading the body: unexpected EOF"},
		{"a body that stops", func(conn net.Conn) {
			_, _ = io.WriteString(conn, ok+"Content-Length: 100\r\n\r\nstopped")
			silent(conn)
		}, "no answer in time"},
		{"a drip", drip("HTTP/1.1 200 OK"), "no answer in time"},
		{"continue without end", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "any"},
		{"packed as a bomb", says(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", ok, len(packed), packed)), "does not contain"},
		{"what is wanted", says(ok + "\r\nall is ready"), ""},
	}
	for _, version := range []string{"1.0", "1.1"} {
		t.Run(version, func(t *testing.T) {
			try(t, asking(HTTPConfig{Version: version, Page: Page{Contains: "ready"}}), attempts)
		})
	}
	t.Run("2", func(t *testing.T) {
		try(t, asking(HTTPConfig{Version: "2"}), []attempt{
			{"nobody answers", silent, "no answer in time"},
			{"hangs up at once", func(net.Conn) {}, "any"},
			{"an older version", says(ok + "\r\n"), "any"},
			{"garbage", garbage, "any"},
			{"frames without end", endless("\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x00\x00\x08\x06\x01\x00\x00\x00\x00abcdefgh"), "no answer in time"},
		})
	})
}

func TestHTTPPages(t *testing.T) {
	server := httptest.NewServer(web())
	defer server.Close()
	sum := func(text string) (string, string) {
		a, b := md5.Sum([]byte(text)), sha256.Sum256([]byte(text))
		return hex.EncodeToString(a[:]), hex.EncodeToString(b[:])
	}
	md, sha := sum("all is ready")
	deep := strings.Repeat(".", bodyLimit) + "ready"
	_, deepSHA := sum(deep)
	tests := []struct {
		name string
		http HTTPConfig
		want string
	}{
		{"the MD5 of keepalived", HTTPConfig{Page: Page{Path: "/ready", MD5: md}}, ""},
		{"digits may be large", HTTPConfig{Page: Page{Path: "/ready", MD5: strings.ToUpper(md), SHA256: sha}}, ""},
		{"another body", HTTPConfig{Page: Page{Path: "/status/200", MD5: md}}, "the md5 of the body (0 bytes) is d41d8cd98f00b204e9800998ecf8427e, want " + md},
		{"a body longer than what is searched", HTTPConfig{Page: Page{Path: "/deep", SHA256: deepSHA}}, ""},
		{"the digest of a body that breaks off", HTTPConfig{Page: Page{Path: "/cut", SHA256: sha}}, "reading the body: unexpected EOF"},
		{"the digest of a body without end", HTTPConfig{Page: Page{Path: "/endless", SHA256: sha}}, "more than the 64 MiB"},
		{"an expression", HTTPConfig{Page: Page{Path: "/ready", Matches: "^all is (ready|well)$"}}, ""},
		{"an expression that does not match", HTTPConfig{Page: Page{Path: "/ready", Matches: "^ready"}}, `does not match "^ready"`},
		{"one that must not match", HTTPConfig{Page: Page{Path: "/ready", Excludes: "(?i)READY"}}, `"(?i)READY" matches, and must not`},
		{"one that does not", HTTPConfig{Page: Page{Path: "/ready", Excludes: "maintenance"}}, ""},
		{"nobody knows what the rest held", HTTPConfig{Page: Page{Path: "/cut", Excludes: "maintenance"}}, "reading the body: unexpected EOF"},
		{"several pages", HTTPConfig{Pages: []Page{{Path: "/ready", MD5: md}, {Path: "/status/204"}}}, ""},
		{"the last of several", HTTPConfig{Pages: []Page{{Path: "/ready"}, {Path: "/status/204", Status: []StatusRange{{200, 200}}}}}, "GET /status/204: status 204, want 200"},
		{"pages of several names", HTTPConfig{Pages: []Page{{Path: "/echo", Host: "a.example", Contains: "host=a.example "}, {Path: "/echo", Host: "b.example", Contains: "host=b.example "}}}, ""},
		{"HTTP/1.0", HTTPConfig{Version: "1.0", Page: Page{Path: "/echo?a=b", Host: "a.example", Contains: "GET /echo?a=b host=a.example agent=ha-check"}}, ""},
		{"HTTP/1.0 closes", HTTPConfig{Version: "1.0", Page: Page{Path: "/echo", Contains: "close=true"}}, ""},
		{"closed with a reset", HTTPConfig{FastClose: true, Page: Page{Path: "/ready", MD5: md}}, ""},
		{"redirects are answers", HTTPConfig{Page: Page{Path: "/to?/ready", Status: []StatusRange{{302, 302}}}}, ""},
		{"redirects are followed", HTTPConfig{Redirects: 1, Page: Page{Path: "/to?/ready", MD5: md}}, ""},
		{"not more than is wanted", HTTPConfig{Redirects: 2, Page: Page{Path: "/loop"}}, "GET /loop: status 302 after 2 redirects"},
		{"not to others", HTTPConfig{Redirects: 2, Page: Page{Path: "/to?http://other.example/"}}, "status 302 leads to http://other.example, another server"},
		{"not to what is no URL", HTTPConfig{Redirects: 2, Page: Page{Path: "/to?http://[::1/"}}, "which is no URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check, err := New(asking(test.http)(server.Listener.Addr().String()))
			if err != nil {
				t.Fatal(err)
			}
			err = check.Probe(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestHTTP2(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, x509.Certificate{}, "www.example.com")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto, " ", r.Host) })
	start := func(secure bool) string {
		s := httptest.NewUnstartedServer(handler)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetHTTP2(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		t.Cleanup(s.Close)
		if !secure {
			s.Start()
			return s.Listener.Addr().String()
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
		s.StartTLS()
		return s.Listener.Addr().String()
	}
	plain, secure := start(false), start(true)
	old := serve(t, secures(t, cert, key, says("HTTP/1.1 200 OK\r\n\r\n")))
	trusting := TLSConfig{TLS: true, CA: pemFile(t, a.cert)}
	tests := []struct {
		name, address string
		http          HTTPConfig
		want          string
	}{
		{"without TLS", plain, HTTPConfig{Version: "2", Page: Page{Contains: "HTTP/2.0"}}, ""},
		{"with TLS", secure, HTTPConfig{TLSConfig: trusting, Version: "2", Page: Page{Host: "www.example.com", Contains: "HTTP/2.0 www.example.com"}}, ""},
		{"not unless wanted", secure, HTTPConfig{TLSConfig: trusting, Version: "1.1", Page: Page{Host: "www.example.com", Contains: "HTTP/1.1 www.example.com"}}, ""},
		{"1.0 with TLS", secure, HTTPConfig{TLSConfig: trusting, Version: "1.0", Page: Page{Host: "www.example.com", Contains: "HTTP/1.0 www.example.com"}}, ""},
		{"a server that speaks 1.1 only", old, HTTPConfig{TLSConfig: trusting, Version: "2", Page: Page{Host: "www.example.com"}}, "the answer is HTTP/1.1, want HTTP/2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check, err := New(asking(test.http)(test.address))
			if err != nil {
				t.Fatal(err)
			}
			err = check.Probe(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestTLSAgainstHostileServers: what can go wrong before the first request.
func TestTLSAgainstHostileServers(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	good, goodKey := a.issue(t, x509.Certificate{}, "www.example.com")
	old, oldKey := a.issue(t, x509.Certificate{NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, "www.example.com")
	strange, strangeKey := other.issue(t, x509.Certificate{}, "www.example.com")
	ok := says("HTTP/1.1 200 OK\r\n\r\n")
	ask := func(name, ca string) func(string) Config {
		return asking(HTTPConfig{TLSConfig: TLSConfig{TLS: true, CA: ca}, Page: Page{Host: name}})
	}
	ca := pemFile(t, a.cert)
	try(t, ask("www.example.com", ca), []attempt{
		{"a good certificate", secures(t, good, goodKey, ok), ""},
		{"an expired certificate", secures(t, old, oldKey, ok), "certificate has expired"},
		{"of an unknown authority", secures(t, strange, strangeKey, ok), "unknown authority"},
		{"a handshake that hangs", silent, "TLS handshake: no answer in time"},
		{"a server without TLS", says("HTTP/1.1 400 Bad Request\r\n\r\n"), "TLS handshake: "},
		{"garbage", garbage, "TLS handshake: "},
		{"a reset", reset, "TLS handshake: connection reset by peer"},
		{"silence behind the handshake", secures(t, good, goodKey, silent), "no answer in time"},
		{"records without end", endless("", "\x16\x03\x03\x00\x04\x0b\x00\x00\x00"), "TLS handshake: "},
	})
	try(t, ask("www.example.net", ca), []attempt{{"another name", secures(t, good, goodKey, ok), "not www.example.net"}})
	try(t, ask("www.example.com", ca+".none"), []attempt{{"no file of authorities", secures(t, good, goodKey, ok), ca + ".none: no such file or directory"}})
	try(t, ask("www.example.com", goodKey), []attempt{{"a file of something else", secures(t, good, goodKey, ok), "holds no certificate in PEM"}})
	try(t, asking(HTTPConfig{TLSConfig: TLSConfig{TLS: true, CA: ca, ServerName: "www.example.com"}, Page: Page{Host: "internal"}}), []attempt{
		{"a name of its own", secures(t, good, goodKey, ok), ""},
	})
}

// TestClientCertificate: a certificate is shown, and read anew when it was replaced.
func TestClientCertificate(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, x509.Certificate{}, "www.example.com")
	mine, mineKey := newAuthority(t).issue(t, x509.Certificate{}, "client")
	next, nextKey := a.issue(t, x509.Certificate{}, "client")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	s.StartTLS()
	defer s.Close()
	check, err := New(asking(HTTPConfig{
		TLSConfig: TLSConfig{TLS: true, CA: pemFile(t, a.cert), Certificate: mine, Key: mineKey}, Page: Page{Host: "www.example.com"},
	})(s.Listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Probe(t.Context()); err == nil {
		t.Error("a certificate of a stranger was enough")
	}
	for from, to := range map[string]string{next: mine, nextKey: mineKey} { // as tools that renew certificates do
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := check.Probe(t.Context()); err != nil {
		t.Errorf("after the renewal: %v", err)
	}
}
