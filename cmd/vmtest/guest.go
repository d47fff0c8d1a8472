package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// guestMain is init: it sets up the machine, runs the test, tells how it ended and powers off. It never returns,
// since the kernel panics without its init.
func guestMain() {
	g := guest{}
	if err := g.run(); err != nil {
		fmt.Println("vmtest:", err) // the console, in case there are no ports
		g.tell(report{Err: err.Error()})
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // not reached when the machine has a power switch
}

// guest is the machine from the inside.
type guest struct {
	ports map[string]*os.File
}

func (g *guest) run() error {
	if err := mountAll(); err != nil {
		return err
	}
	var t task
	content, err := os.ReadFile(taskPath)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &t); err != nil {
		return fmt.Errorf("%s: %w", taskPath, err)
	}
	if err := loadModules(t.Modules); err != nil {
		return err
	}
	if err := g.openPorts(); err != nil {
		return err
	}
	if err := setUp(t); err != nil {
		return err
	}
	g.tell(report{Up: true})
	code, err := g.test(t)
	if err != nil {
		return err
	}
	if err := sendFiles(g.ports[portFiles], t.Collect); err != nil {
		return fmt.Errorf("sending back what the test wrote: %w", err)
	}
	g.tell(report{Exited: true, Code: code})
	return nil
}

// tell sends a report to the host, if there is a way.
func (g *guest) tell(r report) {
	if port := g.ports[portControl]; port != nil {
		_ = json.NewEncoder(port).Encode(r) // nobody left to complain to
	}
}

// mountAll mounts what a Linux system has. There is no mount on /tmp: the root file system is memory too, and the
// test or its module may stand there.
func mountAll() error {
	for _, m := range []struct{ fstype, target, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", ""},
		{"devpts", "/dev/pts", "ptmxmode=0666"},
		{"tmpfs", "/dev/shm", ""},
		{"tmpfs", "/run", ""},
		{"cgroup2", "/sys/fs/cgroup", ""},
	} {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.fstype, m.target, m.fstype, 0, m.options); err != nil {
			return fmt.Errorf("mounting %s: %w", m.target, err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink(target, "/dev/"+name); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// loadModules loads kernel modules in the given order.
func loadModules(files []string) error {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		_ = f.Close() // only read from
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("loading module %s: %w", strings.TrimSuffix(filepath.Base(file), ".ko"), err)
		}
	}
	return nil
}

// openPorts opens the virtio ports, which appear a little after their driver.
func (g *guest) openPorts() error {
	const wanted = 4
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		names, _ := filepath.Glob("/sys/class/virtio-ports/*/name") // the pattern is well-formed
		if len(names) == wanted {
			return g.open(names)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d virtio ports appeared", len(names), wanted)
		}
	}
}

// open opens the device of each port by the name that its sysfs file holds. The files block: a write has reached
// the host when it returns, so the power may be cut after the last one.
func (g *guest) open(names []string) error {
	g.ports = map[string]*os.File{}
	for _, file := range names {
		name, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		dev := "/dev/" + filepath.Base(filepath.Dir(file))
		fd, err := unix.Open(dev, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("%s: %w", dev, err)
		}
		g.ports[strings.TrimSpace(string(name))] = os.NewFile(uintptr(fd), dev)
	}
	return nil
}

// setUp makes the machine ready for the test: busybox's commands, loopback, sysctls, and folders to write to.
func setUp(t task) error {
	if err := installBusybox(); err != nil {
		return fmt.Errorf("installing busybox: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("setting up the loopback: %w", err)
	}
	if err := unix.Sethostname([]byte("vm")); err != nil {
		return err
	}
	for _, s := range t.Sysctls {
		name, value, _ := strings.Cut(s, "=")
		file := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		if err := os.WriteFile(file, []byte(value), 0); err != nil {
			return err
		}
	}
	for _, path := range t.Collect {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	for _, arg := range t.Args {
		if dir, ok := strings.CutPrefix(arg, "-test.gocoverdir="); ok {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

// installBusybox links busybox's commands where a real program of the same name, brought by HA_VM_FILES, goes first.
// Its ip is left out: it looks like iproute2 to who asks for ip, and does a fraction of it.
func installBusybox() error {
	if err := os.MkdirAll(busyboxDir, 0o755); err != nil {
		return err
	}
	if out, err := exec.Command("/usr/bin/busybox", "--install", "-s", busyboxDir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Remove(busyboxDir + "/ip"); err != nil {
		return err
	}
	// Scripts and the kernel know these by their paths.
	for _, name := range []string{"/usr/bin/env", "/usr/sbin/modprobe"} {
		if err := os.Symlink("/usr/bin/busybox", name); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// loopbackUp does what "ip link set lo up" does.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it was only a handle
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// test runs the test and returns its exit code. Its streams are pipes, as under go test.
func (g *guest) test(t task) (int, error) {
	stdin, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer stdin.Close() //nolint:errcheck // only read from
	stdout, flushOut, err := pump(g.ports[portStdout])
	if err != nil {
		return 0, err
	}
	stderr, flushErr, err := pump(g.ports[portStderr])
	if err != nil {
		return 0, err
	}
	p, err := os.StartProcess(t.Program, append([]string{t.Program}, t.Args...), &os.ProcAttr{
		Dir: t.Dir, Env: append(t.Env, "PWD="+t.Dir), Files: []*os.File{stdin, stdout, stderr},
		Sys: &unix.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, fmt.Errorf("starting the test: %w", err)
	}
	code, err := reap(p.Pid)
	flushOut()
	flushErr()
	return code, err
}

// pump returns a pipe whose content goes to a port, and a function that closes it and waits until all is through, or
// until it is clear that a process left behind holds it open.
func pump(port *os.File) (w *os.File, flush func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(port, r) // ends with the pipe
	}()
	return w, func() {
		_ = w.Close() // nothing is buffered
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	}, nil
}

// reap waits for the process pid, and for orphans, which are init's to bury. A signal that ended pid counts as 128
// more than its number, as a shell says it.
func reap(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("waiting for the test: %w", err)
		case got == pid && status.Exited():
			return status.ExitStatus(), nil
		case got == pid && status.Signaled():
			return 128 + int(status.Signal()), nil
		}
	}
}
