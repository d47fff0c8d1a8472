package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// readiness writes a program that fails while a file is missing, readable for everybody, and returns how to take the file away and put
// it back.
func readiness(t *testing.T) (program string, fail, heal func()) {
	t.Helper()
	folder, err := os.MkdirTemp("", "ha-script-") //nolint:usetesting // t.TempDir is closed to the user of the script
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	program, ready := filepath.Join(folder, "check.sh"), filepath.Join(folder, "ready")
	must(os.Chmod(folder, 0o755))
	must(os.WriteFile(program, []byte("#!/bin/sh\ntest -e \"$1\" || { echo \"$(id -un) finds no file\"; exit 3; }\n"), 0o755))
	must(os.Chmod(program, 0o755))
	heal = func() { t.Helper(); must(os.WriteFile(ready, nil, 0o644)) }
	heal()
	return program, func() { t.Helper(); must(os.Remove(ready)) }, heal
}

// A script with a weight, and as a condition: when it fails on the Active node the other one takes over, ours or keepalived; when it passes
// again the VIP comes back. It runs as nobody, and status shows its words.
func TestATrackedScriptMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns")
	stories := map[string]func(t *testing.T){}
	for _, peer := range []string{"ha", "keepalived"} {
		for _, weight := range []string{"      weight = 120\n", ""} {
			stories[fmt.Sprintf("peer=%s/weight=%t", peer, weight != "")] = func(t *testing.T) {
				if peer == "keepalived" {
					netlab.Need(t, "keepalived")
				}
				program, fail, heal := readiness(t)
				beside := fmt.Sprintf("check \"script\" \"ready\" {\n  command  = [%q, %q]\n  interval = \"200ms\"\n  timeout  = \"5s\"\n  fall     = 2\n}\n",
					program, filepath.Join(filepath.Dir(program), "ready"))
				track := "priority = 200\n    track \"ready\" {\n      check = check.script.ready\n" + weight + "    }"
				d := newDuel(t, strings.Replace(trackingText("", beside), "priority = 200", track, 1), "ha", peer)
				a := d.a.router.(*director)
				a.start()
				d.b.start()
				d.settle("the better one to be Active", d.a, d.b)

				fail()
				d.settle("the VIP to leave the node whose script fails", d.b, d.a)
				d.answeredBy(d.b)
				event, kind := "200 -> 80; -120: vip.test.track.ready: check script ", "priority"
				if weight == "" {
					event, kind = "takes no part in the election: vip.test.track.ready: check script ", "transition"
				}
				if !a.happened(kind, event) {
					t.Errorf("no event says %q", event)
				}
				c := a.status().Checks
				if len(c) != 1 || c[0].Target != "" || c[0].Value != 3 || c[0].Error != "check.sh: exit status 3: nobody finds no file" {
					t.Errorf("status shows %+v", c)
				}
				heal()
				d.settle("the VIP to come back when the script passes", d.a, d.b)
				a.settled()
			}
		}
	}
	together(t, stories)
}
