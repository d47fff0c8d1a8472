package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// The VIP leaves a node whose process ends, to ha or to keepalived, and comes back with it. In a namespace of its own the
// enforcer does not hear of processes, so the interval finds them.
func TestATrackedProcessMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	stories := map[string]func(*testing.T){}
	for _, peer := range []string{"ha", "keepalived"} {
		stories["peer="+peer] = func(t *testing.T) {
			// A program of its own name, which nobody else on this machine runs.
			program := filepath.Join(t.TempDir(), fmt.Sprintf("hp%d%s", os.Getpid()%100000, peer[:2]))
			sleep, err := exec.LookPath("sleep")
			if err == nil {
				err = os.Symlink(sleep, program)
			}
			if err != nil {
				t.Fatal(err)
			}
			run := func() (end func()) {
				t.Helper()
				c := exec.CommandContext(context.Background(), program, "86399")
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				return func() {
					if c.ProcessState == nil {
						_ = c.Process.Kill() // it runs
						_ = c.Wait()         // killed
					}
				}
			}
			beside := fmt.Sprintf("check \"process\" \"daemon\" {\n  process  = [%q, \"86399\"]\n  interval = \"100ms\"\n}\n", program)
			track := "priority = 200\n    track \"daemon\" {\n      check = check.process.daemon\n      weight = 150\n    }"
			end := run()
			t.Cleanup(func() { end() })
			d := newDuel(t, strings.Replace(trackingText("", beside), "priority = 200", track, 1), "ha", peer)
			a := d.a.router.(*director)
			a.start()
			d.b.start()
			d.settle("the better one to be Active", d.a, d.b)

			end()
			d.settle("the VIP to leave the node whose process has ended", d.b, d.a)
			if !a.happened("priority", "200 -> 50; -150: vip.test.track.daemon: check process ") {
				t.Error("no event tells of the priority")
			}
			end = run()
			d.settle("the VIP to come back", d.a, d.b)
			d.answeredBy(d.a)
			a.settled()
		}
	}
	together(t, stories)
}
