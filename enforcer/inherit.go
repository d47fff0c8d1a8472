package enforcer

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp"
)

// inherit lets the elections go on where those of a process before this one ended: of the program whose place this one took,
// or of one that crashed or made way a moment ago. It comes before anything that takes time. What cannot go on starts cold,
// and the event log says so.
func (e *Enforcer) inherit() {
	r, rest, alive, err := e.lastWords()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err == nil:
		err = r.judge(e.elections.boot, boottime())
	}
	if err != nil {
		e.events.warn("restart", "enforcer", fmt.Sprintf("the record of the process before cannot be used: %v; the elections start anew", err))
		e.options.Heritage.close()
		return
	}
	e.elections.inherit(r, alive, e.options.Heritage.socketsLeft())
	e.bfd.inherit(r.BFD)
	e.writer.facts.Quorum = maps.Clone(r.Quorum)
	e.crier.recall(r.Quorum)
	e.elections.adopt(&e.applied.Config, "the enforcer starts")
	resumed, left := e.elections.settleLegacy()
	e.writer.facts.Active = e.elections.actives()
	gap := boottime() - alive
	history, err := decodeHistory(rest)
	if err != nil {
		e.events.warn("restart", "enforcer", err.Error())
	}
	e.events.restore(history.Events)
	e.writer.corrections += history.Corrections
	if !history.CountedSince.IsZero() {
		e.writer.countedSince = history.CountedSince
	}
	for key, c := range history.Checks {
		e.checks.restore(key, c)
	}
	e.tellInherited(r, gap, resumed, left)
}

// lastWords are the record of the process before, with the moment until which it lived for sure. The error wraps
// fs.ErrNotExist when there was no process.
func (e *Enforcer) lastWords() (r record, rest []byte, alive time.Duration, err error) {
	content := e.options.Heritage.words()
	if content == nil {
		if content, err = e.options.Store.Record(); err != nil {
			return r, nil, 0, err
		}
	}
	if r, rest, err = decodeRecord(content); err != nil {
		return r, nil, 0, err
	}
	alive = r.At
	if !r.Orderly {
		if beat := e.options.Store.Heartbeat(); beat > alive && beat <= boottime() {
			alive = beat
		}
	}
	return r, rest, alive, nil
}

// tellInherited says what became of the elections of the process before.
func (e *Enforcer) tellInherited(r record, gap time.Duration, resumed map[vrrp.State]int, left int) {
	gap = gap.Round(time.Millisecond)
	text := fmt.Sprintf("took the place of version %s: the elections stood still for %v", r.Program, gap)
	say := e.events.info
	switch {
	case !r.Orderly:
		say = e.events.warn
		text = fmt.Sprintf("the process before (%d, version %s) ended without a word up to %v ago", r.PID, r.Program, gap)
	case !r.Heard:
		text = fmt.Sprintf("the process before (%d, version %s) made way %v ago", r.PID, r.Program, gap)
	}
	text += fmt.Sprintf("; of %d instances %d go on as Active, %d as Backup, and %d start anew",
		resumed[vrrp.Active]+resumed[vrrp.Backup]+left, resumed[vrrp.Active], resumed[vrrp.Backup], left)
	say("restart", "enforcer", text)
}

// recall takes what was known of checks before this process into the facts.
func (e *Enforcer) recall() {
	for key, h := range e.healths() {
		e.writer.facts.Verdicts[key] = verdictOf(h.Verdict)
	}
}

// words is the record; nil when there is none.
func (h *Heritage) words() []byte {
	if h == nil {
		return nil
	}
	return h.record
}

func (h *Heritage) socketsLeft() []int {
	if h == nil {
		return nil
	}
	return h.sockets
}

// close closes the sockets, which nobody takes.
func (h *Heritage) close() {
	for _, fd := range h.socketsLeft() {
		_ = unix.Close(fd) // only received from
	}
}
