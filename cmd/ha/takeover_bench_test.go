package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/planner"
	"ha/vrrp/packet"
)

// BenchmarkTakeover measures how late a Backup takes over when the process of the Active node is killed: the time from
// the last advert of the one to the first advert of the other, and to its first gratuitous ARP, less the
// Active_Down_Interval that RFC 9568 asks for. A third host measures, with the kernel's time stamps. ha and keepalived
// are the Backup in turn, each on a LAN of its own, so that both meet the same load. Takeovers are few because they
// take long: one iteration is enough.
func BenchmarkTakeover(b *testing.B) {
	netlab.Need(b, "netns", "keepalived")
	for _, series := range []struct {
		interval time.Duration
		rounds   int
	}{{time.Second, 5}, {100 * time.Millisecond, 20}, {10 * time.Millisecond, 30}} {
		b.Run(fmt.Sprintf("interval=%v", series.interval), func(b *testing.B) {
			ours, theirs := newDuo(b, series.interval), newDuo(b, series.interval)
			startEnforcer(b, ours.backup, ours.compile(b, "backup"))
			theirs.keepalived(b, theirs.backup, duoPriority).start(b)
			var ha, keepalived lateness
			for b.Loop() {
				for range series.rounds {
					ha.add(ours.takeover(b))
					keepalived.add(theirs.takeover(b))
				}
			}
			ha.report(b, "ha")
			keepalived.report(b, "keepalived")
			reportLoad(b)
			b.ReportMetric(0, "ns/op") // a run is mostly waiting
		})
	}
}

var (
	duoVIP    = netip.MustParseAddr("192.0.2.1")
	duoActive = netip.MustParseAddr("192.0.2.11")
	duoBackup = netip.MustParseAddr("192.0.2.12")
)

// duoConfig is the cluster of both nodes; peerConfig is its backup in keepalived's language.
const (
	duoConfig = `
cluster {
  name = "bench"
}

node "active" {
  address   = "192.0.2.11"
  interface = "eth0"
}

node "backup" {
  address   = "192.0.2.12"
  interface = "eth0"
}

vip "web" {
  vrid      = 51
  addresses = ["192.0.2.1/32"]
  priority  = 100
  interval  = "%v"

  node "active" {
    priority = 200
  }
}
`
	peerConfig = `
vrrp_instance web {
  interface eth0
  state BACKUP
  version 3
  virtual_router_id 51
  priority %d
  advert_int %g
  virtual_ipaddress {
    192.0.2.1/32
  }
}
`
	duoPriority = 100 // of the backup
)

// duo is a LAN with an Active node that gets killed, a Backup, and a watch.
type duo struct {
	interval              time.Duration
	active, backup, watch *netlab.Host
	victim                *enforcerProcess
}

func newDuo(b *testing.B, interval time.Duration) *duo {
	b.Helper()
	lan := netlab.NewTestLAN(b)
	return &duo{
		interval: interval,
		active:   lan.MustAdd(b, "active", duoActive.String()+"/24"),
		backup:   lan.MustAdd(b, "backup", duoBackup.String()+"/24"),
		watch:    lan.MustAdd(b, "watch", "192.0.2.250/24"),
	}
}

// compile is what a node runs, as ha apply sends it.
func (d *duo) compile(b *testing.B, node string) json.RawMessage {
	b.Helper()
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cluster.hcl"), fmt.Appendf(nil, duoConfig, d.interval), 0o600); err != nil {
		b.Fatal(err)
	}
	raw, err := json.Marshal(enforcer.Config(mustCompile(b, dir, node)))
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// takeover kills the Active node when it has sent some adverts in a row, and returns how much later than due the Backup
// advertised and announced. A killed node keeps the VIP in its kernel, which changes nothing here.
func (d *duo) takeover(b *testing.B) (advert, announcement time.Duration) {
	b.Helper()
	capture, err := d.watch.Capture("eth0")
	if err != nil {
		b.Fatal(err)
	}
	defer capture.Close()
	if d.victim == nil {
		d.victim = startEnforcer(b, d.active, d.compile(b, "active"))
	} else {
		d.victim.start(b)
	}
	steady := inARow(duoActive, 3)
	_, ok := capture.Wait(10*d.interval+10*time.Second, steady)
	d.victim.kill(b)
	if !ok {
		b.Fatal("the Active node does not stay Active; it said:\n" + d.victim.said())
	}

	down := 3*d.interval + d.interval*(256-duoPriority)/256
	within := 2*down + 5*time.Second
	steady, settled := inARow(duoActive, 3), false
	first, ok := capture.Wait(within, func(f netlab.Frame) bool {
		settled = settled || steady(f)
		return settled && advertiser(f) == duoBackup
	})
	if !ok {
		b.Fatalf("no takeover within %v", within)
	}
	arp, ok := capture.Wait(within, func(f netlab.Frame) bool {
		return announced(f) == duoVIP && !f.At.Before(first.At)
	})
	if !ok {
		b.Fatalf("no gratuitous ARP within %v", within)
	}
	var last time.Time
	for _, f := range capture.Frames() {
		if advertiser(f) == duoActive && f.At.Before(first.At) {
			last = f.At
		}
	}
	due := last.Add(down)
	return first.At.Sub(due), arp.At.Sub(due)
}

// inARow matches the n-th advert of a node that no other node interrupts.
func inARow(source netip.Addr, n int) func(netlab.Frame) bool {
	run := 0
	return func(f netlab.Frame) bool {
		switch advertiser(f) {
		case source:
			run++
		case netip.Addr{}:
		default:
			run = 0
		}
		return run >= n
	}
}

const ethernetLen = 14

// advertiser is who sent an advert; invalid for another frame.
func advertiser(f netlab.Frame) netip.Addr {
	if binary.BigEndian.Uint16(f.Data[12:]) != unix.ETH_P_IP {
		return netip.Addr{}
	}
	if p, drop := packet.IPv4(f.Data[ethernetLen:]); drop == packet.Accepted {
		return p.Source
	}
	return netip.Addr{}
}

// announced is the address that a gratuitous ARP is for: sender and target are equal. Invalid for another frame.
func announced(f netlab.Frame) netip.Addr {
	data := f.Data[ethernetLen:]
	if binary.BigEndian.Uint16(f.Data[12:]) != unix.ETH_P_ARP || len(data) < 28 || [4]byte(data[14:18]) != [4]byte(data[24:28]) {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte(data[14:18]))
}

// lateness is what the takeovers of one program took beyond what is due.
type lateness struct{ adverts, announcements []time.Duration }

func (l *lateness) add(advert, announcement time.Duration) {
	l.adverts, l.announcements = append(l.adverts, advert), append(l.announcements, announcement)
}

func (l *lateness) report(b *testing.B, program string) {
	b.Helper()
	reportSamples(b, program+"-advert-", l.adverts)
	reportSamples(b, program+"-arp-", l.announcements)
}

// enforcerProcess is `ha enforce` on a host, with the state that outlives it.
type enforcerProcess struct {
	host    *netlab.Host
	dir     string
	command *netlab.Cmd
}

// startEnforcer starts an enforcer and applies a plan. It ends with the test.
func startEnforcer(b *testing.B, h *netlab.Host, config json.RawMessage) *enforcerProcess {
	b.Helper()
	p := &enforcerProcess{host: h, dir: b.TempDir()}
	b.Cleanup(func() { p.kill(b) })
	p.start(b)
	api := control.Dial(p.path("socket"))
	netlab.WaitFor(b, 10*time.Second, "the enforcer to answer", func() bool {
		_, err := api.Status(context.Background())
		return err == nil
	})
	request := control.ApplyRequest{Config: config, By: "bench", MaxImpact: planner.ImpactOutage}
	result, err := api.Apply(context.Background(), request, func(control.Progress) {})
	if err != nil || result.Outcome != control.Applied {
		b.Fatalf("apply: %v, %v: %q", err, result.Outcome, result.Lines)
	}
	return p
}

func (p *enforcerProcess) path(name string) string { return filepath.Join(p.dir, name) }

// start runs the enforcer: the program of HA_BENCH_PROGRAM, or this binary, which is ha when it is called with a verb, but larger.
func (p *enforcerProcess) start(b *testing.B) {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	exe = cmp.Or(os.Getenv("HA_BENCH_PROGRAM"), exe)
	p.command = runLogged(b, p.path("log"),
		p.host.Command(context.Background(), exe, "enforce", "--state-dir", p.path("state"), "--via", "unix://"+p.path("socket")))
}

// kill ends the enforcer with SIGKILL. A second kill does nothing.
func (p *enforcerProcess) kill(b *testing.B) {
	b.Helper()
	if p.command == nil || p.command.ProcessState != nil {
		return
	}
	if err := p.command.Process.Kill(); err != nil {
		b.Error(err)
	}
	_ = p.command.Wait() // it says that it was killed
}

func (p *enforcerProcess) said() string {
	text, _ := os.ReadFile(p.path("log")) // none: it said nothing
	return string(text)
}

// runLogged starts a process whose output goes to a file.
func runLogged(b *testing.B, path string, c *netlab.Cmd) *netlab.Cmd {
	b.Helper()
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	c.Stdout, c.Stderr = log, log
	if err := errors.Join(c.Start(), log.Close()); err != nil {
		b.Fatal(err)
	}
	return c
}

// keepalivedProcess is keepalived on a host.
type keepalivedProcess struct {
	host    *netlab.Host
	dir     string
	command *netlab.Cmd
}

// keepalived prepares one with a priority. It ends with the test.
func (d *duo) keepalived(b *testing.B, h *netlab.Host, priority int) *keepalivedProcess {
	b.Helper()
	p := &keepalivedProcess{host: h, dir: b.TempDir()}
	if err := os.WriteFile(p.path("conf"), fmt.Appendf(nil, peerConfig, priority, d.interval.Seconds()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.kill(b) })
	return p
}

func (p *keepalivedProcess) path(name string) string { return filepath.Join(p.dir, name) }

func (p *keepalivedProcess) start(b *testing.B) {
	b.Helper()
	program, err := netlab.Program("keepalived")
	if err != nil {
		b.Fatal(err)
	}
	p.command = runLogged(b, p.path("log"), p.host.Command(context.Background(), program, "--dont-fork", "--log-console", "--no-syslog",
		"--vrrp", "--use-file", p.path("conf"), "--pid", p.path("pid"), "--vrrp_pid", p.path("vrrp.pid")))
}

// kill ends both of its processes with SIGKILL. A second kill does nothing.
func (p *keepalivedProcess) kill(b *testing.B) {
	b.Helper()
	if p.command == nil || p.command.ProcessState != nil {
		return
	}
	if raw, err := os.ReadFile(p.path("vrrp.pid")); err == nil {
		if child, _ := strconv.Atoi(strings.TrimSpace(string(raw))); child > 1 {
			_ = syscall.Kill(child, syscall.SIGKILL) // it may have gone
		}
	}
	if err := p.command.Process.Kill(); err != nil {
		b.Error(err)
	}
	_ = p.command.Wait() // it says that it was killed
}
