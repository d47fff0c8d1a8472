package checks

import (
	"context"
	"net"
	"net/http"
)

// twoHTTP speaks HTTP/2 (RFC 9113), one request on each connection. A transport by itself would begin anew, as often as the server
// ends what it began.
type twoHTTP struct {
	*http.Transport
	target string
}

func newTwoHTTP(dial func(context.Context) (net.Conn, error), target string, secure bool) twoHTTP {
	anywhere := func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	t := &http.Transport{
		DialContext:            anywhere,
		DialTLSContext:         anywhere,
		DisableKeepAlives:      true,
		DisableCompression:     true, // the text is searched as it was written
		MaxResponseHeaderBytes: headerLimit,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP2(secure)
	t.Protocols.SetUnencryptedHTTP2(!secure)
	return twoHTTP{t, target}
}

// RoundTrip sends a request. Closing the body of the answer closes the connection.
func (m twoHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	conn, err := m.NewClientConn(r.Context(), r.URL.Scheme, m.target)
	if err != nil {
		return nil, err
	}
	answer, err := conn.RoundTrip(r)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	answer.Body = &lastBody{ReadCloser: answer.Body, close: conn.Close}
	return answer, nil
}
