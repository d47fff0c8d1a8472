package secret

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// secretFile writes a secret and returns the reference to it.
func secretFile(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return "file:" + path
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vrrp"), []byte("of systemd"), 0o400); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	t.Setenv("HA_TEST_SECRET", "of the environment")
	tests := []struct {
		name, ref, want, wrong, remark string
	}{
		{name: "file", ref: secretFile(t, "s3cr3t", 0o600), want: "s3cr3t"},
		{name: "one line break is cut", ref: secretFile(t, "s3cr3t \r\n", 0o600), want: "s3cr3t "},
		{name: "bytes as digits", ref: secretFile(t, "hex:00ff0a\n", 0o600), want: "\x00\xff\x0a"},
		{name: "environment", ref: "env:HA_TEST_SECRET", want: "of the environment"},
		{name: "credential", ref: "cred:vrrp", want: "of systemd"},
		{name: "open to all", ref: secretFile(t, "s3cr3t", 0o644), want: "s3cr3t", remark: "chmod 600"},
		{name: "no file", ref: "file:/no/such/file", wrong: "no such file"},
		{name: "a relative path", ref: "file:key", wrong: "not an absolute path"},
		{name: "a folder", ref: "file:" + dir, wrong: "no regular file"},
		{name: "a pipe that nobody writes to", ref: "file:" + pipe, wrong: "no regular file"},
		{name: "too long", ref: secretFile(t, strings.Repeat("x", 5000), 0o600), wrong: "5000 bytes"},
		{name: "empty", ref: secretFile(t, "\n", 0o600), wrong: "empty"},
		{name: "bad digits", ref: secretFile(t, "hex:s3cr3t", 0o600), wrong: "hexadecimal"},
		{name: "no variable", ref: "env:HA_TEST_NO_SECRET", wrong: "not set"},
		{name: "no credential", ref: "cred:other", wrong: "no such file"},
		{name: "a credential elsewhere", ref: "cred:../key", wrong: "none can have that name"},
		{name: "nothing", ref: "s3cr3t", wrong: "neither"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, remark, err := Read(tt.ref)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), tt.ref) {
					t.Errorf("got %q, %v, want an error with the reference and %q", got, err, tt.wrong)
				}
				return
			}
			if err != nil || string(got) != tt.want || !strings.Contains(remark, tt.remark) || (remark == "") != (tt.remark == "") {
				t.Errorf("got %q, the remark %q, %v", got, remark, err)
			}
		})
	}
}
