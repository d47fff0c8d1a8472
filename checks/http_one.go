package checks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
)

// maxInterim is how many interim answers (1xx) may come before the one that counts.
const maxInterim = 5

// oneHTTP speaks HTTP/1.0 (RFC 1945) or HTTP/1.1 (RFC 9112), one request on each connection. net/http knows 1.0 no longer, and for
// 1.1 keeps two goroutines for each connection, which are for one that serves many requests.
type oneHTTP struct {
	minor int // of the version
	dial  func(context.Context) (net.Conn, error)
}

// RoundTrip sends a request without a body. Closing the body of the answer closes the connection.
func (o oneHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	conn, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := interrupt(ctx, conn)
	answer, err := o.converse(conn, r)
	if err != nil {
		stop()
		conn.Close()
		return nil, err
	}
	answer.Body = &lastBody{ReadCloser: answer.Body, close: func() error {
		stop()
		return conn.Close()
	}}
	return answer, nil
}

// converse writes the request and reads the header of the answer.
func (o oneHTTP) converse(conn net.Conn, r *http.Request) (*http.Response, error) {
	w := bufio.NewWriter(conn)
	fmt.Fprintf(w, "%s %s HTTP/1.%d\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), o.minor, r.Host)
	if o.minor > 0 {
		fmt.Fprint(w, "Connection: close\r\n")
	}
	_ = r.Header.Write(w) // the writer keeps its error
	fmt.Fprint(w, "\r\n")
	refused := w.Flush() // by a server that answers before it has read all
	limited := &io.LimitedReader{R: conn, N: headerLimit}
	buffered := bufio.NewReader(limited)
	for range maxInterim + 1 {
		answer, err := http.ReadResponse(buffered, r)
		switch {
		case err != nil && limited.N <= 0:
			return nil, errors.New("the header of the answer has more than 64 KiB")
		case err != nil && refused != nil:
			return nil, refused
		case err != nil:
			return nil, err
		case o.minor > 0 && answer.StatusCode < 200 && answer.StatusCode != http.StatusSwitchingProtocols:
			continue // an interim answer has no body
		}
		limited.N = math.MaxInt64 // of the body its reader takes what it wants
		return answer, nil
	}
	return nil, fmt.Errorf("more than %d interim answers (1xx)", maxInterim)
}

// lastBody is a body that ends with its connection.
type lastBody struct {
	io.ReadCloser
	close func() error
}

// Close closes the connection without reading what is left.
func (b *lastBody) Close() error { return b.close() }
