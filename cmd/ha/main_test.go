package main

import (
	"context"
	"flag"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ha/enforcer"
	"ha/enforcer/kernel/kerneltest"
	"ha/planner"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the scripts")

// TestMain makes the test binary ha itself when it is called like it: testscript runs it as `ha`, the lab as
// `TESTBINARY enforce`, the enforcer as `TESTBINARY worker`.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(run())
	}
	testscript.Main(m, map[string]func(){"ha": func() { os.Exit(runOnFake()) }})
}

// runOnFake is ha on a kernel that lives in the file $FAKE_KERNEL, on a machine called $FAKE_HOST.
func runOnFake() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	m := systemMachine()
	m.user = func() string { return "ann@ci" }
	m.now = func() time.Time { return time.Date(2026, 8, 14, 9, 12, 7, 0, time.UTC) }
	m.names = func() (string, []netip.Addr) { return os.Getenv("FAKE_HOST"), nil }
	m.openKernel = func() (enforcer.Kernel, error) { return openFake(os.Getenv("FAKE_KERNEL")) }
	return execute(ctx, m, os.Args[1:])
}

// fileKernel is a fake kernel that outlives the command: it is saved after every change.
type fileKernel struct {
	*kerneltest.Fake
	path string
}

func openFake(path string) (*fileKernel, error) {
	f, err := kerneltest.LoadFile(path)
	if os.IsNotExist(err) {
		f = kerneltest.New()
		f.SetLink("eth0", planner.Link{Up: true, Running: true, MTU: 1500})
		for _, key := range []planner.SysctlKey{"net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce",
			"net.ipv4.conf.lo.arp_ignore", "net.ipv4.conf.lo.arp_announce", "net.ipv4.ip_forward"} {
			f.SetSysctl(key, "0")
		}
		err = f.SaveFile(path)
	}
	return &fileKernel{f, path}, err
}

func (k *fileKernel) Apply(ctx context.Context, c planner.Change) error {
	if err := k.Fake.Apply(ctx, c); err != nil {
		return err
	}
	return k.SaveFile(k.path)
}

func (k *fileKernel) ApplyBatch(ctx context.Context, changes []planner.Change) []error {
	errs := make([]error, len(changes))
	for i, c := range changes {
		errs[i] = k.Apply(ctx, c)
	}
	return errs
}

// TestScripts runs the stories of the whole program on a fake kernel.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("FAKE_KERNEL", e.WorkDir+"/kernel.json")
			e.Setenv("FAKE_HOST", "lb1")
			e.Setenv("HA_VIA", "unix://"+e.WorkDir+"/ha.sock")
			e.Setenv("STATE", e.WorkDir+"/state")
			e.Setenv("NO_COLOR", "1")
			return nil
		},
	})
}
