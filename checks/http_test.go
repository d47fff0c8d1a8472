package checks

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// web is a server of every answer that a check may meet.
func web() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.PathValue("code"))
		if err != nil {
			code = http.StatusTeapot
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
	})
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "all is ready") })
	mux.HandleFunc("/deep", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat(".", bodyLimit)+"ready")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprint(w, strings.Repeat("x", 1<<16))
		}
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "ready, but cut off")
	})
	mux.HandleFunc("/chatter", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", headerLimit))
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.RawQuery)
		w.WriteHeader(http.StatusFound)
	})
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.HandleFunc("/hangup", func(_ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s host=%s agent=%s x=%s encoding=%s close=%v",
			r.Method, r.URL.RequestURI(), r.Host, r.UserAgent(), r.Header.Get("X-Probe"), r.Header.Get("Accept-Encoding"), r.Close)
	})
	return mux
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(web())
	defer server.Close()
	address := server.Listener.Addr().String()
	tests := []struct {
		name string
		http HTTPConfig
		want string // part of the error; empty for success
	}{
		{"200 is a success", HTTPConfig{Page: Page{Path: "/status/200"}}, ""},
		{"a redirect is an answer", HTTPConfig{Page: Page{Path: "/status/302"}}, ""},
		{"500 is none", HTTPConfig{Page: Page{Path: "/status/500"}}, "GET /status/500: status 500, want 200-399"},
		{"only what is wanted counts", HTTPConfig{Page: Page{Path: "/status/200", Status: []StatusRange{{204, 204}, {301, 303}}}}, "status 200, want 204 or 301-303"},
		{"an error may be wanted", HTTPConfig{Page: Page{Path: "/status/503", Status: []StatusRange{{503, 503}}}}, ""},
		{"HEAD", HTTPConfig{Page: Page{Path: "/status/204"}, Method: "HEAD"}, ""},
		{"the text is there", HTTPConfig{Page: Page{Path: "/ready", Contains: "is ready"}}, ""},
		{"the text is not there", HTTPConfig{Page: Page{Path: "/ready", Contains: "at ease"}}, `GET /ready: the body (12 bytes) does not contain "at ease"`},
		{"the text comes too late", HTTPConfig{Page: Page{Path: "/deep", Contains: "ready"}}, `the first 64 KiB of the body do not contain "ready"`},
		{"a body without end", HTTPConfig{Page: Page{Path: "/endless", Contains: "ready"}}, "the first 64 KiB"},
		{"a body without end that nobody reads", HTTPConfig{Page: Page{Path: "/endless"}}, ""},
		{"the text before the break", HTTPConfig{Page: Page{Path: "/cut", Contains: "ready"}}, ""},
		{"a body that breaks off", HTTPConfig{Page: Page{Path: "/cut", Contains: "late"}}, "GET /cut: reading the body: unexpected EOF"},
		{"a header without measure", HTTPConfig{Page: Page{Path: "/chatter"}}, "the header of the answer has more than 64 KiB"},
		{"a server that hangs up", HTTPConfig{Page: Page{Path: "/hangup"}}, "GET /hangup: the server hung up without an answer"},
		{
			"what the server sees", HTTPConfig{Page: Page{Path: "/echo?a=b", Host: "www.example.com:81", Contains: "GET /echo?a=b host=www.example.com:81 agent=ha-check x=1 encoding= close=true"}, Headers: map[string]string{"X-Probe": "1"}}, "",
		},
		{"the Host is the target unless configured", HTTPConfig{Page: Page{Path: "/echo", Contains: "host=" + address + " "}}, ""},
		{"the agent can be another", HTTPConfig{Page: Page{Path: "/echo", Contains: "agent=x/1 "}, Headers: map[string]string{"user-agent": "x/1"}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := target("http", address)
			if test.http.Method == "" {
				test.http.Method = "GET"
			}
			c.HTTP = &test.http
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a second probe is as good as the first
				err = check.Probe(t.Context())
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got %v, want %q", err, test.want)
				}
			}
		})
	}
}

func TestHTTPInTime(t *testing.T) {
	server := httptest.NewServer(web())
	defer server.Close()
	check, err := New(func() Config {
		c := target("http", server.Listener.Addr().String())
		c.HTTP.Path = "/silent"
		return c
	}())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := check.Probe(ctx); err == nil || !strings.HasSuffix(err.Error(), ": no answer in time") {
		t.Errorf("got %v", err)
	}
	server.Close()
	if err := check.Probe(t.Context()); err == nil || err.Error() != "connect to "+server.Listener.Addr().String()+": connection refused" {
		t.Errorf("a closed server: got %v", err)
	}
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "name=%s host=%s", r.TLS.ServerName, r.Host)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the test
	server.StartTLS()
	defer server.Close()
	tests := []struct {
		name string
		http HTTPConfig
		want string
	}{
		{"an unknown authority is refused", HTTPConfig{Page: Page{Host: "example.com"}}, "certificate signed by unknown authority"},
		{"verification can be left out", HTTPConfig{TLSConfig: TLSConfig{SkipVerify: true}}, ""},
		{"SNI is the host without its port", HTTPConfig{TLSConfig: TLSConfig{SkipVerify: true}, Page: Page{Host: "www.example.com:8443", Contains: "name=www.example.com host=www.example.com:8443"}}, ""},
		{"there is none for an address", HTTPConfig{TLSConfig: TLSConfig{SkipVerify: true}, Page: Page{Contains: "name= "}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := target("http", server.Listener.Addr().String())
			test.http.Method, test.http.Path, test.http.TLS = "GET", "/", true
			c.HTTP = &test.http
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			err = check.Probe(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	t.Run("a name that the certificate does not have", func(t *testing.T) {
		c := target("http", server.Listener.Addr().String())
		c.HTTP.TLS, c.HTTP.Host, c.HTTP.CA = true, "www.example.net", pemFile(t, server.Certificate())
		check, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := check.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "not www.example.net") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHost(t *testing.T) {
	tests := []struct {
		target string
		http   HTTPConfig
		want   string
	}{
		{"10.0.0.1:80", HTTPConfig{}, "10.0.0.1"},
		{"10.0.0.1:443", HTTPConfig{}, "10.0.0.1:443"},
		{"10.0.0.1:443", HTTPConfig{TLSConfig: TLSConfig{TLS: true}}, "10.0.0.1"},
		{"[2001:db8::1]:80", HTTPConfig{}, "[2001:db8::1]"},
		{"[fe80::1%eth0]:8080", HTTPConfig{}, "[fe80::1]:8080"},
		{"10.0.0.1:80", HTTPConfig{Page: Page{Host: "x.example:8"}}, "x.example:8"},
	}
	for _, test := range tests {
		if got := host(netip.MustParseAddrPort(test.target), test.http.TLS, test.http.Host); got != test.want {
			t.Errorf("%s: got %s, want %s", test.target, got, test.want)
		}
	}
}

// pemFile writes certificates into a file.
func pemFile(t *testing.T, list ...*x509.Certificate) string {
	t.Helper()
	var all []byte
	for _, c := range list {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	path := filepath.Join(t.TempDir(), "certificates.pem")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
