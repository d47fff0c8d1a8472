package enforcer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"os"
	"slices"
	"time"

	"ha/vrrp"
)

// recordFile is a record on its way to the disk, group by group: that of thousands of instances has some megabytes, which nobody
// has to hold at once. What is sealed before the last byte is known stands at the beginning, so room is left there.
type recordFile struct {
	file   *os.File
	path   string
	out    *bufio.Writer
	digest hash.Hash
	length int
}

// recordHead is the room for the first line, in bytes: more than it takes.
const recordHead = 128

// beginRecord makes the record that takes the place of the one before when it is committed. It lasts as long as the kernel runs,
// which is as long as it means anything, so nothing waits for the disk.
func (s *Store) beginRecord() (*recordFile, error) {
	f := &recordFile{path: s.recordPath(), digest: sha256.New()}
	var err error
	if f.file, err = os.OpenFile(f.path+".next", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, fmt.Errorf("writing the record of the elections: %w", err)
	}
	f.out = bufio.NewWriterSize(f.file, 32<<10)
	_, _ = f.out.Write(make([]byte, recordHead)) // it is told by Flush
	return f, nil
}

// Write implements [io.Writer].
func (f *recordFile) Write(part []byte) (int, error) {
	f.length += len(part)
	_, _ = f.digest.Write(part) // a hash never fails
	return f.out.Write(part)
}

// commit seals the record and makes it the current one.
func (f *recordFile) commit() error {
	head := fmt.Appendf(nil, "%s%d sha256:%x %d", recordMagic, RecordFormat, f.digest.Sum(nil), f.length)
	head = append(append(head, bytes.Repeat([]byte(" "), recordHead-1-len(head))...), '\n')
	err := f.out.Flush()
	if err == nil {
		_, err = f.file.WriteAt(head, 0)
	}
	file := f.file
	f.file = nil
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.path+".next", f.path)
	}
	if err != nil {
		return fmt.Errorf("writing the record of the elections: %w", err)
	}
	return nil
}

// abandon forgets a record that was not committed.
func (f *recordFile) abandon() {
	if f.file != nil {
		_ = f.file.Close() // nobody reads it
	}
}

// recordTurn is after how many groups the writing of a record looks whether it is old already.
const recordTurn = 32

// write writes a record, and says whether that was finished: not if elections move meanwhile, unless it is stubborn. It finds out
// how often hearts have to beat.
func (k *keeper) write(stubborn bool) (done bool, err error) {
	f, err := k.store.beginRecord()
	if err != nil {
		return false, err
	}
	defer f.abandon()
	r := &record{Program: k.program, PID: pid()}
	names := k.elections.register(r)
	before, _, err := r.around()
	if err != nil {
		return false, err
	}
	_, _ = f.Write(before) // an error stays, for commit; as below
	groups, separator, beat := json.NewEncoder(f), "", time.Duration(0)
	for i, name := range names {
		if !stubborn && i%recordTurn == 0 && len(k.elections.moves) > 0 {
			return false, nil
		}
		members := k.elections.snapshot(name, r)
		if members == nil {
			continue // it has ended meanwhile
		}
		key, err := json.Marshal(name)
		if err == nil {
			_, _ = fmt.Fprintf(f, "%s%s:", separator, key)
			err = groups.Encode(members)
		}
		if err != nil {
			return false, err
		}
		separator = ","
		for _, m := range members {
			if c := m.Member.Config; m.Member.Election.State == vrrp.Active && (beat == 0 || c.Interval < beat) {
				beat = c.Interval
			}
		}
	}
	_, after, err := r.around()
	if err != nil {
		return false, err
	}
	_, _ = f.Write(after)
	if beat > 0 {
		beat = min(max(beat, fastestBeat), slowestBeat)
	}
	k.beat, k.size = beat, len(names)
	return true, f.commit()
}

// around is what stands before the groups of a record without any, and what stands behind them.
func (r *record) around() (before, after []byte, err error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, nil, err
	}
	const groups = `"groups":{}` // in no text: there the quotes would be escaped
	at := bytes.Index(text, []byte(groups))
	if at < 0 {
		return nil, nil, fmt.Errorf("a record has no place for groups: %q", text)
	}
	at += len(groups) - 1
	return slices.Clip(text[:at]), text[at:], nil
}
