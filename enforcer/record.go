package enforcer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ha/checks"
	"ha/enforcer/control"
	"ha/planner"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// RecordFormat is the version of what a process leaves to the one after it. It changes whenever a field of record, of
// vrrp.Member or of what they hold gets another meaning; a process that meets another version starts cold.
const RecordFormat = 1

// record is what the elections of a process were, for the process that follows: the program that takes its place, or the one
// that is started after a crash. Times without a date are CLOCK_BOOTTIME, which goes on in every process and through a
// suspend; those of elections are on the elections' own clock, which the next process continues.
type record struct {
	Program string `json:"program"` // version of the program that wrote it
	Boot    string `json:"boot"`    // of the kernel: its clock means nothing after the next
	PID     int    `json:"pid"`
	// Orderly says that everything stood still when it was written, so that timers are those of the end. Otherwise they
	// are as old as the record, and the process ended at some time after that.
	Orderly bool          `json:"orderly"`
	At      time.Duration `json:"at"`    // when it was written
	Clock   time.Duration `json:"clock"` // the zero of the elections' clock
	// Heard says that the receiving sockets are kept open: whatever arrives in between is not lost.
	Heard    bool                       `json:"heard"`
	Groups   map[string][]memberRecord  `json:"groups"`
	Verdicts map[string]planner.Verdict `json:"verdicts,omitempty"` // of the checks that elections track
	Values   map[string]int64           `json:"values,omitempty"`   // the numbers that they report
	Quorum   map[string]planner.Verdict `json:"quorum,omitempty"`   // of pools
	Sockets  []socketRecord             `json:"sockets,omitempty"`
	BFD      *bfdRecord                 `json:"bfd,omitempty"` // only of an orderly end
}

// memberRecord is one instance. Its configuration without Source is that of the plan, which the next process has, too.
type memberRecord struct {
	Name     string                 `json:"name"`
	Place    string                 `json:"place"` // where it spoke, see placeOf
	Member   vrrp.Member            `json:"member"`
	Since    time.Time              `json:"since"`
	History  []control.Transition   `json:"history,omitempty"`
	Sent     uint64                 `json:"sent,omitempty"`
	Received uint64                 `json:"received,omitempty"`
	Dropped  map[packet.Drop]uint64 `json:"dropped,omitempty"`
	Contests *contestRecord         `json:"contests,omitempty"`
	AH       uint32                 `json:"ah,omitempty"`
	HMAC     *packet.Numbers        `json:"hmac,omitempty"`
}

// contestRecord is what status tells of contests.
type contestRecord struct {
	Count uint64     `json:"count"`
	Rival netip.Addr `json:"rival"`
	At    time.Time  `json:"at"`
}

// socketRecord is a receiving socket that is kept open.
type socketRecord struct {
	Key string `json:"key"` // of its station, see stationKey.String
	FD  int    `json:"fd"`
}

// history is the part of a record that no election waits for. A crash leaves none.
type history struct {
	Checks map[string]checkRecord `json:"checks,omitempty"`
	Events []control.Event        `json:"events,omitempty"`

	Corrections  uint64    `json:"corrections,omitempty"`
	CountedSince time.Time `json:"corrections_since,omitzero"`
}

// checkRecord is what is known of a check.
type checkRecord struct {
	Last  checks.Result `json:"last"`
	Since time.Time     `json:"since"` // when its verdict became what it is
}

// recordMagic begins a record: the format, the digest of the rest and the length of the first part follow.
const recordMagic = "ha-record "

// maxRecord bounds what is read back: 50,000 instances, or as many checks, are about 50 MB.
const maxRecord = 256 << 20

// encodeRecord writes a record: a line that seals it, then what elections need, then the history, if there is any.
func encodeRecord(r *record, h []byte) ([]byte, error) {
	urgent, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return sealRecord(urgent, h), nil
}

func sealRecord(urgent, h []byte) []byte {
	digest := sha256.New()
	_, _ = digest.Write(urgent) // a hash never fails
	_, _ = digest.Write(h)      // as above
	head := fmt.Sprintf("%s%d sha256:%x %d\n", recordMagic, RecordFormat, digest.Sum(nil), len(urgent))
	return bytes.Join([][]byte{[]byte(head), urgent, h}, nil)
}

// decodeRecord reads a record; the history behind it is decoded when there is time, by decodeHistory.
func decodeRecord(content []byte) (r record, rest []byte, err error) {
	head, body, found := bytes.Cut(content, []byte("\n"))
	words := strings.Fields(strings.TrimPrefix(string(head), recordMagic))
	if !found || !bytes.HasPrefix(head, []byte(recordMagic)) || len(words) == 0 {
		return r, nil, errors.New("it does not begin like one")
	}
	if words[0] != strconv.Itoa(RecordFormat) {
		return r, nil, fmt.Errorf("it has format %.20q, this version of ha knows %d", words[0], RecordFormat)
	}
	if len(words) != 3 {
		return r, nil, errors.New("its first line is damaged")
	}
	sum := sha256.Sum256(body)
	length, err := strconv.Atoi(words[2])
	if words[1] != "sha256:"+hex.EncodeToString(sum[:]) || err != nil || length < 0 || length > len(body) {
		return r, nil, errors.New("its content does not match its digest: it is truncated or was changed")
	}
	if err := json.Unmarshal(body[:length], &r); err != nil {
		return record{}, nil, fmt.Errorf("its content is not understood: %w", err)
	}
	return r, body[length:], nil
}

// decodeHistory reads the second part of a record; none is an empty history.
func decodeHistory(rest []byte) (h history, err error) {
	if len(rest) == 0 {
		return h, nil
	}
	if err := json.Unmarshal(rest, &h); err != nil {
		return history{}, fmt.Errorf("the history in the record is not understood: %w", err)
	}
	return h, nil
}

// judge says why a record is void: the machine has started anew, or its time is over.
func (r *record) judge(boot string, now time.Duration) error {
	switch {
	case boot == "" || r.Boot != boot:
		return errors.New("it is from before the machine started")
	case r.At > now || r.Clock > r.At:
		return errors.New("it is from the future")
	case now-r.At > recordLife && r.Orderly:
		return fmt.Errorf("it was good for %v and is %v old", recordLife, (now - r.At).Round(time.Millisecond))
	}
	return nil
}

// recordLife is how long a hand-over may take: far longer than any takes, and short enough that what is heard from the kept
// sockets, which hold some hundred adverts each, is the end of the story.
const recordLife = 30 * time.Second
