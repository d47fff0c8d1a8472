package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSettings(t *testing.T) {
	tests := []struct{ name, text, err string }{
		{"an unknown word", "memory 512\n\nmodlues ip_vs\n", `3: "modlues" is not one of memory, cpus, have, modules, sysctl`},
		{"no value", "have # nothing\n", "1: have needs a value"},
		{"no number", "memory 1G\n", `1: "1G" is not one number from 128 to 65536`},
		{"two numbers", "cpus 1 2\n", `1: "1 2" is not one number from 1 to 64`},
		{"a sysctl that is a path", "sysctl net/ipv4/ip_forward=1\n", `1: sysctl "net/ipv4/ip_forward=1" is not NAME=VALUE with dots in the name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parseSettings(strings.NewReader(test.text)); err == nil || err.Error() != test.err {
				t.Errorf("got %v, want %s", err, test.err)
			}
		})
	}
	t.Run("the machine of this module", func(t *testing.T) {
		s, err := readSettings("../..")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(s.Modules, "ip_vs") || !slices.Contains(s.Have, "ipvs") {
			t.Errorf("no IPVS in %+v", s)
		}
	})
}

func TestOutputs(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want []string
		err  string
	}{
		{"nothing to write", []string{"-test.v", "-test.run=X", "-test.timeout=10m0s"}, nil, ""},
		{"a profile goes below the working directory", []string{"-test.cpuprofile=cpu.out"}, []string{"/pkg/cpu.out"}, ""},
		{"or below -test.outputdir", []string{"-test.trace=t", "-test.outputdir=/out"}, []string{"/out/t"}, ""},
		{"an absolute name stays", []string{"--test.coverprofile=/c", "-test.outputdir=/out"}, []string{"/c"}, ""},
		{"raw coverage is a folder", []string{"-test.gocoverdir=/cov"}, []string{"/cov"}, ""},
		{"flags of the test's own are its own", []string{"-trace=x"}, nil, ""},
		{"fuzzing is refused", []string{"-test.fuzz=FuzzX"}, nil, "fuzz without -exec"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := outputs(test.args, "/pkg")
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestFilesReturn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cov", "a", "b")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "cov"), filepath.Join(dir, "never-written")}
	var sent bytes.Buffer
	if err := sendFiles(&sent, paths); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "cov")); err != nil {
		t.Fatal(err)
	}
	if err := receiveFiles(bytes.NewReader(sent.Bytes()), []string{filepath.Join(dir, "co")}); err == nil {
		t.Error("a file that nobody asked for was taken")
	}
	if err := receiveFiles(bytes.NewReader(sent.Bytes()[:515]), paths); err == nil {
		t.Error("half a stream was taken")
	}
	if err := receiveFiles(&sent, paths); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(file); string(content) != "content" {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestGuestEnv(t *testing.T) {
	t.Setenv("HA_VM_FILES", "/usr/sbin/ipvsadm, /tmp/x:/usr/bin/ha")
	got := guestEnv([]string{"HA_HAVE=moon", "HA_VM_CACHE=/c", "HA_SEED=3", "SECRET=s", "GOGC=off", "PATH=/evil"}, []string{"ipvs"})
	want := []string{
		"PATH=" + guestPath, "HOME=/root", "USER=root", "TERM=dumb",
		"HA_SEED=3", "GOGC=off", "HA_HAVE=ipvs,ipvsadm,ha",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTimeLimit(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"-test.v":                         0,
		"-test.timeout=0s":                0,
		"-test.v -test.timeout=1m":        time.Minute + grace,
		"-test.timeout=soon -test.short":  0,
		"--test.timeout=10m0s -test.run=": 10*time.Minute + grace,
	} {
		if got := timeLimit(strings.Fields(args)); got != want {
			t.Errorf("%s: got %v, want %v", args, got, want)
		}
	}
}

func TestFollow(t *testing.T) {
	tests := []struct {
		name, lines string
		want        report
		ups         int
	}{
		{"a test that ended", `{"up":true}` + "\n" + `{"exited":true,"code":3}` + "\n", report{Exited: true, Code: 3}, 1},
		{"a guest that failed", `{"err":"no module"}` + "\n", report{Err: "no module"}, 0},
		{"a machine that died", `{"up":true}` + "\n", report{Up: true}, 1},
		{"garbage is the last word", "x\n" + `{"exited":true}` + "\n", report{Err: `unreadable report "x"`}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ups := 0
			got := follow(strings.NewReader(test.lines), func() { ups++ })
			if got != test.want || ups != test.ups {
				t.Errorf("got %+v after %d starts, want %+v after %d", got, ups, test.want, test.ups)
			}
		})
	}
}

func TestNoKernel(t *testing.T) {
	t.Setenv("HA_VM_CACHE", t.TempDir())
	if _, err := findKernel(); err == nil || !strings.Contains(err.Error(), "go run ./cmd/vmtest -prepare") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}

func TestLibraries(t *testing.T) {
	t.Run("a script needs none", func(t *testing.T) {
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if libs, err := libraries(script); err != nil || len(libs) != 0 {
			t.Errorf("got %v, %v", libs, err)
		}
	})
	t.Run("a dynamic program needs its loader", func(t *testing.T) {
		libs, err := libraries("/bin/ls")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(libs, func(s string) bool { return strings.Contains(s, "ld-linux") }) {
			t.Errorf("no loader in %v", libs)
		}
	})
	t.Run("a program that is not there", func(t *testing.T) {
		if _, err := libraries("/no/such"); err == nil {
			t.Error("no error")
		}
	})
}

func TestArchiveRefuses(t *testing.T) {
	a := newArchive(io.Discard)
	a.Bytes("relative", 0o644, nil)
	if err := a.Close(); err == nil {
		t.Error("a relative path was taken")
	}
	a = newArchive(io.Discard)
	a.Stream("/short", 0o644, 10, strings.NewReader("five!"))
	if err := a.Close(); err == nil {
		t.Error("a file that shrank while it was read was taken")
	}
}
