package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// smallDisk mounts a file system of some bytes at a path until the test ends.
func smallDisk(t *testing.T, path string, size string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, 0); err != nil {
			t.Errorf("unmount %s: %v", path, err)
		}
	})
}

// fill takes the space of a file system until only free bytes are left.
func fill(t *testing.T, dir string, free int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for {
		var s unix.Statfs_t
		if err := unix.Statfs(dir, &s); err != nil {
			t.Fatal(err)
		}
		if int64(s.Bfree)*s.Bsize <= free {
			return
		}
		if _, err := f.Write(page); errors.Is(err, unix.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// command runs ha as a person would, and returns its exit code and all that it printed.
func command(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	m := systemMachine()
	m.stdin, m.stdout, m.stderr = strings.NewReader(""), &out, &out
	code := execute(t.Context(), m, args)
	return code, out.String()
}

// applyText applies a configuration to a director with ha apply.
func applyText(t *testing.T, d *director, text string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return command(t, "apply", dir, "--via", "unix://"+d.socket, "--node", d.node, "--yes", "--max-impact", "outage")
}

// A state directory that takes no more changes nothing: the apply is refused before the kernel is touched, or taken back
// where only the last file does not fit, and works again as soon as there is room.
func TestADiskThatTakesNothingChangesNothing(t *testing.T) {
	netlab.Need(t, "netns", "root")
	const size = 40
	one, two := crowdText(1, size), crowdText(2, size)
	r := newRig(t, one)
	disk := filepath.Join(r.dir, "a")
	smallDisk(t, disk, "2m")
	d := r.director("a")
	d.start()
	if code, out := applyText(t, d, two); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	info, err := os.Stat(filepath.Join(disk, "generations", "00000002.json"))
	if err != nil {
		t.Fatal(err)
	}
	if code, out := applyText(t, d, one); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	d.becomes("Active")
	remount := func(flags uintptr) {
		t.Helper()
		if err := unix.Mount("", disk, "", unix.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	unfill := func() {
		t.Helper()
		if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
			t.Fatal(err)
		}
	}
	generation := 3
	tests := []struct {
		name      string
		do, undo  func()
		code      exit
		text      string
		unchanged string
	}{
		{"a full disk", func() { fill(t, disk, 0) }, unfill, exitRefused, "no space left on device", "Nothing was changed"},
		{
			"a disk with room for the journal only", func() { fill(t, disk, info.Size()+2*4096) }, unfill,
			exitError, "no space left on device", "taken back",
		},
		{
			"a disk that is read-only", func() { remount(unix.MS_RDONLY) }, func() { remount(0) },
			exitRefused, "read-only file system", "Nothing was changed",
		},
	}
	for _, tt := range tests {
		tt.do()
		code, out := applyText(t, d, two)
		if code != int(tt.code) || !strings.Contains(out, tt.text) || !strings.Contains(out, tt.unchanged) {
			t.Errorf("%s: got exit code %d and\n%s\nwant %d, %q and %q", tt.name, code, out, tt.code, tt.text, tt.unchanged)
		}
		if !holds(t, d.addresses, crowd(1, size), true) || !holds(t, d.addresses, crowd(2, size), false) {
			t.Errorf("%s: the kernel is not as before", tt.name)
		}
		d.settled()
		if now := d.status().Generation; now != generation {
			t.Errorf("%s: generation %d, want %d as before", tt.name, now, generation)
		}
		tt.undo()
	}
	if s := d.vip().State; s != "Active" {
		t.Errorf("the election became %s", s)
	}
	files, err := os.ReadDir(filepath.Join(disk, "generations"))
	if err != nil || len(files) != generation {
		t.Errorf("%d files in generations, want %d: %v %v", len(files), generation, files, err)
	}
	if code, out := applyText(t, d, two); code != 0 {
		t.Errorf("with room again: exit code %d: %s", code, out)
	}
	d.stop()
}
