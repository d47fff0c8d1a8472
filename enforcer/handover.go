package enforcer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks"
	"ha/enforcer/control"
)

// Succession is how a process makes place for another program, usually a newer version of itself, without anybody on the
// network noticing: the elections stand still for the moment of an exec(2), and go on in the other program where they
// stood. The process id, the sockets and the supervisor's idea of the service stay.
type Succession struct {
	Path     string       // the program that will take the place
	Listener net.Listener // of the control API
	// Exec replaces this program, with one more variable in the environment; it returns only when that failed.
	Exec func(variable string) error
	// Try runs the program at Path as a child, not of this process, with arguments, and returns what it printed.
	Try func(ctx context.Context, path string, args ...string) (output string, err error)
}

// Introduction is what a program says of itself when it is asked whether it can take the place of a running enforcer.
type Introduction struct {
	Version string `json:"version"`
	Formats []int  `json:"formats"` // of the records that it takes up
}

// Introduce is what this program says, after it has read the plan that it would have to enforce.
func Introduce(version, stateDir string) (Introduction, error) {
	g, err := ReadLatest(stateDir)
	if err != nil {
		return Introduction{}, fmt.Errorf("the applied plan in %s: %w", stateDir, err)
	}
	if g.Number > 0 {
		if err := g.Config.Validate(); err != nil {
			return Introduction{}, fmt.Errorf("the applied plan in %s cannot be run: %w", stateDir, err)
		}
	}
	return Introduction{Version: version, Formats: []int{RecordFormat}}, nil
}

// tryWithin bounds the time in which a program must introduce itself.
const tryWithin = 15 * time.Second

// retireWithin bounds how long the end of the worker, with its last results, is waited for.
const retireWithin = 3 * time.Second

// Restart makes place for the program at the path of this one, an upgraded one most often. It returns only when that did not
// work, and then everything goes on as before: the error says why.
func (e *Enforcer) Restart(ctx context.Context, report func(control.Progress)) error {
	if e.options.Succession.Exec == nil {
		return errors.New("this enforcer was built without a way to hand over")
	}
	if !e.restarting.TryLock() {
		return errors.New("it is handing over already")
	}
	defer e.restarting.Unlock()
	next, err := e.introduction(ctx)
	if err == nil {
		report(control.Progress{Step: 1, Of: 2, Text: fmt.Sprintf("%s is ha %s and can take over", e.options.Succession.Path, next.Version)})
		err = e.handOver(ctx, next, report)
	}
	if err == nil {
		return nil // only where Exec does not exec
	}
	e.events.error("restart", "enforcer", fmt.Sprintf("no hand-over: %v; this program (%s) goes on as before", err, e.options.Version))
	return err
}

// introduction tries the program that would take over: a file that is damaged, of another processor, or too old, must be
// noticed before it is too late.
func (e *Enforcer) introduction(ctx context.Context) (next Introduction, err error) {
	s := e.options.Succession
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	output, err := s.Try(ctx, s.Path, "introduce", "--state-dir", e.options.Store.dir)
	if err != nil {
		return next, fmt.Errorf("%s was tried and did not start well: %w", s.Path, err)
	}
	if err := json.Unmarshal([]byte(output), &next); err != nil {
		return next, fmt.Errorf("%s was tried and did not introduce itself as ha does: it said %.80q", s.Path, strings.TrimSpace(output))
	}
	for _, format := range next.Formats {
		if format == RecordFormat {
			return next, nil
		}
	}
	return next, fmt.Errorf("%s is ha %s, which takes up records of the formats %v, not %d of this program (%s); stop and start instead",
		s.Path, next.Version, next.Formats, RecordFormat, e.options.Version)
}

// handOver stops the worker, so that its last results are in, and then everything else for the moment of the exec.
func (e *Enforcer) handOver(ctx context.Context, next Introduction, report func(control.Progress)) error {
	e.checker.drain(farewellTime)
	e.checker.retire(retireWithin)
	err := errors.New("the enforcer is stopping")
	asked := e.do(ctx, func() {
		e.handle(ctx, e.inbox.take())
		e.writer.renew(ctx) // the next renewal comes from the other program
		text := fmt.Sprintf("%s hands over to %s in generation %d", e.options.Version, next.Version, e.applied.Number)
		e.events.info("restart", "enforcer", text)
		report(control.Progress{Step: 2, Of: 2, Text: "handing over"})
		e.events.flush(100 * time.Millisecond)
		if err = e.exec(); err != nil {
			e.startChecker(e.healths())
		}
	})
	return errors.Join(asked, err)
}

// MakeWay ends this process for one that is started right after it, as a supervisor does for a restart: Run returns, nobody is
// told goodbye, the VIPs stay, and a record in the state directory lets the next process go on. When none comes, the kernel
// takes the VIPs away at the end of their lifetime, and another router takes over as after a crash.
func (e *Enforcer) MakeWay(ctx context.Context) error {
	if !e.restarting.TryLock() {
		return errors.New("it is handing over already")
	}
	defer e.restarting.Unlock()
	e.checker.drain(farewellTime)
	e.checker.retire(retireWithin)
	err := errors.New("the enforcer is stopping")
	asked := e.do(ctx, func() {
		e.handle(ctx, e.inbox.take())
		e.writer.renew(ctx) // the next renewal comes from the other program
		if err = e.depart(); err != nil {
			e.events.error("restart", "enforcer", fmt.Sprintf("cannot make way: %v; this program goes on as before", err))
			e.startChecker(e.healths())
			return
		}
		e.events.info("restart", "enforcer", "makes way for another process; the VIPs stay")
	})
	return errors.Join(asked, err)
}

// depart leaves a record and ends the elections without a word. The others begin to wait anew before it does.
func (e *Enforcer) depart() error {
	history, err := e.history()
	if err != nil {
		return err
	}
	e.keeper.halt()
	return e.elections.still(func() error {
		e.elections.lastAdverts(time.Hour)
		r := e.newRecord()
		r.Orderly = true
		e.elections.bequeath(r)
		content, err := encodeRecord(r, history)
		if err == nil {
			err = e.options.Store.KeepRecord(content)
		}
		e.elections.departed = err == nil
		e.departed = err == nil
		return err
	})
}

// exec makes place. It returns only when that failed; then nothing has changed.
func (e *Enforcer) exec() error {
	history, err := e.history()
	if err != nil {
		return err
	}
	var kept []int
	defer func() {
		for _, fd := range kept {
			_ = unix.Close(fd) // a second descriptor: what it stands for stays open
		}
	}()
	listener, err := keepListener(e.options.Succession.Listener)
	if err != nil {
		return fmt.Errorf("keeping the control socket: %w", err)
	}
	kept = append(kept, listener)
	return e.still(func(sessions *bfdRecord) error {
		r := e.newRecord()
		r.Orderly, r.Heard = true, true
		e.elections.lastAdverts(quick)
		e.elections.bequeath(r)
		r.BFD = sessions
		if r.Sockets, err = e.elections.keep(); err != nil {
			return err
		}
		variable := []string{fmt.Sprint(os.Getpid()), "", fmt.Sprint(listener)}
		for _, s := range r.Sockets {
			kept = append(kept, s.FD)
			variable = append(variable, fmt.Sprint(s.FD))
		}
		content, err := encodeRecord(r, history)
		if err != nil {
			return err
		}
		fd, err := keepRecord(content)
		if err != nil {
			return err
		}
		kept = append(kept, fd)
		variable[1] = fmt.Sprint(fd)
		return e.options.Succession.Exec(heritageEnv + "=" + strings.Join(variable, " "))
	})
}

// still runs fn while neither elections nor BFD sessions move.
func (e *Enforcer) still(fn func(*bfdRecord) error) error {
	return e.bfd.still(func(sessions *bfdRecord) error {
		return e.elections.still(func() error { return fn(sessions) })
	})
}

// newRecord is a record that still lacks the elections.
func (e *Enforcer) newRecord() *record {
	return &record{Program: e.options.Version, PID: pid()}
}

// history is what the next program should know beside the elections, encoded.
func (e *Enforcer) history() ([]byte, error) {
	h := history{
		Checks: map[string]checkRecord{}, Events: e.events.tail(keepEvents),
		Corrections: e.writer.corrections, CountedSince: e.writer.countedSince,
	}
	for _, c := range e.applied.Config.Checks {
		if last, since := e.checks.of(c.Key); last.Streak > 0 {
			h.Checks[c.Key] = checkRecord{Last: last, Since: since}
		}
	}
	return json.Marshal(h)
}

// healths is what is known of the configured checks.
func (e *Enforcer) healths() map[string]checks.Health {
	known := map[string]checks.Health{}
	for _, c := range e.applied.Config.Checks {
		if last, _ := e.checks.of(c.Key); last.Streak > 0 {
			known[c.Key] = last.Health()
		}
	}
	return known
}
