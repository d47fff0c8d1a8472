package enforcer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/checks/bfd"
	"ha/enforcer/netlab"
)

// foreign is another implementation of BFD in a host: its processes, in the order in which they were started, and a
// folder with what they need and say.
type foreign struct {
	t         *testing.T
	host      *netlab.Host
	dir       string
	processes []*netlab.Cmd
}

func newForeign(t *testing.T, h *netlab.Host) *foreign {
	t.Helper()
	f := &foreign{t: t, host: h, dir: t.TempDir()}
	t.Cleanup(func() {
		f.end(syscall.SIGKILL)
		if !t.Failed() {
			return
		}
		logs, _ := filepath.Glob(f.path("*.log")) // the pattern is sound
		for _, path := range logs {
			text, _ := os.ReadFile(path)
			t.Logf("%s:\n%s", filepath.Base(path), text[max(0, len(text)-3000):])
		}
	})
	return f
}

func (f *foreign) path(name string) string { return filepath.Join(f.dir, name) }

func (f *foreign) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// spawn starts a program that stays in the foreground.
func (f *foreign) spawn(name, path string, args ...string) {
	f.t.Helper()
	log, err := os.Create(f.path(name + ".log"))
	if err != nil {
		f.t.Fatal(err)
	}
	c := f.host.Command(context.Background(), path, args...)
	c.Stdout, c.Stderr = log, log
	if err := errors.Join(c.Start(), log.Close()); err != nil {
		f.t.Fatal(err)
	}
	f.processes = append(f.processes, c)
}

// end signals the processes, the last one first, and waits for them.
func (f *foreign) end(signal syscall.Signal) {
	for i := len(f.processes) - 1; i >= 0; i-- {
		if c := f.processes[i]; c.ProcessState == nil {
			_ = c.Process.Signal(signal) // it may have ended
			_ = c.Wait()                 // its exit status says how it was ended
		}
	}
	f.processes = nil
}

// startFRR runs FRR's bfdd with a configuration, and zebra, which it needs.
func startFRR(t *testing.T, h *netlab.Host, conf string) *foreign {
	t.Helper()
	f := newForeign(t, h)
	owner, err := user.Lookup("frr") // as whom the daemons run
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		t.Fatal(err)
	}
	f.write("zebra.conf", "")
	f.write("bfdd.conf", conf)
	if err := errors.Join(os.Chown(f.dir, uid, -1), os.Chmod(filepath.Dir(f.dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	start := func(name string, more ...string) {
		f.spawn(name, "/usr/lib/frr/"+name, append([]string{
			"-P", "0", "-f", f.path(name + ".conf"), "-i", f.path(name + ".pid"), "-z", f.path("zserv"), "--vty_socket", f.dir, "--log", "stdout",
		}, more...)...)
	}
	start("zebra")
	netlab.WaitFor(t, 20*time.Second, "zebra to listen", func() bool {
		_, err := os.Stat(f.path("zserv"))
		return err == nil
	})
	start("bfdd", "--bfdctl", f.path("bfdd.sock"))
	return f
}

// peer is what FRR says of its one session.
func (f *foreign) peer() (p struct {
	Status     string `json:"status"`
	Diagnostic string `json:"diagnostic"`
	Remote     string `json:"remote-diagnostic"`
	Transmit   int    `json:"transmit-interval"`
},
) {
	f.t.Helper()
	out, err := f.host.Command(f.t.Context(), "vtysh", "--vty_socket", f.dir, "-d", "bfdd", "-c", "show bfd peers json").Output()
	list := []json.RawMessage{}
	if err = errors.Join(err, json.Unmarshal(out, &list)); err == nil && len(list) == 1 {
		err = json.Unmarshal(list[0], &p)
	}
	if err != nil {
		f.t.Logf("FRR said %q: %v", out, err)
	}
	return p
}

// FRR as the peer: up, down within the detection time after a cut, up again, and told when we leave.
//
// conform: I08
func TestBFDWithFRR(t *testing.T) {
	netlab.Need(t, "netns", "bfdd")
	for _, test := range []struct{ name, ours, theirs, how string }{
		{"single hop over IPv4", "192.0.2.11", "192.0.2.12", "interface eth0"},
		{"single hop over IPv6", "2001:db8::11", "2001:db8::12", "local-address 2001:db8::12 interface eth0"},
		{"multihop over IPv4", "192.0.2.11", "192.0.2.12", "multihop local-address 192.0.2.12"},
		{"multihop over IPv6", "2001:db8::11", "2001:db8::12", "multihop local-address 2001:db8::12"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lan := netlab.NewTestLAN(t)
			hb := lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64")
			a := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64"))
			c := bfdConfig(test.theirs, test.ours)
			c.MinTX, c.MinRX, c.Multiplier = 100*time.Millisecond, 100*time.Millisecond, 3
			if strings.Contains(test.how, "multihop") {
				c.Multihop, c.MinTTL = true, 254
			}
			frr := startFRR(t, hb, fmt.Sprintf("bfd\n peer %s %s\n  receive-interval 200\n  transmit-interval 200\n  detect-multiplier 4\n  no shutdown\n",
				test.ours, test.how))
			a.take(c)
			a.comesUp(200*time.Millisecond, 800*time.Millisecond)
			netlab.WaitFor(t, 20*time.Second, "FRR to say up", func() bool { return frr.peer().Status == "up" })

			a.cutAndHeal(lan)
			netlab.WaitFor(t, 20*time.Second, "FRR to say up again", func() bool { return frr.peer().Status == "up" })
			a.stop()
			netlab.WaitFor(t, 20*time.Second, "FRR to know that we left on purpose", func() bool {
				p := frr.peer()
				return p.Status == "down" && strings.Contains(p.Remote, "admin")
			})
		})
	}
}

// comesUp waits until the session is up with the timers that were agreed.
func (e *bfdEnd) comesUp(interval, detection time.Duration) {
	e.t.Helper()
	netlab.WaitFor(e.t, 30*time.Second, "the session to come up with the timers of both", func() bool {
		s := e.one()
		return s.State == "Up" && !s.Polling && s.Interval == interval && s.Detection == detection
	})
	if at := e.heardFor(); at > detection {
		e.t.Errorf("up, and the peer was not heard for %v", at)
	}
}

// heardFor is how long ago the peer was heard.
func (e *bfdEnd) heardFor() time.Duration { return time.Since(e.one().HeardAt) }

// cutAndHeal takes the host off the LAN until the session is down, within the detection time and what this machine is
// late, and on again.
func (e *bfdEnd) cutAndHeal(lan *netlab.LAN) {
	e.t.Helper()
	if err := lan.Isolate(e.host); err != nil {
		e.t.Fatal(err)
	}
	detection := e.one().Detection
	e.is("Down")
	s := e.one()
	if silent := s.Since.Sub(s.HeardAt); s.Diagnostic != 1 || silent < detection || silent > detection+time.Second {
		e.t.Errorf("down with diagnostic %d after %v of silence, want the detection time %v", s.Diagnostic, silent, detection)
	} else {
		e.t.Logf("down %v after the detection time of %v", silent-detection, detection)
	}
	netlab.WaitFor(e.t, 5*time.Second, "the verdict", func() bool { return e.verdict() == bfd.Dead })
	if err := lan.Heal(e.host); err != nil {
		e.t.Fatal(err)
	}
	e.is("Up")
}

// startKeepalivedBFD runs keepalived with a session and the instance that it must have.
func startKeepalivedBFD(t *testing.T, h *netlab.Host, peer, source, more string) *foreign {
	t.Helper()
	f := newForeign(t, h)
	f.write("keepalived.conf", fmt.Sprintf("bfd_instance test {\n neighbor_ip %s\n source_ip %s\n min_rx 100\n min_tx 100\n multiplier 4\n%s\n}\n"+
		"vrrp_instance test {\n interface eth0\n state BACKUP\n virtual_router_id 51\n priority 100\n virtual_ipaddress {\n  192.0.2.1/32\n }\n}\n",
		peer, source, more))
	program, err := netlab.Program("keepalived")
	if err != nil {
		t.Fatal(err)
	}
	f.spawn("keepalived", program, "--dont-fork", "--log-console", "--log-detail", "--no-syslog", "--use-file", f.path("keepalived.conf"),
		"--pid", f.path("pid"), "--vrrp_pid", f.path("vrrp.pid"), "--checkers_pid", f.path("checkers.pid"), "--bfd_pid", f.path("bfd.pid"))
	return f
}

// keepalived as the peer, over both families; over IPv6 it must be told to send 255.
func TestBFDWithKeepalived(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	for _, test := range []struct{ name, ours, theirs, more string }{
		{"IPv4", "192.0.2.11", "192.0.2.12", ""},
		{"IPv6", "2001:db8::11", "2001:db8::12", " hoplimit 255"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lan := netlab.NewTestLAN(t)
			hb := lan.MustAdd(t, "b", "192.0.2.12/24", "2001:db8::12/64")
			a := newBFDEnd(t, lan.MustAdd(t, "a", "192.0.2.11/24", "2001:db8::11/64"))
			peer := startKeepalivedBFD(t, hb, test.ours, test.theirs, test.more)
			c := bfdConfig(test.theirs, test.ours)
			c.Multiplier = 3
			a.take(c)
			a.comesUp(100*time.Millisecond, 400*time.Millisecond)
			a.cutAndHeal(lan)
			peer.end(syscall.SIGTERM) // it says nothing when it leaves
			a.is("Down")
			if s := a.one(); s.Diagnostic != 1 {
				t.Errorf("keepalived left, and we say %+v", s)
			}
		})
	}
}

// keepalived sends 64 over IPv6 unless it is told otherwise: that is dropped, and said; a session that accepts it comes up.
//
// conform: I09
func TestBFDWithKeepalivedsHopLimit(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	lan := netlab.NewTestLAN(t)
	hb := lan.MustAdd(t, "b", "2001:db8::12/64")
	a := newBFDEnd(t, lan.MustAdd(t, "a", "2001:db8::11/64"))
	startKeepalivedBFD(t, hb, "2001:db8::11", "2001:db8::12", "")
	c := bfdConfig("2001:db8::12", "2001:db8::11")
	a.take(c)
	netlab.WaitFor(t, 20*time.Second, "the hop limit to be told", func() bool { return a.told("TTL 64, expected 255") })
	if s := a.one(); s.State != "Down" || s.Dropped["ttl"] == 0 || cmp.Or(s.PeerState, "unknown") != "unknown" {
		t.Errorf("packets that are dropped had an effect: %+v", s)
	}
	c.MinTTL = 64
	a.take(c)
	a.is("Up")
}
