package checks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	// bodyLimit is how much of a body is searched.
	bodyLimit = 64 << 10
	// headerLimit is how large the header of an answer may be.
	headerLimit = 64 << 10
	// userAgent names us in the server's log.
	userAgent = "ha-check"
)

// HTTP is healthy when one request is answered with a wanted status and, if asked for, a wanted text. Redirects
// are answers, not followed; each probe opens its own connection, as a new client would.
type HTTP struct {
	request   http.Request // a template
	status    []StatusRange
	contains  []byte
	transport *http.Transport
}

func newHTTP(c Config) (Check, error) {
	if c.Script != nil {
		return nil, errors.New(`arguments of check "script" in check "http"`)
	}
	h := c.HTTP
	if h == nil {
		return nil, errors.New(`check "http" has no arguments`)
	}
	target, err := url.ParseRequestURI(h.Path)
	if err != nil || !strings.HasPrefix(h.Path, "/") {
		return nil, fmt.Errorf("path %q is not a path that begins with \"/\"", h.Path)
	}
	target.Scheme, target.Host = scheme(h.TLS), host(c.Target, h)
	if err := errors.Join(
		unless(h.Method == http.MethodGet || h.Method == http.MethodHead, "method %q is not GET or HEAD", h.Method),
		unless(h.Contains == "" || h.Method == http.MethodGet, "contains needs the method GET: an answer to HEAD has no body"),
		unless(h.TLS || !h.SkipVerify, "skip_verify needs tls"),
		unless(httpguts.ValidHostHeader(target.Host), "host %q is not a host name", h.Host),
	); err != nil {
		return nil, err
	}
	header, err := headers(h.Headers)
	if err != nil {
		return nil, err
	}
	for _, r := range h.Status {
		if r.First < 100 || r.First > r.Last || r.Last > 999 {
			return nil, fmt.Errorf("status %s is not a range within 100 to 999", r)
		}
	}
	status := h.Status
	if len(status) == 0 {
		status = []StatusRange{{200, 399}}
	}
	return &HTTP{
		request:   http.Request{Method: h.Method, URL: target, Host: target.Host, Header: header},
		status:    status,
		contains:  []byte(h.Contains),
		transport: transport(c.Target, target.Hostname(), h.SkipVerify),
	}, nil
}

// transport returns one that connects to the target whatever the URL says, once per request.
func transport(target netip.AddrPort, name string, skipVerify bool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return connect(ctx, target)
		},
		DisableKeepAlives:      true,
		DisableCompression:     true, // the text is searched as it was written
		MaxResponseHeaderBytes: headerLimit,
		TLSClientConfig: &tls.Config{
			ServerName:         name, // asked for by SNI unless it is an address, and verified
			InsecureSkipVerify: skipVerify,
		},
	}
}

// Probe sends one request and judges its answer.
func (c *HTTP) Probe(ctx context.Context) error {
	what := c.request.Method + " " + c.request.URL.RequestURI()
	answer, err := c.transport.RoundTrip(c.request.WithContext(ctx))
	if err != nil {
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
			return err // connect has said it
		}
		return fmt.Errorf("%s: %w", what, inWords(err))
	}
	defer answer.Body.Close()
	if !slices.ContainsFunc(c.status, func(r StatusRange) bool { return r.First <= answer.StatusCode && answer.StatusCode <= r.Last }) {
		return fmt.Errorf("%s: status %d, want %s", what, answer.StatusCode, ranges(c.status))
	}
	if len(c.contains) == 0 {
		return nil
	}
	// A body that breaks off may hold the text already.
	body, err := io.ReadAll(io.LimitReader(answer.Body, bodyLimit))
	switch {
	case bytes.Contains(body, c.contains):
		return nil
	case err != nil:
		return fmt.Errorf("%s: reading the body: %w", what, inWords(err))
	case len(body) == bodyLimit:
		return fmt.Errorf("%s: the first 64 KiB of the body do not contain %q", what, c.contains)
	}
	return fmt.Errorf("%s: the body (%d bytes) does not contain %q", what, len(body), c.contains)
}

// scheme is that of the request's URL.
func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// host is the value of the Host header: as configured, or the target, without the port when that is the usual one.
func host(target netip.AddrPort, h *HTTPConfig) string {
	switch {
	case h.Host != "":
		return h.Host
	case h.TLS && target.Port() == 443, !h.TLS && target.Port() == 80:
		if addr := target.Addr().WithZone(""); addr.Is6() {
			return "[" + addr.String() + "]"
		}
		return target.Addr().String()
	}
	return netip.AddrPortFrom(target.Addr().WithZone(""), target.Port()).String()
}

// headers returns the header of the request.
func headers(more map[string]string) (http.Header, error) {
	header := http.Header{"User-Agent": {userAgent}}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		switch value := more[name]; {
		case !httpguts.ValidHeaderFieldName(name):
			return nil, fmt.Errorf("%q is not the name of a header", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, fmt.Errorf("the value of header %s has characters that no header may have", name)
		case strings.EqualFold(name, "Host"):
			return nil, errors.New("the Host header is set by host, not by headers")
		default:
			header.Set(name, value)
		}
	}
	return header, nil
}

// String returns the range as it is written: 200 or 200-399.
func (r StatusRange) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// ranges joins status ranges for a message.
func ranges(list []StatusRange) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String()
	}
	return strings.Join(words, " or ")
}
