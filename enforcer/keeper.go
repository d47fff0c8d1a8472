package enforcer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// fastestBeat and slowestBeat bound how often a heartbeat is written.
	fastestBeat = 100 * time.Millisecond
	slowestBeat = time.Second
	// Of few elections, as many as fewElections, a record is written at once; recordPause is the least time between two then.
	fewElections = 100
	recordPause  = 200 * time.Millisecond
	// calmOf and stormOf are, for each election of more, how long nothing moves before the next record is written, and how long
	// that is waited for: thousands that move together need the processors for themselves.
	calmOf  = 10 * time.Microsecond
	stormOf = 200 * time.Microsecond
	// longestStorm bounds the latter.
	longestStorm = time.Second
)

// keeper leaves a record for the case that this process is killed: what the elections are, written when they move, and a
// heartbeat that says how long the process lived. No election and no VIP waits for it or for its disk.
type keeper struct {
	store     *Store
	events    *eventLog
	elections *elections
	program   string

	end  context.CancelFunc
	gone chan struct{} // closed when nothing is kept any more

	halted atomic.Bool // what is kept stays

	beat   time.Duration // between two heartbeats; 0: nothing is Active, so nothing depends on it
	failed bool          // the last write, and that was told
	size   int           // of the last record, in groups of elections
}

// startKeeper starts to keep a record.
func startKeeper(ctx context.Context, e *Enforcer) *keeper {
	k := &keeper{store: e.options.Store, events: e.events, elections: e.elections, program: e.options.Version, gone: make(chan struct{})}
	ctx, k.end = context.WithCancel(ctx)
	go func() {
		defer close(k.gone)
		k.run(ctx)
		if k.halted.Load() {
			return
		}
		if err := k.store.DropRecord(); err != nil {
			k.events.warn("problem", damagedState, err.Error())
		}
	}()
	return k
}

// halt ends the keeping, and leaves what is kept for whoever replaces it. A disk that hangs is waited for a moment only.
func (k *keeper) halt() {
	k.halted.Store(true)
	k.end()
	select {
	case <-k.gone:
	case <-time.After(time.Second):
	}
}

// stop makes the record go, since the process ends in good order. It does not wait for the disk.
func (k *keeper) stop() { k.end() }

// wait returns when the record is gone, or ctx ends.
func (k *keeper) wait(ctx context.Context) {
	select {
	case <-k.gone:
	case <-ctx.Done():
	}
}

// run keeps the record until ctx ends.
func (k *keeper) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.elections.moves:
			k.note(k.store.Beat(0)) // at once, what is written no longer holds
			if k.size <= fewElections {
				_, err := k.write(true)
				k.note(err)
				select {
				case <-ctx.Done():
					return
				case <-time.After(recordPause):
				}
			} else if !k.settle(ctx) {
				return
			}
		case <-timer.C:
		}
		if k.beat > 0 && !k.failed && len(k.elections.moves) == 0 {
			k.note(k.store.Beat(boottime()))
			timer.Reset(k.beat)
		}
	}
}

// settle writes a record when nothing moves any more, and for as long as it is written; after a while it is written in any case. It
// returns false when ctx ends.
func (k *keeper) settle(ctx context.Context) bool {
	patience := time.NewTimer(min(longestStorm, stormOf*time.Duration(k.size)))
	defer patience.Stop()
	for stubborn := false; ; {
		calm := time.NewTimer(calmOf * time.Duration(k.size))
		select {
		case <-k.elections.moves:
			calm.Stop()
			if !stubborn {
				continue
			}
		case <-calm.C:
		case <-patience.C:
			calm.Stop()
			stubborn = true
		case <-ctx.Done():
			calm.Stop()
			return false
		}
		done, err := k.write(stubborn)
		k.note(err)
		if done || err != nil {
			return true
		}
	}
}

// note tells of the first of several errors in a row.
func (k *keeper) note(err error) {
	if err != nil && !k.failed {
		k.events.warn("problem", damagedState, fmt.Sprintf("%v; after a crash the elections would start anew", err))
	}
	k.failed = err != nil
}

// KeepRecord writes the record for the process after this one. It lasts as long as the kernel runs, which is as long as it
// means anything, so nothing waits for the disk.
func (s *Store) KeepRecord(content []byte) error {
	next := s.recordPath() + ".next"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return fmt.Errorf("writing the record of the elections: %w", err)
	}
	if err := os.Rename(next, s.recordPath()); err != nil {
		return fmt.Errorf("writing the record of the elections: %w", err)
	}
	return nil
}

// Record returns what KeepRecord wrote. The error wraps fs.ErrNotExist when there is nothing.
func (s *Store) Record() ([]byte, error) {
	info, err := os.Stat(s.recordPath())
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRecord {
		return nil, fmt.Errorf("it has %d bytes, more than a record can have (%d)", info.Size(), maxRecord)
	}
	return os.ReadFile(s.recordPath())
}

// DropRecord says that the process ends in good order and leaves nothing.
func (s *Store) DropRecord() error {
	if err := os.Remove(s.recordPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("dropping the record of the elections: %w", err)
	}
	return nil
}

// Beat writes until when (CLOCK_BOOTTIME) the process lives for sure.
func (s *Store) Beat(at time.Duration) error {
	f, err := os.OpenFile(s.heartbeatPath(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("writing the heartbeat: %w", err)
	}
	// One write of always the same length: nobody reads half of one.
	_, err = f.WriteAt(fmt.Appendf(nil, "%020d\n", int64(at)), 0)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the heartbeat: %w", err)
	}
	return nil
}

// Heartbeat returns what Beat wrote last; 0 is nothing.
func (s *Store) Heartbeat() time.Duration {
	text, err := os.ReadFile(s.heartbeatPath())
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n)
}

func (s *Store) recordPath() string { return filepath.Join(s.dir, "elections.record") }

func (s *Store) heartbeatPath() string { return filepath.Join(s.dir, "elections.alive") }
