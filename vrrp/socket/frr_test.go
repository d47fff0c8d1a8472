package socket

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// frrDir is where FRR keeps its daemons.
const frrDir = "/usr/lib/frr"

// frr is FRR's vrrpd in a host, with zebra, which it needs.
type frr struct {
	t       testing.TB
	dir     string
	daemons []*netlab.Cmd // zebra, vrrpd
}

// startFRR runs the instance of a duel on eth0 of host b. FRR wants a macvlan with the virtual MAC beside it, which
// holds the VIPs.
func (d *duel) startFRR() *frr {
	d.t.Helper()
	f := &frr{t: d.t, dir: d.t.TempDir()}
	c := d.theirs
	conf := fmt.Sprintf("interface eth0\n vrrp %d version %d\n vrrp %d priority %d\n vrrp %d advertisement-interval %d\n",
		c.VRID, c.Version, c.VRID, c.Priority, c.VRID, c.Interval.Milliseconds())
	command := "ip link add vmac link eth0 type macvlan mode bridge\nip link set vmac addrgenmode random\n"
	command += fmt.Sprintf("ip link set vmac address 00:00:5e:00:0%d:%02x\n", 1+btoi(c.IPv6), c.VRID)
	for _, vip := range d.vips {
		command += fmt.Sprintf("ip address add %s dev vmac\n", vip)
		conf += fmt.Sprintf(" vrrp %d %s %s\n", c.VRID, map[bool]string{false: "ip", true: "ipv6"}[c.IPv6], vip.Addr())
	}
	command += "ip link set vmac up\n"
	if out, err := d.b.Command(d.t.Context(), "sh", "-ec", command).CombinedOutput(); err != nil {
		d.t.Fatalf("prepare FRR: %v: %s", err, out)
	}
	f.give("vrrpd.conf", conf)
	f.give("zebra.conf", "")
	d.t.Cleanup(f.crash)
	f.start(d.b, "zebra")
	netlab.WaitFor(d.t, 10*time.Second, "zebra to listen", func() bool {
		_, err := os.Stat(filepath.Join(f.dir, "zserv"))
		return err == nil
	})
	f.start(d.b, "vrrpd")
	return f
}

// give writes a file for the user as whom the daemons run, in a folder in which they may write.
func (f *frr) give(name, content string) {
	f.t.Helper()
	owner, err := user.Lookup("frr")
	if err != nil {
		f.t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		f.t.Fatal(err)
	}
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
	if err := errors.Join(os.Chown(path, uid, -1), os.Chown(f.dir, uid, -1), os.Chmod(filepath.Dir(f.dir), 0o755)); err != nil {
		f.t.Fatal(err)
	}
}

// start runs one daemon in the foreground.
func (f *frr) start(h *netlab.Host, name string) {
	f.t.Helper()
	in := func(file string) string { return filepath.Join(f.dir, file) }
	c := h.Command(context.Background(), filepath.Join(frrDir, name), "-P", "0", "-f", in(name+".conf"),
		"-i", in(name+".pid"), "-z", in("zserv"), "--vty_socket", f.dir, "--log", "stdout")
	log, err := os.Create(in(name + ".log"))
	if err != nil {
		f.t.Fatal(err)
	}
	c.Stdout, c.Stderr = log, log
	if err := errors.Join(c.Start(), log.Close()); err != nil {
		f.t.Fatal(err)
	}
	f.daemons = append(f.daemons, c)
}

// crash kills the daemons, vrrpd first. A second crash does nothing.
func (f *frr) crash() {
	for _, c := range []int{1, 0} {
		if c >= len(f.daemons) || f.daemons[c].ProcessState != nil {
			continue
		}
		if err := f.daemons[c].Process.Kill(); err != nil {
			f.t.Error(err)
		}
		_ = f.daemons[c].Wait() // it was killed
	}
	if f.t.Failed() {
		for _, name := range []string{"zebra.log", "vrrpd.log"} {
			log, _ := os.ReadFile(filepath.Join(f.dir, name))
			f.t.Logf("%s:\n%s", name, log)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// advertises waits until one of the two advertises, and the other one does not for three intervals.
func (d *duel) advertises(what string, who vrrp.Config) {
	d.t.Helper()
	netlab.WaitFor(d.t, 20*time.Second, what, func() bool {
		mine, all := 0, 0
		for _, f := range d.watch.Frames() {
			if isAdvert(f) && time.Since(f.At) < 3*who.Interval {
				all++
				if d.sent(f, who) {
					mine++
				}
			}
		}
		return mine >= 2 && mine == all
	})
}

func TestFRRIsOurPeer(t *testing.T) {
	netlab.Need(t, "netns", "macvlan", "ip", "vrrpd")
	variants(t, func(t *testing.T, c vrrp.Config) {
		d := newDuel(t, c, 200, 100)
		d.early = 11 * time.Millisecond // FRR counts whole centiseconds
		d.unannounced = c.IPv6          // its macvlan has lost the address from which it would speak
		d.startOurs()
		peer := d.startFRR()
		d.advertises("us to be Active", d.ours)
		since := time.Now()
		d.router.crash()
		d.takesOver("after we crashed", since, d.ours, d.theirs, false)
		d.startOurs()
		d.advertises("us to preempt FRR", d.ours)
		since = time.Now()
		d.router.stop()
		d.takesOver("after we left", since, d.ours, d.theirs, true)

		d.ours.Priority = 50
		d.startOurs()
		since = time.Now()
		peer.crash()
		d.takesOver("after FRR crashed", since, d.theirs, d.ours, false)
	})
}
