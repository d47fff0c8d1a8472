package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/vrrp/packet"
)

// perLAN is how many instances stand on one interface: there are 255 VRIDs.
const perLAN = 250

// fleet is many virtual routers of two nodes, on as many LANs as that takes.
type fleet struct {
	size           int
	interval       time.Duration
	active, backup *netlab.Host
}

func newFleet(b *testing.B, size int, interval time.Duration) *fleet {
	b.Helper()
	f := &fleet{size: size, interval: interval}
	for i := range f.lans() {
		lan := netlab.NewTestLAN(b)
		a, z := fmt.Sprintf("10.%d.255.1/16", i), fmt.Sprintf("10.%d.255.2/16", i)
		if i == 0 {
			f.active, f.backup = lan.MustAdd(b, "active", a), lan.MustAdd(b, "backup", z)
			continue
		}
		for host, address := range map[*netlab.Host]string{f.active: a, f.backup: z} {
			if err := lan.Attach(host, fmt.Sprintf("eth%d", i), netip.MustParsePrefix(address)); err != nil {
				b.Fatal(err)
			}
		}
	}
	return f
}

func (f *fleet) lans() int { return (f.size + perLAN - 1) / perLAN }

// vip is the address of an instance, its interface and its VRID.
func (f *fleet) vip(i int) (address, device string, vrid int) {
	return fmt.Sprintf("10.%d.0.%d/32", i/perLAN, i%perLAN+1), fmt.Sprintf("eth%d", i/perLAN), i%perLAN + 1
}

// wait is what the protocol asks a Backup of a priority to wait for.
func (f *fleet) wait(priority int) time.Duration {
	return 3*f.interval + f.interval*time.Duration(256-priority)/256
}

// compile is what a node runs, as ha apply sends it.
func (f *fleet) compile(b *testing.B, node string) json.RawMessage {
	b.Helper()
	var text strings.Builder
	text.WriteString("cluster {\n  name = \"bench\"\n}\n")
	for i, name := range []string{"active", "backup"} {
		fmt.Fprintf(&text, "\nnode %q {\n  address   = \"10.0.255.%d\"\n  interface = \"eth0\"\n}\n", name, i+1)
	}
	for i := range f.size {
		address, device, vrid := f.vip(i)
		fmt.Fprintf(&text, "\nvip \"v%d\" {\n  vrid      = %d\n  interface = %q\n  addresses = [%q]\n  interval  = %q\n  priority  = 100\n\n  node \"active\" {\n    priority = 200\n  }\n}\n",
			i, vrid, device, address, f.interval)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cluster.hcl"), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	raw, err := json.Marshal(enforcer.Config(mustCompile(b, dir, node)))
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

// keepalived starts the peer with the same instances. It ends with the returned function.
func (f *fleet) keepalived(b *testing.B, h *netlab.Host, priority int) (pid func() int, stop func()) {
	b.Helper()
	var text strings.Builder
	for i := range f.size {
		address, device, vrid := f.vip(i)
		fmt.Fprintf(&text, "vrrp_instance v%d {\n interface %s\n state BACKUP\n version 3\n virtual_router_id %d\n priority %d\n advert_int %g\n virtual_ipaddress {\n  %s\n }\n}\n",
			i, device, vrid, priority, f.interval.Seconds(), address)
	}
	dir := b.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("conf"), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	program, err := netlab.Program("keepalived")
	if err != nil {
		b.Fatal(err)
	}
	c := runLogged(b, path("log"), h.Command(context.Background(), program, "--dont-fork", "--log-console", "--no-syslog",
		"--vrrp", "--use-file", path("conf"), "--pid", path("pid"), "--vrrp_pid", path("vrrp.pid")))
	child := func() int {
		raw, err := os.ReadFile(path("vrrp.pid"))
		if err != nil {
			return 0 // not yet
		}
		n, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
		return n
	}
	ended := false
	return child, func() {
		if ended {
			return
		}
		ended = true
		if n := child(); n > 0 {
			_ = syscall.Kill(n, syscall.SIGKILL) // the addresses stay, as after a crash
		}
		_ = c.Process.Kill()
		_ = c.Wait() // it says that it was killed
	}
}

// stamps is the VIPs on a host, with when they came, as the kernel keeps it: in hundredths of a second of a clock of its own (see
// jiffies). One list of all addresses is asked for, since whoever asks often holds up those who make them.
func stamps(b *testing.B, h *netlab.Host) map[netip.Addr]time.Duration {
	b.Helper()
	var raw []byte
	if err := h.Do(func() (err error) { raw, err = syscall.NetlinkRIB(syscall.RTM_GETADDR, syscall.AF_INET); return err }); err != nil {
		return nil // fails while they change
	}
	messages, err := syscall.ParseNetlinkMessage(raw)
	if err != nil {
		b.Fatal(err)
	}
	all := map[netip.Addr]time.Duration{}
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < syscall.SizeofIfAddrmsg || m.Data[1] != 32 {
			continue
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			b.Fatal(err)
		}
		var address netip.Addr
		var at time.Duration
		for _, a := range attributes {
			switch a.Attr.Type {
			case syscall.IFA_LOCAL:
				address, _ = netip.AddrFromSlice(a.Value)
			case syscall.IFA_CACHEINFO: // struct ifa_cacheinfo: the third word is when it was made
				at = time.Duration(binary.NativeEndian.Uint32(a.Value[8:])) * 10 * time.Millisecond
			}
		}
		all[address] = at
	}
	return all
}

// jiffies is when the clock began that addresses are stamped with: near the boot, but not at it. One address tells.
func jiffies(b *testing.B, h *netlab.Host) time.Time {
	b.Helper()
	probe := netip.MustParsePrefix("10.255.255.254/32")
	on, err := h.Addresses("eth0")
	if err != nil {
		b.Fatal(err)
	}
	defer on.Close()
	if err := on.Add(probe); err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	at := stamps(b, h)[probe.Addr()]
	if err := on.Remove(probe); err != nil {
		b.Fatal(err)
	}
	return now.Add(-at)
}

// complete waits until all VIPs stand on a host, and returns how long after a moment the last of them came.
func (f *fleet) complete(b *testing.B, h *netlab.Host, since time.Time) time.Duration {
	b.Helper()
	var last time.Duration
	for _, at := range f.all(b, h) {
		last = max(last, at.Sub(since))
	}
	return last
}

// all waits until all VIPs stand on a host.
func (f *fleet) all(b *testing.B, h *netlab.Host) map[netip.Addr]time.Time {
	b.Helper()
	start := jiffies(b, h)
	var all map[netip.Addr]time.Duration
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); {
		if all = stamps(b, h); len(all) == f.size {
			times := make(map[netip.Addr]time.Time, len(all))
			for address, at := range all {
				times[address] = start.Add(at)
			}
			return times
		}
		<-time.After(20 * time.Millisecond)
	}
	b.Fatalf("only %d of %d VIPs stand", len(all), f.size)
	return nil
}

// takeover ends the Active node and returns how much later than due the last VIP stands on the Backup. Each is due for itself: its
// wait begins with the last advert that came for it.
func (f *fleet) takeover(b *testing.B, kill func()) time.Duration {
	b.Helper()
	captures := make([]*netlab.Capture, f.lans())
	for i := range captures {
		c, err := f.backup.Capture(fmt.Sprintf("eth%d", i))
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		captures[i] = c
	}
	<-time.After(2 * f.interval)
	kill()
	last := map[netip.Addr]time.Time{}
	standing := f.all(b, f.backup)
	for i, c := range captures {
		active := netip.AddrFrom4([4]byte{10, byte(i), 255, 1})
		for _, frame := range c.Frames() {
			if advertiser(frame) != active {
				continue
			}
			p, _ := packet.IPv4(frame.Data[ethernetLen:])
			last[netip.AddrFrom4([4]byte{10, byte(i), 0, p.VRID()})] = frame.At
		}
	}
	if len(last) != f.size {
		b.Fatalf("%d of %d VIPs were advertised", len(last), f.size)
	}
	late := time.Duration(math.MinInt64)
	for address, at := range standing {
		late = max(late, at.Sub(last[address].Add(f.wait(100))))
	}
	return late
}

// sweep takes away what a killed process left.
func (f *fleet) sweep(b *testing.B, h *netlab.Host) {
	b.Helper()
	for i := range f.lans() {
		on, err := h.Addresses(fmt.Sprintf("eth%d", i))
		if err != nil {
			b.Fatal(err)
		}
		list, err := on.List()
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range list {
			if p.Bits() == 32 {
				_ = on.Remove(p) // its lifetime may have ended meanwhile
			}
		}
		_ = on.Close()
	}
}

// ran is the processor time of all threads of a process.
func ran(b *testing.B, pid int) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		b.Fatalf("process %d: %v", pid, err)
	}
	var all time.Duration
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		n, _ := strconv.ParseInt(strings.Fields(string(raw))[0], 10, 64)
		all += time.Duration(n)
	}
	return all
}

// share is the part of a processor, in per cent, that a process takes for some seconds.
func share(b *testing.B, pid int) float64 {
	b.Helper()
	const window = 5 * time.Second
	before, began := ran(b, pid), time.Now()
	<-time.After(window)
	return 100 * float64(ran(b, pid)-before) / float64(time.Since(began))
}

// resident is the memory of a process in MB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	b.Fatalf("process %d says nothing of its memory", pid)
	return 0
}

// children are the processes that a process has started: of an enforcer, its worker.
func children(pid int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // only a bad pattern is an error
	for _, list := range lists {
		raw, _ := os.ReadFile(list) // the thread has ended
		for _, word := range strings.Fields(string(raw)) {
			if n, err := strconv.Atoi(word); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// BenchmarkElections measures what many Active instances cost: the share of a processor, the resident memory of the core
// (the worker apart), and how long after a start with a plan all VIPs stand, beyond what the protocol waits. keepalived runs
// the same afterwards, on the same LANs.
func BenchmarkElections(b *testing.B) {
	netlab.Need(b, "netns", "keepalived")
	for _, of := range []struct {
		size     int
		interval time.Duration
	}{{100, 10 * time.Millisecond}, {1000, time.Second}, {1000, 100 * time.Millisecond}, {4000, 100 * time.Millisecond}} {
		b.Run(fmt.Sprintf("n=%d/interval=%v", of.size, of.interval), func(b *testing.B) {
			for b.Loop() {
				f := newFleet(b, of.size, of.interval)
				p := startEnforcer(b, f.active, f.compile(b, "active"))
				f.complete(b, f.active, time.Now())
				p.kill(b)
				if err := os.Remove(p.path("state/elections.record")); err != nil && !os.IsNotExist(err) {
					b.Fatal(err) // it must not go on where it was
				}
				f.sweep(b, f.active)
				began := time.Now()
				p.start(b)
				b.ReportMetric(ms(f.complete(b, f.active, began)-f.wait(200)), "ha-start-ms")
				pid := p.command.Process.Pid
				b.ReportMetric(share(b, pid), "ha-cpu-%")
				b.ReportMetric(resident(b, pid), "ha-MB")
				for _, worker := range children(pid) {
					b.ReportMetric(resident(b, worker), "worker-MB")
				}
				p.kill(b)
				f.sweep(b, f.active)

				began = time.Now()
				child, stop := f.keepalived(b, f.active, 200)
				b.Cleanup(stop)
				b.ReportMetric(ms(f.complete(b, f.active, began)-f.wait(200)), "keepalived-start-ms")
				b.ReportMetric(share(b, child()), "keepalived-cpu-%")
				b.ReportMetric(resident(b, child()), "keepalived-MB")
				stop()
			}
			reportLoad(b)
			b.ReportMetric(0, "ns/op") // a run is mostly waiting
		})
	}
}

// BenchmarkFleetTakeover kills the Active node of 4,000 VIPs and measures how much later than due the last of them stands on the
// Backup.
func BenchmarkFleetTakeover(b *testing.B) {
	netlab.Need(b, "netns", "keepalived")
	for b.Loop() {
		f := newFleet(b, 4000, time.Second)
		victim := startEnforcer(b, f.active, f.compile(b, "active"))
		f.complete(b, f.active, time.Now())
		backup := startEnforcer(b, f.backup, f.compile(b, "backup"))
		b.ReportMetric(ms(f.takeover(b, func() { victim.kill(b) })), "ha-late-ms")
		backup.kill(b)
		f.sweep(b, f.active)
		f.sweep(b, f.backup)

		_, stop := f.keepalived(b, f.active, 200)
		b.Cleanup(stop)
		f.complete(b, f.active, time.Now())
		_, stopBackup := f.keepalived(b, f.backup, 100)
		b.Cleanup(stopBackup)
		b.ReportMetric(ms(f.takeover(b, stop)), "keepalived-late-ms")
		stopBackup()
	}
	reportLoad(b)
	b.ReportMetric(0, "ns/op")
}

// oversleep is how late the latest of many short sleeps was: for so long the machine let nobody run who asked for little.
func oversleep(within time.Duration) (worst time.Duration) {
	const nap = 5 * time.Millisecond
	for end := time.Now().Add(within); time.Now().Before(end); {
		began := time.Now()
		<-time.After(nap)
		worst = max(worst, time.Since(began)-nap)
	}
	return worst
}

// BenchmarkFalseFailovers runs 1,000 instances at 100 ms on two nodes while other processes keep every core busy, and counts
// the transitions of the Backup. HA_BENCH_FAILOVERS is for how long; 20 s unless set.
func BenchmarkFalseFailovers(b *testing.B) {
	netlab.Need(b, "netns")
	within := 20 * time.Second
	if text := os.Getenv("HA_BENCH_FAILOVERS"); text != "" {
		var err error
		if within, err = time.ParseDuration(text); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		f := newFleet(b, 1000, 100*time.Millisecond)
		startEnforcer(b, f.active, f.compile(b, "active"))
		f.complete(b, f.active, time.Now())
		backup := startEnforcer(b, f.backup, f.compile(b, "backup"))
		<-time.After(2 * time.Second)
		began := time.Now()
		for range runtime.NumCPU() {
			burn := f.active.Command(context.Background(), "sh", "-c", "while :; do :; done")
			if err := burn.Start(); err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = burn.Process.Kill(); _ = burn.Wait() }) // it says that it was killed
		}
		b.ReportMetric(ms(oversleep(within)), "stall-ms")
		status, err := control.Dial(backup.path("socket")).Status(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		failed := 0
		for _, v := range status.VIPs {
			if slices.ContainsFunc(v.Instances, func(i control.InstanceStatus) bool { return i.State != "Backup" || i.Since.After(began) }) {
				failed++
			}
		}
		b.ReportMetric(float64(failed), "failovers")
		b.ReportMetric(within.Seconds(), "seconds")
	}
	b.ReportMetric(0, "ns/op")
}

// ms is a time in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
