package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/hcl"
	"ha/hcl/diag"
	"ha/planner"
)

// patience bounds every wait of these tests: far more than anything takes on a busy machine.
const patience = 30 * time.Second

// rig is a LAN whose hosts run directors of one configuration, with a third host that watches and asks.
type rig struct {
	t       *testing.T
	lan     *netlab.LAN
	dir     string // state directories, sockets, logs; short, since a socket's path may have 107 bytes
	watch   *netlab.Host
	capture *netlab.Capture
	config  *hcl.Config
}

// newRig makes the LAN 192.0.2.0/24 and 2001:db8::/64 with the watching host. Processes that the test leaves behind are
// killed when it ends; their logs are printed when it failed.
func newRig(t *testing.T, text string) *rig {
	t.Helper()
	r := &rig{t: t, lan: netlab.NewTestLAN(t), config: loadText(t, text)}
	dir, err := os.MkdirTemp("", "ha-rig-") //nolint:usetesting // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	r.dir = dir
	r.watch = r.lan.MustAdd(t, "watch", "192.0.2.250/24", "2001:db8::250/64")
	r.capture = r.watch.MustCapture(t)
	return r
}

// loadText loads a configuration that must be sound.
func loadText(t *testing.T, text string) *hcl.Config {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, list := hcl.Load(dir, hcl.Inputs{})
	if n, _ := diag.Count(list); n > 0 {
		t.Fatalf("the configuration has errors: %+v", list)
	}
	return c
}

// compile is what a node of a configuration runs, as the API takes it.
func compile(t *testing.T, c *hcl.Config, node string) json.RawMessage {
	t.Helper()
	compiled, err := c.Compile(node)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(enforcer.Config(compiled))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// nodeAddress is the address of a node in the configuration.
func nodeAddress(t *testing.T, c *hcl.Config, node string) netip.Addr {
	t.Helper()
	for _, n := range c.Nodes() {
		if n.Name == node {
			a, err := netip.ParseAddr(n.Address)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
	}
	t.Fatalf("the configuration has no node %s", node)
	return netip.Addr{}
}

// host puts a node of the configuration on the LAN.
func (r *rig) host(node string) *netlab.Host {
	r.t.Helper()
	a := nodeAddress(r.t, r.config, node)
	return r.lan.MustAdd(r.t, node, fmt.Sprintf("%v/24", a), fmt.Sprintf("2001:db8::%d/64", a.As4()[3]))
}

// director is a host of the rig with an enforcer process in it.
type director struct {
	*netlab.Host
	t         *testing.T
	node      string
	config    json.RawMessage
	state     string
	socket    string
	addresses *netlab.Addresses
	program   string // that is the enforcer; empty is this test binary

	process *netlab.Cmd
	ended   chan struct{} // closed when the process has ended
	flags   []string      // more of them
}

// director adds a node with an enforcer that does not run yet.
func (r *rig) director(node string) *director {
	r.t.Helper()
	host := r.host(node)
	d := &director{
		Host: host, t: r.t, node: node, config: compile(r.t, r.config, node), addresses: host.MustAddresses(r.t),
		state: filepath.Join(r.dir, node), socket: filepath.Join(r.dir, node+".sock"),
	}
	r.t.Cleanup(func() {
		d.crash()
		if log, err := os.ReadFile(d.logPath()); err == nil && r.t.Failed() {
			r.t.Logf("the enforcer of %s said at last:\n%s", node, log[max(0, len(log)-8000):])
		}
	})
	return d
}

func (d *director) logPath() string { return d.state + ".log" }

// log is everything that the enforcer has written.
func (d *director) log() string {
	d.t.Helper()
	text, err := os.ReadFile(d.logPath())
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// self is this test binary, which is ha when it is called like it.
func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// spawn starts the enforcer and does not wait for it.
func (d *director) spawn() {
	d.t.Helper()
	log, err := os.OpenFile(d.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := d.Command(context.Background(), cmp.Or(d.program, self(d.t)), append([]string{"enforce", "--state-dir", d.state, "--via", "unix://" + d.socket}, d.flags...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := errors.Join(cmd.Start(), log.Close()); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan struct{})
	d.process, d.ended = cmd, ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // ProcessState tells
	}()
}

// start runs the enforcer until it answers and, when it does not know it yet, applies the configuration of its node.
func (d *director) start() {
	d.t.Helper()
	d.spawn()
	if d.answers().Generation == 0 {
		d.mustApply(d.config)
	}
}

// answers waits for the enforcer and returns its status.
func (d *director) answers() (s control.Status) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, "the enforcer of "+d.node+" to answer", func() (ok bool) {
		select {
		case <-d.ended:
			d.t.Fatalf("the enforcer of %s ended: %v", d.node, d.process.ProcessState)
		default:
		}
		var err error
		s, err = d.client().Status(d.t.Context())
		return err == nil
	})
	return s
}

func (d *director) client() *control.Client { return control.Dial(d.socket) }

func (d *director) status() control.Status {
	d.t.Helper()
	s, err := d.client().Status(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// vip is the status of the one VIP.
func (d *director) vip() control.VIPStatus {
	d.t.Helper()
	s := d.status()
	if len(s.VIPs) != 1 {
		d.t.Fatalf("%s has %d VIPs, want one", d.node, len(s.VIPs))
	}
	return s.VIPs[0]
}

// becomes waits for a state of the one VIP.
func (d *director) becomes(state string) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, d.node+" to be "+state, func() bool { return d.vip().State == state })
}

func (d *director) apply(config json.RawMessage) (control.ApplyResult, error) {
	request := control.ApplyRequest{Config: config, By: "test", MaxImpact: planner.ImpactOutage}
	return d.client().Apply(d.t.Context(), request, func(control.Progress) {})
}

func (d *director) mustApply(config json.RawMessage) {
	d.t.Helper()
	if result, err := d.apply(config); err != nil || result.Outcome != control.Applied {
		d.t.Fatalf("applying on %s: %v, %s: %q", d.node, err, result.Outcome, result.Lines)
	}
}

// end signals the enforcer, waits for its end and returns its exit code; -1 when the signal ended it.
func (d *director) end(signal syscall.Signal) int {
	d.t.Helper()
	if d.process == nil {
		return -1
	}
	if err := d.process.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Errorf("%v to the enforcer of %s: %v", signal, d.node, err)
	}
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.t.Errorf("the enforcer of %s did not end on %v", d.node, signal)
		_ = d.process.Process.Kill() // it may end at this moment
		<-d.ended
	}
	code := d.process.ProcessState.ExitCode()
	d.process = nil
	return code
}

// crash kills the enforcer at one blow.
func (d *director) crash() { d.t.Helper(); d.end(syscall.SIGKILL) }

// stop ends the enforcer in good order.
func (d *director) stop() {
	d.t.Helper()
	if code := d.end(syscall.SIGTERM); code != 0 {
		d.t.Errorf("the enforcer of %s left with exit code %d on SIGTERM", d.node, code)
	}
}

// holds tells whether all of the addresses are on eth0 of a host, or none of them.
func holds(t *testing.T, at *netlab.Addresses, list []netip.Prefix, all bool) bool {
	t.Helper()
	there, err := at.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if slices.Contains(there, p) != all {
			return false
		}
	}
	return true
}

// settled checks that a plan of what is applied is empty and the journal closed.
func (d *director) settled() {
	d.t.Helper()
	s, err := d.client().Snapshot(d.t.Context(), control.Query{})
	if err != nil {
		d.t.Fatal(err)
	}
	var c enforcer.Config
	if err := json.Unmarshal(s.Config, &c); err != nil {
		d.t.Fatal(err)
	}
	if got := planner.Compare(&c.Plan, &c.Plan, s.Facts, s.Live, s.Claims); !got.Empty() {
		d.t.Errorf("the plan of what is applied on %s is not empty: %+v", d.node, got.Changes())
	}
	if _, err := os.Stat(filepath.Join(d.state, "journal.json")); !os.IsNotExist(err) {
		d.t.Errorf("the journal of %s is still open (%v)", d.node, err)
	}
}

// happened tells whether an event of a type has a text in its object or its message.
func (d *director) happened(kind, text string) bool {
	d.t.Helper()
	found := false
	err := d.client().Events(d.t.Context(), 0, false, func(e control.Event) {
		found = found || e.Type == kind && strings.Contains(e.Object+": "+e.Message, text)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// together runs stories at the same time, however few processors there are: they wait most of their time.
func together(t *testing.T, stories map[string]func(t *testing.T)) {
	t.Helper()
	var all sync.WaitGroup
	for name, story := range stories {
		all.Go(func() { t.Run(name, story) })
	}
	all.Wait()
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}
