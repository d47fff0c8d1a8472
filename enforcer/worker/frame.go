package worker

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"ha/checks"
	"ha/enforcer/notify"
	"ha/planner"
)

// Version is the protocol's version. Core and worker are one binary, so that a difference is a mistake.
const Version = 4

const (
	// maxToCore bounds a frame to the core, which shall stay small.
	maxToCore = 4 << 20
	// maxToWorker bounds a frame to the worker: some 600,000 checks.
	maxToWorker = 256 << 20
)

// message is one frame; exactly one field is set.
type message struct {
	Hello   *hello          `json:"hello,omitempty"`
	Set     *set            `json:"set,omitempty"`
	Results []checks.Result `json:"results,omitempty"`
	Refused string          `json:"refused,omitempty"` // why the worker did not take a set
	Ping    uint64          `json:"ping,omitempty"`    // from 1
	Pong    uint64          `json:"pong,omitempty"`    // the ping's number
	Try     *try            `json:"try,omitempty"`
	Tried   *tried          `json:"tried,omitempty"`
	Pace    *checks.Pace    `json:"pace,omitempty"`

	Channels *channels        `json:"channels,omitempty"`
	Tell     []telling        `json:"tell,omitempty"`
	Told     []notify.Outcome `json:"told,omitempty"`
	Drain    uint64           `json:"drain,omitempty"`   // from 1
	Drained  uint64           `json:"drained,omitempty"` // the number of the drain
}

// channels is the whole set of channels.
type channels struct {
	List []planner.Channel `json:"list"`
}

// telling is an event for channels.
type telling struct {
	Channels []string     `json:"channels"`
	Event    notify.Event `json:"event"`
}

// try asks the worker to run a program to its end, since the core does not fork.
type try struct {
	Path   string        `json:"path"`
	Args   []string      `json:"args"`
	Within time.Duration `json:"within"` // or it is killed
}

// tried is what became of it.
type tried struct {
	Output string `json:"output"`        // on its standard output, the beginning
	Err    string `json:"err,omitempty"` // why it failed, with its last words
}

// hello is the worker's first message.
type hello struct {
	Version int `json:"version"`
}

// set is the whole set of checks. Known has the health of those that were probed before; the worker uses it for checks
// that it does not have yet.
type set struct {
	Checks []checks.Config          `json:"checks"`
	Known  map[string]checks.Health `json:"known,omitempty"`
}

// validate reports a message that says nothing, too much, or nonsense.
func (m message) validate() error {
	said := 0
	for _, present := range []bool{
		m.Hello != nil, m.Set != nil, m.Results != nil, m.Refused != "", m.Ping != 0, m.Pong != 0, m.Try != nil, m.Tried != nil,
		m.Pace != nil, m.Channels != nil, m.Tell != nil, m.Told != nil, m.Drain != 0, m.Drained != 0,
	} {
		if present {
			said++
		}
	}
	if said != 1 {
		return fmt.Errorf("a message with %d things to say, want 1", said)
	}
	for _, r := range m.Results {
		if r.Verdict > checks.Down || !r.Unable && (r.Verdict == checks.Unknown || r.Streak < 1) {
			return fmt.Errorf("result of %q with verdict %d and a streak of %d", r.Key, r.Verdict, r.Streak)
		}
	}
	return nil
}

// encode returns the frame of a message.
func encode(m message, limit int) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(body) > limit {
		return nil, fmt.Errorf("a message of %d bytes; at most %d can be sent", len(body), limit)
	}
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body))), body...), nil
}

// decode reads one frame of at most limit bytes. The error is io.EOF when there is no more.
func decode(r io.Reader, limit int) (message, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if int64(size) > int64(limit) {
		return message{}, fmt.Errorf("a frame of %d bytes; at most %d are taken", size, limit)
	}
	var body bytes.Buffer // grows as bytes arrive: a length is only a claim
	if n, err := io.CopyN(&body, r, int64(size)); err != nil {
		return message{}, fmt.Errorf("a frame of %d bytes broke off after %d: %w", size, n, errors.Join(err, io.ErrUnexpectedEOF))
	}
	var m message
	if err := json.Unmarshal(body.Bytes(), &m); err != nil {
		return message{}, fmt.Errorf("a frame that is not a message: %w", err)
	}
	return m, m.validate()
}

// send writes a message, within a time if that is not 0. Who shares a connection takes turns.
func send(conn *os.File, m message, limit int, within time.Duration) error {
	frame, err := encode(m, limit)
	if err != nil {
		return err
	}
	if within > 0 {
		if err := conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
			return err
		}
	}
	_, err = conn.Write(frame)
	return err
}
