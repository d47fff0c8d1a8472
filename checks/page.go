package checks

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const (
	// bodyLimit is how much of a body is searched.
	bodyLimit = 64 << 10
	// digestLimit is how long a body may be of which the digest is taken. It is read through, never held.
	digestLimit = 64 << 20
)

// Page is one request of a check "http", and the answer that it wants.
type Page struct {
	Path     string        `json:"path"`               // begins with "/"
	Host     string        `json:"host,omitempty"`     // of the Host header; empty: the target
	Status   []StatusRange `json:"status"`             // accepted; empty is 200 to 399
	Contains string        `json:"contains,omitempty"` // what the first 64 KiB of the body must hold
	Matches  string        `json:"matches,omitempty"`  // regular expression (RE2) that must match in them
	Excludes string        `json:"excludes,omitempty"` // one that must not
	MD5      string        `json:"md5,omitempty"`      // digest of the whole body, at most 64 MiB, as hexadecimal digits
	SHA256   string        `json:"sha256,omitempty"`   // the same
}

// StatusRange is HTTP status codes from First to Last, both included.
type StatusRange struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// looks reports whether the body matters.
func (p Page) looks() bool { return p.Contains+p.Matches+p.Excludes+p.MD5+p.SHA256 != "" }

// digest is a digest that a body must have.
type digest struct {
	name string
	hash func() hash.Hash
	want []byte
}

// wants is a [Page] ready to judge answers.
type wants struct {
	status            []StatusRange
	contains          []byte
	matches, excludes *regexp.Regexp // nil for none
	digests           []digest
}

func newWants(p Page) (wants, error) {
	w := wants{status: p.Status, contains: []byte(p.Contains)}
	if len(w.status) == 0 {
		w.status = []StatusRange{{200, 399}}
	}
	var errs []error
	for _, r := range w.status {
		errs = append(errs, unless(r.First >= 100 && r.First <= r.Last && r.Last <= 999, "status %s is not a range within 100 to 999", r))
	}
	expression := func(name, text string) (e *regexp.Regexp) {
		if text != "" {
			var err error
			e, err = regexp.Compile(text)
			errs = append(errs, unless(err == nil, "%s %q is no regular expression: %v", name, text, err))
		}
		return e
	}
	w.matches, w.excludes = expression("matches", p.Matches), expression("excludes", p.Excludes)
	for _, d := range []struct {
		name, text string
		hash       func() hash.Hash
	}{{"md5", p.MD5, md5.New}, {"sha256", p.SHA256, sha256.New}} {
		if d.text == "" {
			continue
		}
		want, err := hex.DecodeString(d.text)
		size := d.hash().Size()
		errs = append(errs, unless(err == nil && len(want) == size, "%s %q is not %d hexadecimal digits", d.name, d.text, 2*size))
		w.digests = append(w.digests, digest{d.name, d.hash, want})
	}
	return w, errors.Join(errs...)
}

// judge says what is wrong with an answer; nil when nothing is. It reads no more of the body than it must.
func (w wants) judge(answer *http.Response) error {
	if !slices.ContainsFunc(w.status, func(r StatusRange) bool { return r.First <= answer.StatusCode && answer.StatusCode <= r.Last }) {
		return fmt.Errorf("status %d, want %s", answer.StatusCode, ranges(w.status))
	}
	if len(w.contains) == 0 && w.matches == nil && w.excludes == nil && len(w.digests) == 0 {
		return nil
	}
	body, broken := io.ReadAll(io.LimitReader(answer.Body, bodyLimit))
	if broken != nil {
		broken = fmt.Errorf("reading the body: %w", inWords(broken))
	}
	if err := w.search(body, broken); err != nil {
		return err
	}
	if len(w.digests) == 0 {
		return nil
	}
	return w.sum(body, answer.Body, broken)
}

// search looks for what the beginning of the body must hold and must not. One that breaks off may hold the text already; that
// it does not hold one is only known of a body that did not break off.
func (w wants) search(body []byte, broken error) error {
	what := fmt.Sprintf("the body (%d bytes)", len(body))
	if len(body) == bodyLimit {
		what = "the first 64 KiB of the body"
	}
	lacks := func(format string, args ...any) error {
		if broken != nil {
			return broken
		}
		verb := " does not "
		if len(body) == bodyLimit {
			verb = " do not "
		}
		return errors.New(what + verb + fmt.Sprintf(format, args...))
	}
	switch {
	case len(w.contains) > 0 && !bytes.Contains(body, w.contains):
		return lacks("contain %q", w.contains)
	case w.matches != nil && !w.matches.Match(body):
		return lacks("match %q", w.matches)
	case w.excludes != nil && w.excludes.Match(body):
		return fmt.Errorf("%s: %q matches, and must not", what, w.excludes)
	case w.excludes != nil:
		return broken
	}
	return nil
}

// sum compares the digests of the whole body, of which the beginning was read.
func (w wants) sum(begin []byte, rest io.Reader, broken error) error {
	if broken != nil {
		return broken
	}
	sums, writers := make([]hash.Hash, len(w.digests)), make([]io.Writer, len(w.digests))
	for i, d := range w.digests {
		sums[i] = d.hash()
		writers[i] = sums[i]
	}
	all := io.MultiWriter(writers...)
	_, _ = all.Write(begin) // hashes take everything
	n, err := io.Copy(all, io.LimitReader(rest, digestLimit+1-int64(len(begin))))
	switch {
	case err != nil:
		return fmt.Errorf("reading the body: %w", inWords(err))
	case int64(len(begin))+n > digestLimit:
		return errors.New("the body has more than the 64 MiB of which a digest is taken")
	}
	for i, d := range w.digests {
		if got := sums[i].Sum(nil); !bytes.Equal(got, d.want) {
			return fmt.Errorf("the %s of the body (%d bytes) is %x, want %x", d.name, int64(len(begin))+n, got, d.want)
		}
	}
	return nil
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
