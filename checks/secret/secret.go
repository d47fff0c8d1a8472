// Package secret reads secrets on the node that uses them: passwords and keys, to which configurations and plans only refer.
package secret

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxSecret bounds a secret in bytes: a reference to the wrong file must not fill the memory.
const maxSecret = 4096

// Read resolves a reference on this node: "file:/path", "env:NAME" or "cred:NAME", a systemd credential. A line
// break at the end is cut, and "hex:" in front says that bytes are written as digits. remark is what a person should
// know about it; errors never show the secret.
func Read(ref string) (secret []byte, remark string, err error) {
	kind, name, _ := strings.Cut(ref, ":")
	switch kind {
	case "file":
		secret, remark, err = readSecretFile(name)
	case "env":
		value, set := os.LookupEnv(name)
		if !set {
			err = errors.New("the environment variable is not set")
		}
		secret = []byte(value)
	case "cred":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" || name != filepath.Base(name) {
			return nil, "", fmt.Errorf("secret %s: systemd gave no credentials, or none can have that name; add LoadCredential=%s:/path to the unit", ref, name)
		}
		secret, remark, err = readSecretFile(filepath.Join(dir, name))
	default:
		err = errors.New("it is neither file:/path, env:NAME nor cred:NAME")
	}
	if err != nil {
		return nil, "", fmt.Errorf("secret %s: %w", ref, err)
	}
	secret = []byte(strings.TrimSuffix(strings.TrimSuffix(string(secret), "\n"), "\r"))
	if digits, ok := strings.CutPrefix(string(secret), "hex:"); ok {
		if secret, err = hex.DecodeString(digits); err != nil {
			return nil, "", fmt.Errorf("secret %s: what follows hex: is not pairs of hexadecimal digits", ref)
		}
	}
	if len(secret) == 0 {
		return nil, "", fmt.Errorf("secret %s: it is empty", ref)
	}
	if remark != "" {
		remark = "secret " + ref + ": " + remark
	}
	return secret, remark, nil
}

// readSecretFile reads a regular file. It does not wait for a pipe, as nobody may hold up who asks.
func readSecretFile(path string) (secret []byte, remark string, err error) {
	if !filepath.IsAbs(path) {
		return nil, "", fmt.Errorf("%q is not an absolute path", path)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, "", err
	case !info.Mode().IsRegular():
		return nil, "", errors.New("it is no regular file")
	case info.Size() > maxSecret:
		return nil, "", fmt.Errorf("it has %d bytes, more than the %d that a secret may have", info.Size(), maxSecret)
	case info.Mode().Perm()&0o004 != 0:
		remark = "everybody on this machine can read the file; use chmod 600"
	}
	secret, err = io.ReadAll(io.LimitReader(f, maxSecret))
	return secret, remark, err
}
