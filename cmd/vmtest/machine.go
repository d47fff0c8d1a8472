package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// bootLimit is how long the guest may take until the test starts. It takes 4 s on an idle machine.
	bootLimit = 2 * time.Minute
	// grace is how long a test may outlive its -test.timeout before the machine is stopped.
	grace = 30 * time.Second
	// consoleTail is how much of the guest's console is kept for a report.
	consoleTail = 16 << 10
)

// machine is one boot.
type machine struct {
	settings
	kernel
	initrd  *os.File      // without a name
	collect []string      // paths that the guest may send back
	limit   time.Duration // from the start of the test; 0 is none
}

// boot runs the machine until it ends and returns the test's exit code.
func (m machine) boot(ctx context.Context) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(bootLimit, func() {
		cancel(fmt.Errorf("the test did not start within %s of power-on", bootLimit))
	})
	defer watchdog.Stop()

	var tail tail
	tail.verbose = os.Getenv("HA_VM_VERBOSE") != ""
	var end report
	var filesErr error
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", m.arguments()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // a Ctrl-C reaches qemu through us
		Pdeathsig: syscall.SIGKILL, // and so does a kill -9
	}
	wait, err := m.connect(cmd, map[string]func(io.Reader){
		"console":  func(r io.Reader) { _, _ = io.Copy(&tail, r) },
		portStdout: func(r io.Reader) { _, _ = io.Copy(os.Stdout, r) },
		portStderr: func(r io.Reader) { _, _ = io.Copy(os.Stderr, r) },
		portFiles:  func(r io.Reader) { filesErr = receiveFiles(r, m.collect); _, _ = io.Copy(io.Discard, r) },
		portControl: func(r io.Reader) {
			end = follow(r, func() {
				watchdog.Stop()
				if m.limit > 0 {
					time.AfterFunc(m.limit, func() { cancel(fmt.Errorf("the test did not end within %s", m.limit)) })
				}
			})
		},
	})
	if err != nil {
		return 0, err
	}
	err = wait()
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("stopped: %w%s", context.Cause(ctx), tail.report())
	case end.Err != "":
		return 0, fmt.Errorf("guest: %s%s", end.Err, tail.report())
	case !end.Exited:
		return 0, fmt.Errorf("the machine went down before the test ended (qemu: %w)%s", cmp.Or(err, errors.New("no complaint")), tail.report())
	}
	return end.Code, filesErr
}

// arguments is qemu's command line without the character devices that connect adds.
func (m machine) arguments() []string {
	return []string{
		"-machine", "q35,accel=tcg", "-cpu", "max", "-smp", fmt.Sprint(m.CPUs), "-m", fmt.Sprint(m.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-net", "none", "-no-reboot",
		"-kernel", m.Image, "-initrd", "/dev/fd/3",
		"-append", "console=ttyS0 quiet panic=-1 oops=panic random.trust_cpu=on",
		"-device", "virtio-serial-pci",
	}
}

// connect starts qemu with a pipe per port, each read by its own goroutine. The function it returns waits for all.
func (m machine) connect(cmd *exec.Cmd, readers map[string]func(io.Reader)) (wait func() error, err error) {
	cmd.ExtraFiles = []*os.File{m.initrd} // 3, as in arguments
	var all sync.WaitGroup
	var ends []*os.File
	defer func() {
		for _, w := range ends {
			_ = w.Close() // qemu has its own
		}
	}()
	for _, name := range []string{"console", portStdout, portStderr, portControl, portFiles} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		ends = append(ends, w)
		cmd.ExtraFiles = append(cmd.ExtraFiles, w)
		// qemu opens the pipe anew through its own /dev/fd.
		cmd.Args = append(cmd.Args, "-chardev", fmt.Sprintf("file,id=%s,path=/dev/fd/%d", name, 2+len(cmd.ExtraFiles)))
		if name == "console" {
			cmd.Args = append(cmd.Args, "-serial", "chardev:console")
		} else {
			cmd.Args = append(cmd.Args, "-device", fmt.Sprintf("virtserialport,chardev=%[1]s,name=%[1]s", name))
		}
		all.Go(func() {
			defer r.Close() //nolint:errcheck // only read from
			readers[name](r)
		})
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w (package qemu-system-x86)", err)
	}
	return func() error {
		err := cmd.Wait()
		all.Wait()
		if s := strings.TrimSpace(complaints.String()); s != "" {
			err = errors.Join(err, errors.New(s))
		}
		return err
	}, nil
}

// follow reads the guest's reports, calls up when the test starts, and returns the last one.
func follow(r io.Reader, up func()) (last report) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var next report
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			next = report{Err: fmt.Sprintf("unreadable report %q", lines.Text())}
		}
		if next.Up {
			up()
		}
		if last.Err == "" {
			last = next
		}
	}
	return last
}

// timeLimit is how long the machine may run for a test with these arguments: its -test.timeout and some grace.
func timeLimit(args []string) time.Duration {
	for _, arg := range args {
		if v, ok := strings.CutPrefix(strings.TrimLeft(arg, "-"), "test.timeout="); ok {
			if d, err := time.ParseDuration(v); err == nil && d > 0 {
				return d + grace
			}
		}
	}
	return 0
}

// tail keeps the end of what is written to it.
type tail struct {
	kept    []byte
	verbose bool
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	if t.verbose {
		_, _ = os.Stderr.Write(p) // only for the eye
	}
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - consoleTail; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

// report returns the end of the console for an error message.
func (t *tail) report() string {
	text := strings.TrimSpace(strings.ReplaceAll(string(t.kept), "\r", ""))
	if text == "" {
		return "; its console is empty"
	}
	return "; the end of its console:\n" + text
}
