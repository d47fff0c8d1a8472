package main

import (
	"strings"
	"testing"
	"time"

	"ha/enforcer/control"
)

// Checks without a target have lines of their own: what they say now, even when the verdict does not follow yet.
func TestStatusOfChecksWithoutTarget(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var b strings.Builder
	printChecks(&b, now, []control.CheckStatus{
		{Name: "check.tcp.web", Kind: "tcp", Target: "192.0.2.31:80", Verdict: "up"},
		{Name: "check.script.db", Kind: "script", Verdict: "down", Since: now.Add(-90 * time.Second), Error: "check.sh: exit status 3: a\x1b[2Jb"},
		{Name: "check.script.replica", Kind: "script", Verdict: "unknown"},
	})
	want := "\ncheck.script.db       down for 1 min 30 s: check.sh: exit status 3: a\ufffd[2Jb\ncheck.script.replica  unknown\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	printChecks(&b, now, nil)
	if b.Len() > 0 {
		t.Errorf("got %q for no checks", b.String())
	}
}

func TestProbesInAStatus(t *testing.T) {
	for want, p := range map[string]control.ProbesStatus{
		"": {Checks: 3},
		"probes late by less than 64µs (half), 2.048ms (99 of 100), 3.1ms (all of 40 in the last minutes)\n": {
			Checks: 3, Count: 40, Late50: 64 * time.Microsecond, Late99: 2048 * time.Microsecond, LateMax: 3100 * time.Microsecond,
		},
		"probes late by less than 1ms (half), 2s (99 of 100), 2s (all of 40 in the last minutes); 7 by more than a tenth of their interval; " +
			"5 wait for a place beside 8 that run\n": {
			Checks: 3, Count: 40, Late50: time.Millisecond, Late99: 2 * time.Second, LateMax: 2 * time.Second, Tardy: 7, Waiting: 5, Running: 8,
		},
	} {
		var b strings.Builder
		if printProbes(&b, p); b.String() != want {
			t.Errorf("got %q, want %q", b.String(), want)
		}
	}
}
