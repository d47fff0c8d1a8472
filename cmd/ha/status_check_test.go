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
