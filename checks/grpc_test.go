package checks

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// healthServer answers like a server of gRPC: a body in hexadecimal digits, and a status in the trailer.
func healthServer(t *testing.T, secure *tls.Config, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP2(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(s.Close)
	if secure == nil {
		s.Start()
		return s.Listener.Addr().String()
	}
	s.TLS = secure
	s.StartTLS()
	return s.Listener.Addr().String()
}

func TestGRPC(t *testing.T) {
	// health says it over one service only: "db" is down, others are unknown.
	health := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != "POST" || r.URL.Path != "/grpc.health.v1.Health/Check" || r.Header.Get("Te") != "trailers" {
			http.Error(w, "what?", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		answers := map[string]string{
			"0000000000": "00000000020801", "00000000040a026462": "00000000020802", "00000000040a026e6f": "0000000000",
			"00000000040a027a7a": "0000000009" + "1205616263646" + "5" + "0801", "00000000040a02626f": "0000000002087f", "00000000040a026261": "00ff",
		}
		answer, known := answers[hex.EncodeToString(body)]
		if !known { // no message, and the status in the header
			w.Header().Del("Trailer")
			w.Header().Set("Grpc-Status", "5")
			w.Header().Set("Grpc-Message", "unknown service")
			return
		}
		raw, err := hex.DecodeString(answer)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(raw)
		w.Header().Set("Grpc-Status", "0")
	}
	address := healthServer(t, nil, health)
	tests := []struct{ service, want string }{
		{"", ""},
		{"db", "health: NOT_SERVING, want SERVING"},
		{"no", "health: UNKNOWN, want SERVING"},
		{"zz", ""}, // with a field that nobody knows
		{"bo", "health: 127, want SERVING"},
		{"ba", "health: the answer is not one message of gRPC"},
		{"other", `health: gRPC status "5" "unknown service", want 0`},
	}
	for _, test := range tests {
		c := target("grpc", address)
		c.GRPC = &GRPCConfig{Service: test.service}
		check, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		err = check.Probe(t.Context())
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: got %v, want %q", test.service, err, test.want)
		}
	}
	a := newAuthority(t)
	pair, err := tls.LoadX509KeyPair(a.issue(t, x509.Certificate{}, "api.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	c := target("grpc", healthServer(t, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}, health))
	c.GRPC = &GRPCConfig{TLSConfig: TLSConfig{TLS: true, CA: pemFile(t, a.cert)}, Host: "api.example.com"}
	check, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Probe(t.Context()); err != nil {
		t.Errorf("over TLS: %v", err)
	}
	try(t, func(address string) Config { return target("grpc", address) }, []attempt{
		{"silence", silent, "no answer in time"},
		{"a reset", reset, "any"},
		{"hangs up", func(net.Conn) {}, "any"},
		{"HTTP/1.1", says("HTTP/1.1 200 OK\r\n\r\n"), "any"},
		{"garbage", garbage, "any"},
		{"no end", endless("\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x00\x00\x00\x04\x01\x00\x00\x00\x00"), "any"},
	})
	for _, answer := range []http.HandlerFunc{
		http.NotFound,
		func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		check, err := New(target("grpc", healthServer(t, nil, answer)))
		if err != nil {
			t.Fatal(err)
		}
		if err := check.Probe(t.Context()); err == nil {
			t.Error("an answer that says nothing of health is one")
		}
	}
}
