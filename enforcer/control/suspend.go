package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"
)

// SuspendRequest sets a real server aside for a while: it drains, or has another weight than configured.
type SuspendRequest struct {
	Server string        `json:"server"` // pool.web/web1, or web/web1
	Weight uint16        `json:"weight"` // 0 drains: connections go on, no new ones come
	For    time.Duration `json:"for"`    // the lease, at the end of which the server is as configured again; 1 s to 30 days
	// Deadline is after how long connections that are left are given up, when it drains; 0 is never. At most the lease.
	Deadline time.Duration `json:"deadline,omitempty"`
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // who asks: user@host; the server of the API adds the uid that the kernel names
}

// ResumeRequest ends what a [SuspendRequest] began.
type ResumeRequest struct {
	Server string `json:"server"`
	Reason string `json:"reason,omitempty"`
	By     string `json:"by"`
}

// Answer is the answer to a request that did what it should.
type Answer struct {
	Text string `json:"text"` // what was done, in words
}

// The bounds of a lease.
const (
	ShortestLease = time.Second
	LongestLease  = 30 * 24 * time.Hour
)

// maxReason bounds what a person may say, in bytes.
const maxReason = 500

// Check says what is wrong with a request.
func (r SuspendRequest) Check() error {
	switch {
	case r.Reason == "":
		return fmt.Errorf("a reason is wanted: whoever is called at night must know why")
	case len(r.Reason) > maxReason:
		return fmt.Errorf("the reason has %d bytes, more than the %d that it may have", len(r.Reason), maxReason)
	case r.For < ShortestLease || r.For > LongestLease:
		return fmt.Errorf("the lease is %v, and must be from %v to %d days: nothing is set aside for ever", r.For, ShortestLease, LongestLease/(24*time.Hour))
	case r.Deadline < 0 || r.Deadline > r.For:
		return fmt.Errorf("the deadline is %v, and must be within the lease of %v", r.Deadline, r.For)
	case r.Deadline > 0 && r.Weight > 0:
		return fmt.Errorf("a deadline is for draining, that is for weight 0")
	}
	return nil
}

// Suspend sets a real server aside and returns what was done in words.
func (c *Client) Suspend(ctx context.Context, r SuspendRequest) (string, error) {
	return c.ask(ctx, "/v1/suspend", r)
}

// Resume lets a real server be as configured again and returns what was done in words.
func (c *Client) Resume(ctx context.Context, r ResumeRequest) (string, error) {
	return c.ask(ctx, "/v1/resume", r)
}

func (c *Client) ask(ctx context.Context, path string, request any) (string, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("encoding the request: %w", err)
	}
	answer, err := c.do(ctx, http.MethodPost, path, body)
	if err != nil {
		return "", err
	}
	defer answer.Close()
	var a Answer
	if err := json.NewDecoder(answer).Decode(&a); err != nil {
		return "", fmt.Errorf("the answer of %s is not understood: %w", c.socket, err)
	}
	return a.Text, nil
}

// refusal is the answer of an enforcer that understood and does not do it.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

// IsRefusal tells whether an error says that the enforcer was asked and refused: nothing was changed.
func IsRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// maxOrder bounds the body of a request that is a few words.
const maxOrder = 64 << 10

// order reads a request, lets it be carried out and answers.
func order[R any](carryOut func(context.Context, R) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(sendWithin)) // as in apply
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxOrder))
		if err != nil {
			http.Error(w, "reading the request: "+err.Error(), http.StatusBadRequest)
			return
		}
		var request R
		if err := json.Unmarshal(body, &request); err != nil {
			http.Error(w, "the request is not understood: "+err.Error(), http.StatusBadRequest)
			return
		}
		text, err := carryOut(r.Context(), request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		answer(w, Answer{Text: text})
	}
}

// peerKey is under which a request's context has its connection.
type peerKey struct{}

// withPeer remembers the connection of requests.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, c)
}

// person is who asks: as they say themselves, and the user that the kernel names.
func person(ctx context.Context, says string) string {
	c, ok := ctx.Value(peerKey{}).(*net.UnixConn)
	if !ok {
		return says
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return says
	}
	var who *unix.Ucred
	if raw.Control(func(fd uintptr) { who, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) != nil || err != nil {
		return says
	}
	if says == "" {
		return fmt.Sprintf("uid %d", who.Uid)
	}
	return fmt.Sprintf("%s (uid %d)", says, who.Uid)
}
