package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// frr is FRR's vrrpd in a host, with zebra, which it needs.
type frr struct {
	*netlab.Host
	t       *testing.T
	dir     string
	daemons map[string]*netlab.Cmd
}

// frr puts a node on the LAN that runs FRR with the node's one instance. FRR wants a macvlan with the virtual MAC beside
// eth0, which holds the VIPs and is down (protodown) while it is Backup.
func (r *rig) frr(node string, i vrrp.Instance, vips []netip.Prefix) *frr {
	r.t.Helper()
	f := &frr{Host: r.host(node), t: r.t, dir: filepath.Join(r.t.TempDir(), node), daemons: map[string]*netlab.Cmd{}}
	c := i.Config
	conf := fmt.Sprintf("interface eth0\n vrrp %d version %d\n vrrp %d priority %d\n vrrp %d advertisement-interval %d\n",
		c.VRID, c.Version, c.VRID, c.Priority, c.VRID, c.Interval.Milliseconds())
	ip(r.t, f.Host, strings.Fields("link add vmac link eth0 type macvlan mode bridge")...)
	ip(r.t, f.Host, strings.Fields("link set vmac addrgenmode random")...)
	ip(r.t, f.Host, "link", "set", "vmac", "address", virtualMAC(c).String())
	for _, vip := range vips {
		ip(r.t, f.Host, "address", "add", vip.String(), "dev", "vmac")
		conf += fmt.Sprintf(" vrrp %d %s %s\n", c.VRID, map[bool]string{false: "ip", true: "ipv6"}[c.IPv6], vip.Addr())
	}
	ip(r.t, f.Host, "link", "set", "vmac", "up")
	f.give("vrrpd.conf", conf)
	f.give("zebra.conf", "")
	r.t.Cleanup(func() {
		f.crash()
		for _, name := range []string{"zebra", "vrrpd"} {
			if log, err := os.ReadFile(f.path(name + ".log")); err == nil && r.t.Failed() {
				r.t.Logf("%s said:\n%s", name, log)
			}
		}
	})
	return f
}

func (f *frr) path(name string) string { return filepath.Join(f.dir, name) }

// virtualMAC is that of an instance (RFC 9568 section 7.3).
func virtualMAC(c vrrp.Config) net.HardwareAddr {
	family := byte(1)
	if c.IPv6 {
		family = 2
	}
	return net.HardwareAddr{0, 0, 0x5e, 0, family, c.VRID}
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
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(f.path(name), []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
	err = errors.Join(os.Chown(f.path(name), uid, -1), os.Chown(f.dir, uid, -1))
	for dir := filepath.Dir(f.dir); len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		err = errors.Join(err, os.Chmod(dir, 0o755))
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *frr) start() {
	f.t.Helper()
	for _, leftover := range []string{"zserv", "zebra.pid", "vrrpd.pid"} { // of a crash
		if err := os.Remove(f.path(leftover)); err != nil && !os.IsNotExist(err) {
			f.t.Fatal(err)
		}
	}
	f.spawn("zebra")
	netlab.WaitFor(f.t, patience, "zebra to listen", func() bool {
		_, err := os.Stat(f.path("zserv"))
		return err == nil
	})
	f.spawn("vrrpd")
}

// spawn starts one daemon in the foreground.
func (f *frr) spawn(name string) {
	f.t.Helper()
	c := f.Command(context.Background(), filepath.Join("/usr/lib/frr", name), "-P", "0", "-f", f.path(name+".conf"),
		"-i", f.path(name+".pid"), "-z", f.path("zserv"), "--vty_socket", f.dir, "--log", "stdout")
	log, err := os.OpenFile(f.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	c.Stdout, c.Stderr = log, log
	if err := errors.Join(c.Start(), log.Close()); err != nil {
		f.t.Fatal(err)
	}
	f.daemons[name] = c
}

// stop ends vrrpd in good order, and then zebra.
func (f *frr) stop()  { f.end(syscall.SIGTERM) }
func (f *frr) crash() { f.end(syscall.SIGKILL) }

func (f *frr) end(signal syscall.Signal) {
	f.t.Helper()
	for _, name := range []string{"vrrpd", "zebra"} {
		c := f.daemons[name]
		if c == nil {
			continue
		}
		if err := c.Process.Signal(signal); err != nil {
			f.t.Errorf("%v to %s: %v", signal, name, err)
		}
		stuck := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
		_ = c.Wait() // it was told to end
		stuck.Stop()
		delete(f.daemons, name)
	}
}

// unhappy returns the lines of its log in which it complains of adverts.
func (f *frr) unhappy() []string {
	var lines []string
	text, _ := os.ReadFile(f.path("vrrpd.log")) // none: it was never started
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "invalid") || strings.Contains(line, "mismatch") || strings.Contains(line, "discarding") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// leads waits until one contender advertises, and the other one does not for three intervals. FRR's VIPs stand always,
// so addresses do not tell.
func (d *duel) leads(what string, c *contender) {
	d.t.Helper()
	other := d.a
	if c == d.a {
		other = d.b
	}
	netlab.WaitFor(d.t, patience, what, func() bool {
		mine, others := 0, 0
		for _, f := range slices.Backward(d.capture.Frames()) {
			switch {
			case time.Since(f.At) > 3*c.config.Interval:
				return mine >= 2 && others == 0
			case sent(f, c):
				mine++
			case sent(f, other):
				others++
			}
		}
		return false
	})
	d.answeredBy(c)
}

// withFRR plays the life of two routers of which one is FRR.
func withFRR(t *testing.T, text, kindA, kindB string) {
	t.Helper()
	d := newDuel(t, text, kindA, kindB)
	a, b := d.a, d.b
	b.start()
	d.leads("the lower priority to be Active alone", b)
	a.start()
	d.leads("the higher priority to preempt", a)

	since := time.Now()
	a.stop()
	d.takesOver("after a clean stop", since, a, b, true)
	d.leads("the lower priority to follow a clean stop", b)
	a.start()
	d.leads("the higher priority to preempt again", a)

	since = time.Now()
	a.crash()
	d.takesOver("after a crash", since, a, b, false)
	a.start()
	d.leads("the higher priority to preempt after its crash", a)
	for _, c := range []*contender{a, b} {
		if lines := c.unhappy(); len(lines) > 0 {
			t.Errorf("%s complains:\n%s", c.name, strings.Join(lines, "\n"))
		}
	}
}

// FRR beside ha, both ways round.
//
// conform: I06
func TestPeersFRR(t *testing.T) {
	netlab.Need(t, "netns", "macvlan", "ip", "vrrpd")
	all := map[string]func(*testing.T){}
	for name, text := range variants() {
		all[name+", ha before FRR"] = func(t *testing.T) { withFRR(t, text, "ha", "frr") }
		all[name+", FRR before ha"] = func(t *testing.T) { withFRR(t, text, "frr", "ha") }
	}
	together(t, all)
}
