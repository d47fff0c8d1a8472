package notify

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/planner"
)

// keep writes a file of a test and returns its path.
func keep(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWebhook(t *testing.T) {
	var got delivery
	var header http.Header
	var body []byte
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		header = r.Header
		_ = json.Unmarshal(body, &got)
		_, _ = io.WriteString(w, "thanks\nmore\n")
	}))
	defer server.Close()
	ca := keep(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	h := newHook(planner.NotifyWebhook{
		URL: server.URL, CA: ca, Key: "file:" + keep(t, "key", "s3cr3t\n"), Token: "file:" + keep(t, "token", "abc\n"),
		Headers: map[string]string{"X-Team": "net"},
	})
	said, status, err := h.send(t.Context(), []Event{vipEvent(1, "web", planner.BecameActive), vipEvent(2, "db", planner.BecameBackup)}, 3)
	if err != nil || said != "thanks" || status != 200 {
		t.Fatalf("got %q, %d, %v", said, status, err)
	}
	if got.Version != 1 || len(got.Events) != 2 || got.Events[1].Object != "vip.db" || got.Dropped != 3 || got.Text != "[lb1] vip.web is Active and 1 more" {
		t.Errorf("posted %+v", got)
	}
	if header.Get("X-Team") != "net" || header.Get("Authorization") != "Bearer abc" || header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", header)
	}
	if want := "sha256=" + sign([]byte("s3cr3t"), header.Get(HeaderTimestamp), body); header.Get(HeaderSignature) != want || header.Get(HeaderTimestamp) == "" {
		t.Errorf("signature %s, want %s", header.Get(HeaderSignature), want)
	}
	h.CA = ""
	if _, _, err := h.send(t.Context(), []Event{vipEvent(1, "web", planner.BecameActive)}, 0); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server of an unknown authority: %v", err)
	}
}

// The signature is what openssl dgst -sha256 -hmac says of the same bytes.
func TestTheSignature(t *testing.T) {
	const want = "11c6a57e329385bb25185175112f9105b5e1927c400fbcc7bc64da526d7232c5"
	if got := sign([]byte("Jefe"), "1700000000", []byte(`{"version":1}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatAWebhookAnswers(t *testing.T) {
	tests := []struct {
		status   int
		hopeless bool
	}{{500, false}, {503, false}, {429, false}, {408, false}, {400, true}, {401, true}, {404, true}, {302, true}}
	for _, tt := range tests {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tt.status)
		}))
		h := newHook(planner.NotifyWebhook{SecretURL: "file:" + keep(t, "url", server.URL+"/T0K3N")})
		_, status, err := h.send(t.Context(), []Event{vipEvent(1, "web", planner.BecameActive)}, 0)
		var end hopeless
		if err == nil || status != tt.status || errors.As(err, &end) != tt.hopeless || requests != 1 {
			t.Errorf("%d: got status %d, %v after %d requests", tt.status, status, err, requests)
		}
		if err != nil && strings.Contains(err.Error(), "T0K3N") {
			t.Errorf("the error shows the secret: %v", err)
		}
		server.Close()
		if _, _, err = h.send(t.Context(), []Event{vipEvent(1, "web", planner.BecameActive)}, 0); err == nil || errors.As(err, &end) || strings.Contains(err.Error(), "T0K3N") {
			t.Errorf("a server that is gone: %v", err)
		}
	}
}

// An answer without end is not read to its end.
func TestAnEndlessAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	said, _, err := newHook(planner.NotifyWebhook{URL: server.URL}).send(t.Context(), []Event{vipEvent(1, "web", planner.BecameActive)}, 0)
	if err != nil || len(said) != maxAnswer {
		t.Errorf("got %d bytes, %v", len(said), err)
	}
}
