package socket

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// keepalived is the reference implementation in a host, with the same instance as a router.
type keepalived struct {
	t       testing.TB
	dir     string
	command *netlab.Cmd
}

// startKeepalived runs keepalived on eth0 of a host.
func startKeepalived(t testing.TB, h *netlab.Host, c vrrp.Config, vips []netip.Prefix) *keepalived {
	t.Helper()
	k := &keepalived{t: t, dir: t.TempDir()}
	path := filepath.Join(k.dir, "keepalived.conf")
	if err := os.WriteFile(path, []byte(keepalivedConf(c, vips)), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := netlab.Program("keepalived")
	if err != nil {
		t.Fatal(err)
	}
	// Its life ends with stop or crash, not with t's context: that ends before the cleanups run.
	k.command = h.Command(context.Background(), program, "--dont-fork", "--log-console", "--log-detail", "--no-syslog",
		"--vrrp", "--use-file", path, "--pid", k.path("pid"), "--vrrp_pid", k.path("vrrp.pid"))
	log, err := os.Create(k.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	k.command.Stdout, k.command.Stderr = log, log
	if err := errors.Join(k.command.Start(), log.Close()); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *keepalived) path(name string) string { return filepath.Join(k.dir, name) }

// keepalivedConf is the instance in keepalived's language.
func keepalivedConf(c vrrp.Config, vips []netip.Prefix) string {
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp_instance test {\n interface eth0\n state BACKUP\n version %d\n virtual_router_id %d\n", c.Version, c.VRID)
	fmt.Fprintf(&b, " priority %d\n advert_int %g\n virtual_ipaddress {\n", c.Priority, c.Interval.Seconds())
	for _, vip := range vips {
		fmt.Fprintf(&b, "  %s\n", vip)
	}
	b.WriteString(" }\n}\n")
	return b.String()
}

// stop leaves in good order.
func (k *keepalived) stop() {
	k.t.Helper()
	k.end(syscall.SIGTERM, k.command.Process.Pid)
}

// crash kills both its processes at one blow: the parent would start the child again, and the child would leave in
// good order when its parent is gone.
func (k *keepalived) crash() {
	k.t.Helper()
	text, err := os.ReadFile(k.path("vrrp.pid"))
	if err != nil {
		k.t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		k.t.Fatal(err)
	}
	parent := k.command.Process.Pid
	if err := syscall.Kill(parent, syscall.SIGSTOP); err != nil {
		k.t.Fatal(err)
	}
	k.end(syscall.SIGKILL, child, parent)
}

// end signals processes and waits until the parent is gone. A second end does nothing.
func (k *keepalived) end(signal syscall.Signal, pids ...int) {
	k.t.Helper()
	if k.command.ProcessState != nil {
		return
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil {
			k.t.Errorf("%v to keepalived: %v", signal, err)
		}
	}
	_ = k.command.Wait() // its exit status says how it was stopped, which is known
	if k.t.Failed() {
		log, _ := os.ReadFile(k.path("log"))
		k.t.Logf("keepalived said at last:\n%s", log[max(0, len(log)-4000):])
	}
}
