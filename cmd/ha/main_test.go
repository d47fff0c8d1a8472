package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	called := filepath.Base(os.Args[0])
	if called != "ha" && called != "fake" && len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(run())
	}
	testscript.Main(m, map[string]func(){
		"ha":   func() { os.Exit(runOnFake()) },
		"fake": func() { os.Exit(tamper()) },
	})
}

// runOnFake is ha on a kernel that lives in the file $FAKE_KERNEL, on a machine called $FAKE_HOST.
func runOnFake() int {
	ctx, stop := untilSignal(context.Background())
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
		for _, key := range []planner.SysctlKey{
			"net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce",
			"net.ipv4.conf.lo.arp_ignore", "net.ipv4.conf.lo.arp_announce", "net.ipv4.ip_forward",
		} {
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

// tamper changes the fake kernel as somebody else would: fake delete KEY, fake put KEY VALUE (JSON), fake noipvs.
func tamper() int {
	path := os.Getenv("FAKE_KERNEL")
	k, err := openFake(path)
	if err == nil {
		err = tamperWith(k, os.Args[1:])
	}
	if err == nil {
		err = k.SaveFile(path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func tamperWith(k *fileKernel, args []string) error {
	if args[0] == "noipvs" {
		k.SetNoIPVS("this kernel has no IPVS")
		return nil
	}
	key, err := planner.ParseKey(args[1])
	if err != nil {
		return err
	}
	if args[0] == "delete" {
		k.DeleteByHand(key)
		return nil
	}
	var value any
	switch key.(type) {
	case planner.AddressKey:
		value, err = parse[planner.Address](args[2])
	case planner.VirtualServerKey:
		value, err = parse[planner.VirtualServer](args[2])
	case planner.RealServerKey:
		value, err = parse[planner.RealServer](args[2])
	default:
		return fmt.Errorf("put does not know %s", key)
	}
	if err == nil {
		k.PutByHand(key, value)
	}
	return err
}

func parse[T any](text string) (v T, err error) {
	return v, json.Unmarshal([]byte(text), &v)
}

// await waits until a command succeeds: await COMMAND ARGS…
func await(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		err := ts.Exec(args[0], args[1:]...)
		if (err != nil) == neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("await %s: %v", strings.Join(args, " "), err)
		}
	}
}

// code runs ha and compares its exit code: code 3 ha apply …
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS…")
	}
	got := 0
	var e *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &e) {
		got = e.ExitCode()
	}
	if want := args[0]; fmt.Sprint(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

// TestScripts runs the stories of the whole program on a fake kernel.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/script",
		UpdateScripts: *update,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"await": await, "code": code},
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
