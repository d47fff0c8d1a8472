package checks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	// maxWeight is the greatest weight that IPVS takes.
	maxWeight = 65535
	// maxAnswer is how many bytes of a body or a line are looked at for a weight.
	maxAnswer = 256
)

// WeightConfig tells that the answer of a check holds a weight, which the probe then reports; a server that passes and says
// nothing of it has failed. A script tells it by its exit status, 0 or 2 to 255.
type WeightConfig struct {
	Header  string `json:"header,omitempty"` // of HTTP; empty: the body, the line or the exit status
	Percent bool   `json:"percent"`          // it is a share, in per cent
}

// weighty are the kinds whose answers can hold a weight. It is only read.
var weighty = map[string]bool{"http": true, "script": true, "tcp": true}

// validate reports what a kind cannot tell.
func (w *WeightConfig) validate(kind string) error {
	if w == nil {
		return nil
	}
	return errors.Join(
		unless(weighty[kind], "the answer of check %q holds no weight", kind),
		unless(w.Header == "" || kind == "http", "check %q has no headers", kind),
		unless(w.Header == "" || httpguts.ValidHeaderFieldName(w.Header), "%q is not the name of a header", w.Header),
	)
}

// read finds the weight in a text. Shares may end with "%", and have words beside numbers, those of HAProxy's agents: up and
// ready are all of the weight, drain none; down, stopped, fail, failed and maint are failures.
func (w *WeightConfig) read(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if !w.Percent {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil || n > maxWeight {
			return 0, fmt.Errorf("%q is no weight from 0 to %d", shorten(text), maxWeight)
		}
		return int64(n), nil
	}
	share, found := int64(100), false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\r' }) {
		name, _, _ := strings.Cut(word, "#") // a reason follows
		n, err := strconv.ParseUint(strings.TrimSuffix(name, "%"), 10, 63)
		switch {
		case err == nil && n <= maxWeight:
			share, found = int64(n), true
		case name == "up" || name == "ready":
			found = true
		case name == "drain":
			share, found = 0, true
		case name == "down" || name == "stopped" || name == "fail" || name == "failed" || name == "maint":
			return 0, fmt.Errorf("it says %q", shorten(text))
		case strings.HasPrefix(name, "maxconn:"): // of HAProxy, which balances by connections as well
		default:
			return 0, fmt.Errorf("%q is no share of a weight: a number with or without %%, up, ready, drain, down, stopped, failed or maint", shorten(text))
		}
	}
	if !found {
		return 0, errors.New("the answer holds no share of a weight")
	}
	return share, nil
}

// readAnswer finds the weight in an answer of HTTP; head is the beginning of its body.
func (w *WeightConfig) readAnswer(answer *http.Response, head string) (int64, error) {
	if w.Header == "" {
		n, err := w.read(head)
		if err != nil {
			err = fmt.Errorf("the body: %w", err)
		}
		return n, err
	}
	values := answer.Header.Values(w.Header)
	if len(values) != 1 {
		return 0, fmt.Errorf("the answer has %d headers %s, want one with the weight", len(values), w.Header)
	}
	n, err := w.read(values[0])
	if err != nil {
		err = fmt.Errorf("header %s: %w", w.Header, err)
	}
	return n, err
}

// beginning is a body that keeps the beginning of what is read from it.
type beginning struct {
	io.ReadCloser
	kept []byte
}

// Read implements [io.Reader].
func (b *beginning) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept = append(b.kept, p[:min(n, maxAnswer-len(b.kept))]...)
	return n, err
}

// text is the beginning, of which some may not have been read yet.
func (b *beginning) text() (string, error) {
	if room := maxAnswer - len(b.kept); room > 0 {
		if _, err := io.CopyN(io.Discard, b, int64(room)); err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the body: %w", inWords(err))
		}
	}
	return string(b.kept), nil
}

// Agent is a program of the server that says in one line how much it can take; it is healthy when it says so.
type Agent struct {
	tcp    TCP
	weight WeightConfig
}

// Probe connects and reads the line.
func (a *Agent) Probe(ctx context.Context) error {
	_, err := a.Measure(ctx)
	return err
}

// Measure connects and reads the line; the number is the weight or the share in it.
func (a *Agent) Measure(ctx context.Context) (int64, error) {
	conn, err := a.tcp.Dial(ctx, "tcp")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	line, err := bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString('\n')
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("the line with the weight: %w", inWords(ctx.Err()))
	case err != nil && !errors.Is(err, io.EOF):
		return 0, fmt.Errorf("the line with the weight: %w", inWords(err))
	case err != nil && len(line) == maxAnswer:
		return 0, fmt.Errorf("the line with the weight has more than %d bytes", maxAnswer)
	case line == "":
		return 0, errors.New("the server hung up without a line with its weight")
	}
	n, err := a.weight.read(line)
	if err != nil {
		return 0, fmt.Errorf("the line with the weight: %w", err)
	}
	return n, nil
}
