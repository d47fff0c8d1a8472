package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/control"
	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/netlab"
)

// ipvsModules are the modules of IPVS that are loaded, those that others need last.
func ipvsModules(t *testing.T) (names []string) {
	t.Helper()
	list, err := os.ReadFile("/proc/modules")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "ip_vs") || name == "xt_ipvs" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // ip_vs is the shortest
	return names
}

// unload takes IPVS out of the kernel, whoever puts services back meanwhile.
func unload(t *testing.T, h *netlab.Host) {
	t.Helper()
	netlab.WaitFor(t, patience, "IPVS to be unloaded", func() bool {
		conn, err := ipvs.Open(t.Context(), ipvs.Options{Namespace: h.Path(), Quiet: true})
		if err == nil {
			err = errors.Join(conn.Flush(t.Context()), conn.Close())
		}
		if err != nil && !errors.Is(err, ipvs.ErrAbsent) {
			t.Fatal(err)
		}
		for _, name := range ipvsModules(t) {
			if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil && !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EBUSY) {
				t.Fatalf("unloading %s: %v", name, err)
			}
		}
		return len(ipvsModules(t)) == 0
	})
}

// load loads modules as a person does.
func load(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "modprobe", name).CombinedOutput(); err != nil {
			t.Errorf("modprobe %s: %v: %s", name, err, out)
		}
	}
}

// The table is flushed, and the module taken out and loaded again, while the enforcer runs: it says what is wrong, keeps the VIP, and
// balances again as soon as it can.
func TestIPVSIsFlushedUnloadedAndLoaded(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm", "modules")
	r := newRig(t, balancedText)
	r.realServer("web1", "192.0.2.31")
	r.realServer("web2", "192.0.2.32")
	d := r.director("a")
	d.start()
	d.becomes("Active")
	whole := func() bool { return balances(t, d.Host, "192.0.2.31:80 10", "192.0.2.32:80 10") }
	reaches := func() {
		t.Helper()
		netlab.WaitFor(t, patience, "an answer", func() bool { _, err := r.ask(); return err == nil })
	}
	netlab.WaitFor(t, patience, "both servers to be balanced", whole)
	reaches()

	ipvsadm(t, d.Host, "-C")
	netlab.WaitFor(t, patience, "the flushed table to be filled again", whole)
	reaches()

	modules := ipvsModules(t)
	t.Cleanup(func() { load(t, modules...) }) // for the tests after this one
	missing := func(s control.Status) bool {
		return slices.ContainsFunc(s.Problems, func(p string) bool { return strings.Contains(p, "load the module ip_vs (modprobe ip_vs)") })
	}
	for range 2 { // its number in generic netlink is another one each time
		unload(t, d.Host)
		netlab.WaitFor(t, patience, "the enforcer to say that IPVS is missing", func() bool { return missing(d.status()) })
		if s := d.vip(); s.State != "Active" {
			t.Errorf("without IPVS the VIP is %s", s.State)
		}
		d.settled()
		load(t, "ip_vs", "ip_vs_rr")
		netlab.WaitFor(t, patience, "both servers to be balanced after the module was loaded", whole)
		netlab.WaitFor(t, patience, "the problem to end", func() bool { return len(d.status().Problems) == 0 })
		reaches()
	}
	d.settled()
	unknownScheduler(t, d)
	if !whole() {
		t.Error("the other pool did not survive the scheduler that is not there")
	}
	d.settled()
}

// unknownScheduler applies a pool whose scheduler the kernel does not have: it is refused, and the words tell what to do.
func unknownScheduler(t *testing.T, d *director) {
	t.Helper()
	more := balancedText + strings.NewReplacer(`pool "web"`, `pool "twos"`, ":80", ":81", `"rr"`, `"twos"`).Replace(balancedText[strings.Index(balancedText, "pool"):])
	result, err := d.apply(compile(t, loadText(t, more), "a"))
	said := strings.Join(result.Lines, "\n")
	if err != nil || result.Outcome == control.Applied || !strings.Contains(said, "this kernel has no scheduler twos: load the module ip_vs_twos") {
		t.Errorf("applying a scheduler that is not there: %v, %s:\n%s", err, result.Outcome, said)
	}
	t.Logf("%s", said)
}
