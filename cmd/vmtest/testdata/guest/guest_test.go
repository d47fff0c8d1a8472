// Package guest is what vmtest's own test runs in the machine.
package guest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets the outer test ask for an exit code.
func TestMain(m *testing.M) {
	if os.Getenv("HA_GUEST_EXIT") != "" {
		fmt.Print("no newline at the end")
		fmt.Fprint(os.Stderr, "on stderr\r\n\x00\xff")
		os.Exit(7)
	}
	m.Run()
}

func TestMachine(t *testing.T) {
	if os.Getenv("HA_GUEST") == "" {
		t.Skip("runs in the machine that cmd/vmtest boots")
	}
	t.Run("IPVS answers", func(t *testing.T) {
		content, err := os.ReadFile("/proc/net/ip_vs")
		if err != nil || !strings.HasPrefix(string(content), "IP Virtual Server version") {
			t.Errorf("got %q, %v", content, err)
		}
	})
	t.Run("every scheduler is loaded", func(t *testing.T) {
		modules, err := os.ReadFile("/proc/modules")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range strings.Fields("rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq") {
			if !strings.Contains("\n"+string(modules), "\nip_vs_"+s+" ") {
				t.Errorf("no ip_vs_%s", s)
			}
		}
	})
	t.Run("loopback carries traffic", func(t *testing.T) {
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Error(err)
				continue
			}
			defer l.Close()
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				continue
			}
			conn.Close()
		}
	})
	t.Run("the module is where it was", func(t *testing.T) {
		if _, err := os.Stat("guest_test.go"); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat("../../../../testdata/vm/machine"); err != nil {
			t.Error(err)
		}
	})
	t.Run("the environment says what is there", func(t *testing.T) {
		machine, err := os.ReadFile("../../../../testdata/vm/machine")
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(machine)) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "have" {
				want = append(want, words[1:]...)
			}
		}
		if len(want) < 3 { // else this test understands nothing of that file
			t.Fatalf("the machine promises only %q", want)
		}
		if got, want := os.Getenv("HA_HAVE"), strings.Join(append(want, "ls"), ","); got != want {
			t.Errorf("HA_HAVE is %q, want %q", got, want)
		}
	})
	t.Run("a program came with its libraries", func(t *testing.T) {
		out, err := exec.Command("/opt/ls", "/proc/self/exe").CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("links of every kind can be made", func(t *testing.T) {
		for _, args := range []string{
			"link add v0 type veth peer name v1", "link add d0 type dummy", "link add br0 type bridge",
			"link add link v0 name m0 type macvlan mode bridge", "link add vrf0 type vrf table 9",
		} {
			if out, err := exec.Command("busybox", strings.Fields("ip "+args)...).CombinedOutput(); err != nil {
				t.Errorf("busybox ip %s: %v: %s", args, err, out)
			}
		}
	})
	t.Run("scripts find their shell, and brought programs before busybox", func(t *testing.T) {
		dir := t.TempDir()
		for name, text := range map[string]string{"/script": "#!/bin/sh\ncat /dev/null && ip", "/ip": "#!/bin/sh\necho ours"} {
			if err := os.WriteFile(dir+name, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
		if out, err := exec.Command(dir + "/script").CombinedOutput(); err != nil || string(out) != "ours\n" {
			t.Errorf("got %s, %v", out, err)
		}
	})
	t.Run("modprobe finds what is loaded", func(t *testing.T) {
		if out, err := exec.Command("modprobe", "-va", "ip_vs").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("much output arrives whole", func(t *testing.T) {
		for i := range 20000 {
			fmt.Printf("line %d\n", i)
		}
	})
}
