package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// The number in a file is added to the priority, and a file that is away ends the node's part: the VIP moves with either, to ha or to
// keepalived, long before the interval of an hour asks again.
func TestATrackedFileMovesTheVIP(t *testing.T) {
	netlab.Need(t, "netns")
	stories := map[string]func(t *testing.T){}
	for _, peer := range []string{"ha", "keepalived"} {
		for _, factor := range []bool{true, false} {
			stories[fmt.Sprintf("peer=%s/factor=%t", peer, factor)] = func(t *testing.T) {
				if peer == "keepalived" {
					netlab.Need(t, "keepalived")
				}
				path := filepath.Join(t.TempDir(), "weight")
				put := func(content string) {
					t.Helper()
					if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				put("0\n")
				beside := fmt.Sprintf("check \"file\" \"load\" {\n  file     = %q\n  interval = \"1h\"\n}\n", path)
				track := "priority = 200\n    track \"load\" {\n      check = check.file.load\n"
				leave, event := func() { t.Helper(); put("-120\n") }, "200 -> 80; -120: vip.test.track.load: check file "
				if factor {
					track += "      factor = 1\n"
				} else {
					leave, event = func() {
						t.Helper()
						if err := os.Remove(path); err != nil {
							t.Fatal(err)
						}
					}, "takes no part in the election: vip.test.track.load: check file "
				}
				d := newDuel(t, strings.Replace(trackingText("", beside), "priority = 200", track+"    }", 1), "ha", peer)
				a := d.a.router.(*director)
				a.start()
				d.b.start()
				d.settle("the better one to be Active", d.a, d.b)

				leave()
				d.settle("the VIP to leave the node whose file says so", d.b, d.a)
				d.answeredBy(d.b)
				if kind := map[bool]string{true: "priority", false: "transition"}[factor]; !a.happened(kind, event) {
					t.Errorf("no event says %q", event)
				}
				c := a.status().Checks
				if value, lost := int64(-120), "no such file or directory"; len(c) != 1 || factor && c[0].Value != value || !factor && !strings.Contains(c[0].Error, lost) {
					t.Errorf("status shows %+v", c)
				}
				put("0\n")
				d.settle("the VIP to come back", d.a, d.b)
				a.settled()
			}
		}
	}
	together(t, stories)
}
