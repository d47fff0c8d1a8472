package enforcer

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"ha/enforcer/control"
)

const (
	// gatherFor is how long the log waits for more of the same: a link that fails moves hundreds of VIPs within this.
	gatherFor = 100 * time.Millisecond
	// gatherAtMost bounds the wait while ever more happens.
	gatherAtMost = time.Second
)

// line is an event on its way to the log.
type line struct {
	level slog.Level
	control.Event
	gist string // lines of one gist tell of one cause
}

// gistOf is what an event says whomever it is about: the values that differ between instances are left out.
func gistOf(e control.Event) string {
	if t := e.Transition; t != nil {
		with := t.With != ""
		if t.Cause == control.CauseInterface || t.Cause == control.CauseTracking {
			with = false // the same link, or check, for all
		}
		return fmt.Sprint(t.From, t.To, t.Cause, t.Peer, with)
	}
	return e.Message
}

// entry is one line of the log: of one event, or of all that tell the same of several objects.
type entry struct {
	line
	objects []string // in the order of the events, each once
	named   map[string]bool
}

// digest makes entries of lines: one for each cause, where its first line stands.
func digest(lines []line) []entry {
	type key struct {
		level      slog.Level
		kind, gist string
	}
	var entries []entry
	at := map[key]int{}
	for _, l := range lines {
		k := key{l.level, l.Type, l.gist}
		i, known := at[k]
		if !known {
			i = len(entries)
			at[k] = i
			entries = append(entries, entry{line: l, named: map[string]bool{}})
		}
		if e := &entries[i]; !e.named[l.Object] {
			e.objects, e.named[l.Object] = append(e.objects, l.Object), true
		}
	}
	return entries
}

// fewObjects is how many objects a line of the log names.
const fewObjects = 3

// record is what the log gets: the time is that of the event, not of its being written.
func (e entry) record() slog.Record {
	r := slog.NewRecord(e.At, e.level, e.Message, 0)
	r.AddAttrs(slog.String("type", e.Type))
	n := len(e.objects)
	if n == 1 {
		r.AddAttrs(slog.String("object", e.Object))
		return r
	}
	named := strings.Join(e.objects[:min(n, fewObjects)], ", ")
	if n > fewObjects {
		named += fmt.Sprintf(" and %d more", n-fewObjects)
	}
	r.AddAttrs(slog.String("object", named), slog.Int("count", n))
	return r
}
