package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxFileValue bounds the number in a file either way: more could not change a priority any further.
	maxFileValue = 254
	// maxNumberFile is how many bytes a file may have whose content is a number.
	maxNumberFile = 256
	// textLimit is how many bytes of a file are searched for a text.
	textLimit = 64 << 10
	// refill is how long whoever writes a number may leave the file empty: a shell that redirects into a file empties it first.
	refill = 20 * time.Millisecond
)

// File is healthy when a regular file of the node can be read and holds what it should: a number, which it reports; a text;
// or anything. It hears of changes by inotify(7).
type File struct {
	FileConfig
	folders *folders // by which changes are heard of; nil: one of its own
}

func newFile(c Config) (Check, error) {
	f := c.File
	switch {
	case f == nil:
		return nil, errors.New(`check "file" has no arguments`)
	case c.Target.IsValid():
		return nil, fmt.Errorf(`check "file" has the target %v, and a file is of the node itself`, c.Target)
	}
	err := errors.Join(
		unless(filepath.IsAbs(f.Path) && filepath.Clean(f.Path) == f.Path && f.Path != "/", "path %q is not the absolute path of a file, in its shortest form", f.Path),
		unless(len(f.Path) < unix.PathMax && !strings.Contains(f.Path, "\x00"), "the path is longer than %d bytes, or has a zero byte", unix.PathMax-1),
		unless(!f.Number || f.Text == "", "the content is to be a number, and to hold a text"),
	)
	if err != nil {
		return nil, err
	}
	return &File{FileConfig: *f}, nil
}

// Probe reads the file once.
func (f *File) Probe(ctx context.Context) error {
	_, err := f.Measure(ctx)
	return err
}

// Measure reads the file once; the value is the number in it, -254 to 254, and 0 when it fails or holds something else.
func (f *File) Measure(ctx context.Context) (int64, error) {
	limit := textLimit
	if f.Number {
		limit = maxNumberFile + 1
	}
	content, err := readHead(f.Path, limit)
	if f.Number && err == nil && len(content) == 0 {
		select {
		case <-ctx.Done():
		case <-time.After(refill):
		}
		content, err = readHead(f.Path, limit)
	}
	switch {
	case err != nil:
		return 0, err
	case f.Number:
		return numberIn(f.Path, content)
	case !bytes.Contains(content, []byte(f.Text)):
		return 0, fmt.Errorf("%s does not hold %q in its first %d bytes", f.Path, f.Text, len(content))
	}
	return 0, nil
}

// readHead returns the first bytes of a regular file. Others, a pipe for instance, could block or never end.
func readHead(path string, limit int) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, inWords(bare(err)))
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	var content []byte
	if err == nil {
		content, err = io.ReadAll(io.LimitReader(file, int64(limit)))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, inWords(bare(err)))
	}
	return content, nil
}

// bare is an error without the path that os adds to it.
func bare(err error) error {
	if of, is := errors.AsType[*os.PathError](err); is {
		return of.Err
	}
	return err
}

// numberIn reads the content of a file as keepalived does: decimal, hexadecimal with 0x, or octal with 0, with blanks around it.
func numberIn(path string, content []byte) (int64, error) {
	word := string(bytes.TrimSpace(content))
	switch {
	case len(content) > maxNumberFile:
		return 0, fmt.Errorf("%s has more than %d bytes, and no number", path, maxNumberFile)
	case word == "":
		return 0, fmt.Errorf("%s is empty, and should hold a number", path)
	}
	n, err := strconv.ParseInt(word, 0, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (n < -maxFileValue || n > maxFileValue):
		return 0, fmt.Errorf("%s holds %.40s, which is not from %d to %d", path, word, -maxFileValue, maxFileValue)
	case err != nil:
		return 0, fmt.Errorf("%s holds %.40q, which is no number", path, word)
	}
	return n, nil
}
