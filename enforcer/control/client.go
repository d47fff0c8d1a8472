package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrNoEnforcer says that nobody answers on the socket.
var ErrNoEnforcer = errors.New("no enforcer answers")

// Client speaks to the enforcer of one socket. Safe for concurrent use.
type Client struct {
	socket string
	http   http.Client
}

// Dial returns a client for the socket at path. It does not connect yet.
func Dial(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "unix", path)
	}
	return &Client{socket: path, http: http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Socket returns the path that the client speaks to.
func (c *Client) Socket() string { return c.socket }

// Status asks what the node does now.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	return s, c.get(ctx, "/v1/status", &s)
}

// Report asks for as much of the status as people read: without the checks of servers, which are as many as there are servers.
func (c *Client) Report(ctx context.Context) (Status, error) {
	var s Status
	return s, c.get(ctx, "/v1/status?checks=own", &s)
}

// Snapshot asks for what a plan is compared with.
func (c *Client) Snapshot(ctx context.Context, q Query) (Snapshot, error) {
	parameters := url.Values{}
	for _, n := range q.Tables {
		parameters.Add("table", strconv.FormatUint(uint64(n), 10))
	}
	for _, name := range q.Sysctls {
		parameters.Add("sysctl", string(name))
	}
	path := "/v1/snapshot"
	if len(parameters) > 0 {
		path += "?" + parameters.Encode()
	}
	var s Snapshot
	return s, c.get(ctx, path, &s)
}

// Apply sends a request, hands each step to report and returns the result.
func (c *Client) Apply(ctx context.Context, request ApplyRequest, report func(Progress)) (ApplyResult, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return ApplyResult{}, fmt.Errorf("encoding the request: %w", err)
	}
	answer, err := c.do(ctx, http.MethodPost, "/v1/apply", body)
	if err != nil {
		return ApplyResult{}, err
	}
	defer answer.Close()
	lines := json.NewDecoder(answer)
	for {
		var p Progress
		if err := lines.Decode(&p); err != nil {
			return ApplyResult{}, fmt.Errorf("the enforcer stopped answering during the apply (%w); `ha status` tells how it ended", err)
		}
		if p.Result != nil {
			return *p.Result, nil
		}
		report(p)
	}
}

// Restart asks the enforcer to make place for the program at its path and hands each step to report. It returns nil when
// the connection ended with the old program; an error that wraps ErrStays when that goes on.
func (c *Client) Restart(ctx context.Context, report func(Progress)) error {
	answer, err := c.do(ctx, http.MethodPost, "/v1/restart", nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	lines := json.NewDecoder(answer)
	for {
		var p Progress
		switch err := lines.Decode(&p); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // the program that would have answered is gone
		case p.Result != nil:
			return fmt.Errorf("%w: %s", ErrStays, strings.Join(p.Result.Lines, "; "))
		}
		report(p)
	}
}

// ErrStays says that the enforcer could not make place and goes on as before.
var ErrStays = errors.New("the enforcer goes on as before")

// Events hands every event after since to report, and goes on with new ones until ctx ends when follow is set.
func (c *Client) Events(ctx context.Context, since uint64, follow bool, report func(Event)) error {
	path := fmt.Sprintf("/v1/events?since=%d", since)
	if follow {
		path += "&follow=1"
	}
	answer, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	lines := json.NewDecoder(answer)
	for {
		var e Event
		err := lines.Decode(&e)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading events: %w", err)
		}
		report(e)
	}
}

// get asks, and asks again when another program took the enforcer's place while it was about to answer.
func (c *Client) get(ctx context.Context, path string, v any) error {
	err := c.getOnce(ctx, path, v)
	for range 3 {
		if !cutOff(err) {
			return err
		}
		err = c.getOnce(ctx, path, v)
	}
	return err
}

// cutOff tells whether an answer ended before it was complete, because the program that gave it did.
func cutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

func (c *Client) getOnce(ctx context.Context, path string, v any) error {
	answer, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	if err := json.NewDecoder(answer).Decode(v); err != nil {
		return fmt.Errorf("the answer of %s is not understood: %w", c.socket, err)
	}
	return nil
}

// do returns the body of a good answer; every other answer is an error.
func (c *Client) do(ctx context.Context, method, path string, body []byte) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://enforcer"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(request)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w on %s", ErrNoEnforcer, c.socket)
	}
	if err != nil {
		return nil, fmt.Errorf("asking the enforcer on %s: %w", c.socket, err)
	}
	if answer.StatusCode == http.StatusConflict {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096)) // as below
		return nil, errors.Join(&refusal{strings.TrimSpace(string(text))}, answer.Body.Close())
	}
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096)) // best effort: the status says enough
		return nil, errors.Join(fmt.Errorf("the enforcer on %s says: %s", c.socket, strings.TrimSpace(string(text))), answer.Body.Close())
	}
	return answer.Body, nil
}
