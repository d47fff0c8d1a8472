package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
)

// keepalived is the reference implementation in a host, running an instance of our configuration.
type keepalived struct {
	*netlab.Host
	t         *testing.T
	dir       string
	addresses *netlab.Addresses
	process   *netlab.Cmd
}

// keepalived puts a node on the LAN that runs keepalived with the node's one instance.
func (r *rig) keepalived(node string, i vrrp.Instance, vips []netip.Prefix) *keepalived {
	r.t.Helper()
	host := r.host(node)
	k := &keepalived{Host: host, t: r.t, dir: filepath.Join(r.dir, node), addresses: host.MustAddresses(r.t)}
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(k.path("keepalived.conf"), []byte(keepalivedConf(r.t, i, vips)), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		k.stop()
		if r.t.Failed() {
			log := k.log()
			r.t.Logf("keepalived on %s said at last:\n%s", node, log[max(0, len(log)-4000):])
		}
	})
	return k
}

func (k *keepalived) path(name string) string { return filepath.Join(k.dir, name) }

// keepalivedConf is an instance in keepalived's language.
func keepalivedConf(t *testing.T, i vrrp.Instance, vips []netip.Prefix) string {
	t.Helper()
	var b strings.Builder
	c := i.Config
	fmt.Fprintf(&b, "vrrp_instance test {\n interface %s\n state BACKUP\n version %d\n virtual_router_id %d\n", i.Interface, c.Version, c.VRID)
	fmt.Fprintf(&b, " priority %d\n advert_int %g\n", c.Priority, c.Interval.Seconds())
	if !c.Preempt {
		b.WriteString(" nopreempt\n")
	}
	if c.PreemptDelay > 0 {
		fmt.Fprintf(&b, " preempt_delay %g\n", c.PreemptDelay.Seconds())
	}
	if a := i.Authentication; a != nil && a.Type == vrrp.AuthHMAC {
		b.WriteString(hmacConf(a))
	} else if a != nil {
		password, err := os.ReadFile(strings.TrimPrefix(a.Key, "file:"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, " authentication {\n  auth_type %s\n  auth_pass %s\n }\n", strings.ToUpper(string(a.Type)), password)
	}
	if u := i.Unicast; u != nil {
		fmt.Fprintf(&b, " unicast_src_ip %v\n unicast_ttl %d\n unicast_peer {\n", u.Source, cmp.Or(u.TTL, 255))
		for _, peer := range u.Peers {
			fmt.Fprintf(&b, "  %v", peer)
			if u.MinTTL > 0 {
				fmt.Fprintf(&b, " min_ttl %d", u.MinTTL)
			}
			if u.MaxTTL > 0 {
				fmt.Fprintf(&b, " max_ttl %d", u.MaxTTL)
			}
			b.WriteString("\n")
		}
		b.WriteString(" }\n")
	}
	b.WriteString(trackConf(i.Tracks))
	b.WriteString(wireConf(i.Wire))
	told, silent := split(i, vips)
	for word, list := range map[string][]netip.Prefix{"virtual_ipaddress": told, "virtual_ipaddress_excluded": silent} {
		fmt.Fprintf(&b, " %s {\n", word)
		for _, vip := range list {
			fmt.Fprintf(&b, "  %s\n", vip)
		}
		b.WriteString(" }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// trackConf is what an instance tracks, of interfaces, in keepalived's language.
func trackConf(tracks []vrrp.Track) string {
	var b strings.Builder
	for _, t := range tracks {
		if t.Interface == "" {
			continue
		}
		weight, reverse := int(t.Raise)-int(t.Weight), ""
		if t.Reverse {
			weight, reverse = -weight, " reverse"
		}
		fmt.Fprintf(&b, "  %s weight %d%s\n", t.Interface, weight, reverse)
	}
	if b.Len() == 0 {
		return ""
	}
	return " track_interface {\n" + b.String() + " }\n"
}

// wireConf is how adverts look, in keepalived's language.
func wireConf(w vrrp.Wire) string {
	var b strings.Builder
	if w.Group.IsValid() {
		fmt.Fprintf(&b, " mcast_dst_ip %v\n", w.Group)
	}
	if w.Source.IsValid() {
		fmt.Fprintf(&b, " mcast_src_ip %v\n", w.Source)
	}
	if w.Checksum == vrrp.ChecksumMessage {
		b.WriteString(" v3_checksum_as_v2 on\n")
	}
	return b.String()
}

// hmacConf is the HMAC trailer in the language of keepalived 2.4.
func hmacConf(a *vrrp.Authentication) string {
	var b strings.Builder
	b.WriteString(" auth_hmac {\n")
	for _, key := range a.Keys {
		fmt.Fprintf(&b, "  key %d %s\n", key.ID, key.Secret)
	}
	fmt.Fprintf(&b, "  active_key %d\n  mode %s\n", a.Active, cmp.Or(string(a.Mode), "enforce"))
	if a.Replay == vrrp.ReplayMonotonic {
		b.WriteString("  anti_replay monotonic\n")
	}
	b.WriteString(" }\n")
	return b.String()
}

// signs tells whether the keepalived of this machine knows the HMAC trailer as we speak it.
func signs(t *testing.T) bool {
	t.Helper()
	return keepalivedIs(t, 2, 4, 2)
}

// keepalivedIs tells whether the keepalived of this machine has a version or a later one.
func keepalivedIs(t *testing.T, wanted ...int) bool {
	t.Helper()
	program, err := netlab.Program("keepalived")
	if err != nil {
		return false
	}
	out, err := exec.CommandContext(t.Context(), program, "--version").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`v(\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(string(out))
	if version == nil {
		return false
	}
	number := make([]int, 3)
	for i := range number {
		number[i], _ = strconv.Atoi(version[i+1]) // the pattern takes digits only
	}
	return slices.Compare(number, wanted) >= 0
}

func (k *keepalived) start() {
	k.t.Helper()
	program, err := netlab.Program("keepalived")
	if err != nil {
		k.t.Fatal(err)
	}
	for _, name := range []string{"pid", "vrrp.pid"} { // of a crash; while nobody has buried the child, it would not start
		if err := os.Remove(k.path(name)); err != nil && !os.IsNotExist(err) {
			k.t.Fatal(err)
		}
	}
	log, err := os.OpenFile(k.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	k.process = k.Command(context.Background(), program, "--dont-fork", "--log-console", "--log-detail", "--no-syslog",
		"--vrrp", "--use-file", k.path("keepalived.conf"), "--pid", k.path("pid"), "--vrrp_pid", k.path("vrrp.pid"))
	k.process.Stdout, k.process.Stderr = log, log
	if err := errors.Join(k.process.Start(), log.Close()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keepalived) log() string {
	text, _ := os.ReadFile(k.path("log")) // none: it was never started
	return string(text)
}

// stop ends it in good order.
func (k *keepalived) stop() {
	k.t.Helper()
	if k.process != nil {
		k.end(syscall.SIGTERM, k.process.Process.Pid)
	}
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
	parent := k.process.Process.Pid
	if err := syscall.Kill(parent, syscall.SIGSTOP); err != nil {
		k.t.Fatal(err)
	}
	k.end(syscall.SIGKILL, child, parent)
}

// end signals processes and waits until the parent is gone, which buries the child.
func (k *keepalived) end(signal syscall.Signal, pids ...int) {
	k.t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil {
			k.t.Errorf("%v to keepalived: %v", signal, err)
		}
	}
	stuck := time.AfterFunc(patience, func() { _ = k.process.Process.Kill() })
	defer stuck.Stop()
	_ = k.process.Wait() // its exit status says how it was stopped, which is known
	k.process = nil
}

// grumble matches what keepalived logs when it does not like an advert.
var grumble = regexp.MustCompile(`(?i)invalid|mismatch|drop|discard|bogus|incorrect|expected|unable|error|wrong|differ|ignor`)

// routine matches what it logs of every advert that does not move it.
var routine = regexp.MustCompile(`received lower priority \(\d+\) advert from \S+ - discarding`)

// unhappy returns the lines of its log in which it complains.
func (k *keepalived) unhappy() []string {
	var lines []string
	for line := range strings.Lines(k.log()) {
		if grumble.MatchString(line) && !routine.MatchString(line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
