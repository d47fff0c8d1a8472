package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ha/checks/secret"
	"ha/planner"
)

// The headers of a webhook. The signature is the HMAC-SHA256 of the timestamp, a dot and the body, in hexadecimal digits
// after "sha256=": who checks both knows who sent it, and that it is no repetition of an old one.
const (
	HeaderTimestamp = "X-Ha-Timestamp" // seconds since 1970
	HeaderSignature = "X-Ha-Signature"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4096

// hook posts events as JSON.
type hook struct {
	planner.NotifyWebhook
}

func newHook(c planner.NotifyWebhook) hook { return hook{c} }

// delivery is the body of a post.
type delivery struct {
	Version int     `json:"version"` // 1
	Text    string  `json:"text"`    // for people, as chats show it
	Events  []Event `json:"events"`  // in the order in which they happened
	Dropped int     `json:"dropped,omitempty"`
}

func (h hook) send(ctx context.Context, events []Event, dropped int) (said string, status int, err error) {
	body, err := json.Marshal(delivery{Version: 1, Text: subjectOf(events), Events: events, Dropped: dropped})
	if err != nil {
		return "", 0, hopeless{err}
	}
	target, err := h.target()
	if err != nil {
		return "", 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return "", 0, hopeless{errors.New(h.called() + " is no URL")}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "ha")
	for name, value := range h.Headers {
		request.Header.Set(name, value)
	}
	if h.Token != "" {
		token, _, err := secret.Read(h.Token)
		if err != nil {
			return "", 0, err
		}
		request.Header.Set("Authorization", "Bearer "+string(token))
	}
	if h.Key != "" {
		key, _, err := secret.Read(h.Key)
		if err != nil {
			return "", 0, err
		}
		at := strconv.FormatInt(time.Now().Unix(), 10)
		request.Header.Set(HeaderTimestamp, at)
		request.Header.Set(HeaderSignature, "sha256="+sign(key, at, body))
	}
	client, err := h.client(request.URL.Hostname())
	if err != nil {
		return "", 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		var where *url.Error // names the URL, which may be a secret
		if errors.As(err, &where) {
			err = where.Err
		}
		return "", 0, fmt.Errorf("POST %s: %w", h.called(), err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	said, _, _ = strings.Cut(strings.TrimSpace(string(text)), "\n")
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return said, answer.StatusCode, nil
	}
	err = fmt.Errorf("POST %s: %s", h.called(), answer.Status)
	switch {
	case answer.StatusCode >= 500, answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode == http.StatusRequestTimeout:
		return said, answer.StatusCode, err
	}
	return said, answer.StatusCode, hopeless{err}
}

// target is the URL to post to.
func (h hook) target() (string, error) {
	if h.SecretURL == "" {
		return h.URL, nil
	}
	value, _, err := secret.Read(h.SecretURL)
	return string(value), err
}

// called is the URL, or the reference to it.
func (h hook) called() string {
	if h.SecretURL != "" {
		return h.SecretURL
	}
	return h.URL
}

// sign is the signature of a body that is sent at a time.
func sign(key []byte, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(at + ".")) // never fails (package hash)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// client is a client for one post. It follows no redirect: where events go stands in the configuration.
func (h hook) client(host string) (*http.Client, error) {
	settings, err := tlsSettings(host, h.CA)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
