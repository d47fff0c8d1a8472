package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpguts"
)

// GRPCConfig holds the arguments that only check "grpc" has.
type GRPCConfig struct {
	TLSConfig
	Service string `json:"service,omitempty"` // whose health is asked for; empty: that of the server
	Host    string `json:"host,omitempty"`    // of the authority; empty: the target
}

// GRPC is healthy when grpc.health.v1.Health/Check says SERVING (github.com/grpc/grpc/blob/master/doc/health-checking.md).
type GRPC struct {
	request   http.Request // a template without its body
	message   []byte
	transport http.RoundTripper
}

func newGRPC(c Config) (Check, error) {
	g := c.GRPC
	if g == nil {
		g = &GRPCConfig{}
	}
	target := &url.URL{Scheme: scheme(g.TLS), Host: host(c.Target, g.TLS, g.Host), Path: "/grpc.health.v1.Health/Check"}
	if err := errors.Join(
		g.wrong(),
		unless(len(g.Service) <= 4096, "service has %d bytes, more than 4096", len(g.Service)),
		unless(httpguts.ValidHostHeader(target.Host), "host %q is not a host name", g.Host),
	); err != nil {
		return nil, err
	}
	return &GRPC{
		request: http.Request{
			Method: http.MethodPost, URL: target, Host: target.Host,
			Header: http.Header{"Content-Type": {"application/grpc"}, "Te": {"trailers"}, "User-Agent": {userAgent}},
		},
		message:   framedMessage(healthRequest(g.Service)),
		transport: transport(c.dialer(), &HTTPConfig{TLSConfig: g.TLSConfig, Version: "2"}, target.Hostname()),
	}, nil
}

// Probe asks once.
func (c *GRPC) Probe(ctx context.Context) error {
	request := c.request.WithContext(ctx)
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(c.message)), int64(len(c.message))
	answer, err := c.transport.RoundTrip(request)
	if err != nil {
		return requestFailed("health", err)
	}
	defer answer.Body.Close()
	if answer.ProtoMajor != 2 || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: the answer is %s with status %d, want 200 of HTTP/2", answer.Proto, answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, bodyLimit))
	if err != nil {
		return fmt.Errorf("health: reading the answer: %w", inWords(err))
	}
	trailer := answer.Trailer
	if answer.Header.Get("Grpc-Status") != "" { // where there is no message
		trailer = answer.Header
	}
	if code := trailer.Get("Grpc-Status"); code != "0" {
		return fmt.Errorf("health: gRPC status %s %s, want 0", said(code), said(trailer.Get("Grpc-Message")))
	}
	status, err := parseHealth(body)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	words := []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
	switch {
	case status == 1:
		return nil
	case status < uint64(len(words)):
		return fmt.Errorf("health: %s, want SERVING", words[status])
	}
	return fmt.Errorf("health: %d, want SERVING", status)
}

// healthRequest is HealthCheckRequest: field 1 is the service.
func healthRequest(service string) []byte {
	if service == "" {
		return nil
	}
	return append(binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(service))), service...)
}

// framedMessage is a message as gRPC sends it: not compressed, and with its length in front.
func framedMessage(m []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...)
}

// parseHealth reads HealthCheckResponse out of its frame: field 1 is the status, which is 0 when it is not there.
func parseHealth(b []byte) (status uint64, err error) {
	if len(b) < 5 || b[0] != 0 || int64(binary.BigEndian.Uint32(b[1:])) != int64(len(b)-5) {
		return 0, errors.New("the answer is not one message of gRPC that is not compressed")
	}
	bad := errors.New("the answer is no message of protobuf")
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b, err = nil, bad
			return 0
		}
		b = b[n:]
		return v
	}
	for b = b[5:]; len(b) > 0 && err == nil; {
		key := next()
		skip := uint64(0)
		switch key & 7 { // the wire types of protobuf
		case 0:
			if v := next(); key>>3 == 1 {
				status = v
			}
		case 1:
			skip = 8
		case 2:
			skip = next()
		case 5:
			skip = 4
		default:
			return 0, bad
		}
		if skip > uint64(len(b)) {
			return 0, bad
		}
		b = b[skip:]
	}
	return status, err
}
