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

// oldHTTP speaks HTTP/1.0 (RFC 1945), one request on each connection, as net/http no longer does.
type oldHTTP struct {
	dial func(context.Context) (net.Conn, error)
}

// RoundTrip sends a request without a body. Closing the body of the answer closes the connection.
func (o oldHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	conn, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := interrupt(ctx, conn)
	answer, err := converse(conn, r)
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
func converse(conn net.Conn, r *http.Request) (*http.Response, error) {
	w := bufio.NewWriter(conn)
	fmt.Fprintf(w, "%s %s HTTP/1.0\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), r.Host)
	if err := r.Header.Write(w); err != nil {
		return nil, err
	}
	fmt.Fprint(w, "\r\n")
	if err := w.Flush(); err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: conn, N: headerLimit}
	answer, err := http.ReadResponse(bufio.NewReader(limited), r)
	if err != nil && limited.N <= 0 {
		return nil, errors.New("the header of the answer has more than 64 KiB")
	}
	limited.N = math.MaxInt64 // of the body its reader takes what it wants
	return answer, err
}

// lastBody is a body that ends with its connection.
type lastBody struct {
	io.ReadCloser
	close func() error
}

// Close closes the connection without reading what is left.
func (b *lastBody) Close() error { return b.close() }
