package checks

import (
	"context"
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
	// headerLimit is how large the header of an answer may be, in bytes.
	headerLimit = 64 << 10
	// maxPages is how many pages one check may ask for, and maxRedirects how many redirects it may follow for each.
	maxPages, maxRedirects = 32, 10
	// maxWords is how long the reason of a failure may be, in bytes.
	maxWords = 300
	// userAgent names us in the server's log.
	userAgent = "ha-check"
)

// HTTPConfig holds the arguments that only check "http" has.
type HTTPConfig struct {
	TLSConfig
	Page                        // the only one, unless there are Pages
	Pages     []Page            `json:"pages,omitempty"`
	Method    string            `json:"method"`            // GET, HEAD
	Version   string            `json:"version,omitempty"` // 1.0, 1.1 or 2; empty: 1.1
	Headers   map[string]string `json:"headers,omitempty"`
	Redirects int               `json:"redirects,omitempty"`  // followed for each page, on the same server; 0 to 10
	FastClose bool              `json:"fast_close,omitempty"` // end connections with a reset
}

// HTTP is healthy when each page is answered as it should be. Each request opens its own connection, as a new client would,
// and goes to the target, whatever name it asks for.
type HTTP struct {
	pages     []page
	version   string
	redirects int
}

// page is one request with what it wants.
type page struct {
	wants
	request   http.Request // a template
	transport http.RoundTripper
	weight    *WeightConfig // in its answer; nil: there is none
}

func newHTTP(c Config) (Check, error) {
	h := c.HTTP
	if h == nil {
		return nil, errors.New(`check "http" has no arguments`)
	}
	_, spoken := versions[h.Version]
	if err := errors.Join(
		unless(h.Method == http.MethodGet || h.Method == http.MethodHead, "method %q is not GET or HEAD", h.Method),
		unless(spoken, "version %q is not one of 1.0, 1.1, 2", h.Version),
		unless(h.Redirects >= 0 && h.Redirects <= maxRedirects, "redirects %d is not from 0 to %d", h.Redirects, maxRedirects),
		unless(len(h.Pages) <= maxPages, "%d pages are more than %d", len(h.Pages), maxPages),
		h.wrong(),
		unless(c.Weight == nil || c.Weight.Header != "" || h.Method == http.MethodGet, "the weight in a body needs the method GET"),
	); err != nil {
		return nil, err
	}
	header, err := headers(h.Headers)
	if err != nil {
		return nil, err
	}
	check := &HTTP{version: h.Version, redirects: h.Redirects}
	pages := h.Pages
	if len(pages) == 0 {
		pages = []Page{h.Page}
	}
	for _, p := range pages {
		page, err := newPage(c, p, header)
		if err != nil {
			return nil, err
		}
		check.pages = append(check.pages, page)
	}
	check.pages[len(check.pages)-1].weight = c.Weight
	return check, nil
}

func newPage(c Config, p Page, header http.Header) (page, error) {
	h := c.HTTP
	target, err := url.ParseRequestURI(p.Path)
	if err != nil || !strings.HasPrefix(p.Path, "/") {
		return page{}, fmt.Errorf("path %q is not a path that begins with \"/\"", p.Path)
	}
	target.Scheme, target.Host = scheme(h.TLS), host(c.Target, h.TLS, p.Host)
	w, err := newWants(p)
	if err := errors.Join(err,
		unless(!p.looks() || h.Method == http.MethodGet, "contains, matches, excludes, md5 and sha256 need the method GET: an answer to HEAD has no body"),
		unless(httpguts.ValidHostHeader(target.Host), "host %q is not a host name", p.Host),
	); err != nil {
		return page{}, err
	}
	return page{
		wants:     w,
		request:   http.Request{Method: h.Method, URL: target, Host: target.Host, Header: header},
		transport: transport(c.dialer(), h, target.Hostname()),
	}, nil
}

// versions of HTTP: what is offered by ALPN, which is nothing where nothing else is spoken. It is only read.
var versions = map[string][]string{"": nil, "1.0": nil, "1.1": nil, "2": {"h2"}}

// transport returns one that connects to the target whatever the URL says, once per request.
func transport(dialer Dialer, h *HTTPConfig, name string) http.RoundTripper {
	secure := newSecured(h.TLSConfig, name, versions[h.Version]...)
	plain := func(ctx context.Context) (net.Conn, error) {
		conn, err := dialer.Dial(ctx, "tcp")
		if tcp, ok := conn.(*net.TCPConn); ok && h.FastClose {
			err = tcp.SetLinger(0)
		}
		return conn, err
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		conn, err := plain(ctx)
		if err != nil || !h.TLS {
			return conn, err
		}
		return secure.over(ctx, conn)
	}
	switch h.Version {
	case "1.0":
		return oneHTTP{0, dial}
	case "2":
		return newTwoHTTP(dial, dialer.Target.String(), h.TLS)
	}
	return oneHTTP{1, dial}
}

// Probe asks for each page in turn, until one is not as it should be.
func (c *HTTP) Probe(ctx context.Context) error {
	_, err := c.Measure(ctx)
	return err
}

// Measure is Probe; the number is the weight in the last answer, where there is to be one.
func (c *HTTP) Measure(ctx context.Context) (weight int64, err error) {
	for _, p := range c.pages {
		if weight, err = c.ask(ctx, p); err != nil {
			return 0, err
		}
	}
	return weight, nil
}

// ask sends the request of a page, follows redirects as far as they are wanted, and judges the answer.
func (c *HTTP) ask(ctx context.Context, p page) (weight int64, err error) {
	request := p.request.WithContext(ctx)
	for n := 0; ; n++ {
		what := request.Method + " " + request.URL.RequestURI()
		answer, err := p.transport.RoundTrip(request)
		if err != nil {
			return 0, requestFailed(what, err)
		}
		next, err := c.next(answer, n)
		if err == nil && next == nil {
			weight, err = c.judge(p, answer)
		}
		answer.Body.Close()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
		if next == nil {
			return weight, nil
		}
		request = p.request.WithContext(ctx)
		request.URL = next
	}
}

// requestFailed says in words why a request has no answer.
func requestFailed(what string, err error) error {
	var op *net.OpError
	var unable *Unable
	switch {
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &unable):
		return err // the dialer has said it
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the server hung up without an answer")
	}
	if words := inWords(err).Error(); len(words) > maxWords { // they quote what the server sent
		err = &failure{strings.ToValidUTF8(words[:maxWords], "") + "…", err}
	}
	return fmt.Errorf("%s: %w", what, inWords(err))
}

// judge says what is wrong with the answer to a page, and what weight is in it.
func (c *HTTP) judge(p page, answer *http.Response) (weight int64, err error) {
	if c.version == "2" && answer.ProtoMajor != 2 {
		return 0, fmt.Errorf("the answer is %s, want HTTP/2", answer.Proto)
	}
	if p.weight == nil {
		return 0, p.wants.judge(answer)
	}
	body := &beginning{ReadCloser: answer.Body}
	answer.Body = body
	if err := p.wants.judge(answer); err != nil {
		return 0, err
	}
	head := ""
	if p.weight.Header == "" {
		if head, err = body.text(); err != nil {
			return 0, err
		}
	}
	return p.weight.readAnswer(answer, head)
}

// next is where an answer leads, if redirects are followed; nil where it leads nowhere.
func (c *HTTP) next(answer *http.Response, followed int) (*url.URL, error) {
	if c.redirects == 0 || answer.StatusCode < 300 || answer.StatusCode > 399 || answer.Header.Get("Location") == "" {
		return nil, nil
	}
	if followed == c.redirects {
		return nil, fmt.Errorf("status %d after %d redirects, more are not followed", answer.StatusCode, followed)
	}
	from := answer.Request.URL
	to, err := from.Parse(answer.Header.Get("Location"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("status %d leads to %q, which is no URL", answer.StatusCode, shorten(answer.Header.Get("Location")))
	case to.Scheme != from.Scheme || !strings.EqualFold(to.Host, from.Host):
		return nil, fmt.Errorf("status %d leads to %s://%s, another server than %s://%s", answer.StatusCode, to.Scheme, shorten(to.Host), from.Scheme, from.Host)
	}
	return to, nil
}

// scheme is that of the request's URL.
func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// host is the value of the Host header: as configured, or the target, without the port when that is the usual one.
func host(target netip.AddrPort, secure bool, name string) string {
	switch {
	case name != "":
		return name
	case secure && target.Port() == 443, !secure && target.Port() == 80:
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
