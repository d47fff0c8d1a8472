package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// entryEvents are what can happen to a name in a folder, and to the folder itself (inotify(7)).
	entryEvents = unix.IN_CREATE | unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_ATTRIB |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	// contentEvents are what can happen to the file, also when it is reached by a symbolic link.
	contentEvents = unix.IN_CLOSE_WRITE | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
)

// fileWatch is a file, with each folder on the way to it, among those that share an inotify descriptor. The lock of folders guards
// it.
type fileWatch struct {
	path   string
	names  map[int32]string // by watch: the name that matters in a folder; "" for all that happens
	rung   chan struct{}    // something happened; holds one ring
	failed error            // the descriptor has
}

func (w *fileWatch) ring() {
	select {
	case w.rung <- struct{}{}:
	default:
	}
}

// share lets the file be watched with others.
func (f *File) share(with *folders) { f.folders = with }

// Watch implements [Watcher]. A file counts as changed when it was closed after writing, not while it is half written, as keepalived has it.
func (f *File) Watch(ctx context.Context, wake func()) error {
	shared := f.folders
	if shared == nil {
		shared = &folders{}
	}
	w := &fileWatch{path: f.Path, rung: make(chan struct{}, 1)}
	if err := shared.join(w); err != nil {
		return fmt.Errorf("watch %s: %w", f.Path, err)
	}
	defer shared.leave(w)
	for {
		if err := shared.arm(w); err != nil {
			return fmt.Errorf("watch %s: %w", f.Path, err)
		}
		wake() // after the watches stand: what happened before, the probe sees
		select {
		case <-ctx.Done():
			return nil
		case <-w.rung:
		}
	}
}

// add watches the file and each folder on the way to it, as far as they are there now.
func (w *fileWatch) add(fd int) error {
	dir := "/"
	for _, name := range strings.Split(w.path[1:], "/") {
		if err := w.addOne(fd, dir, name, entryEvents); err != nil {
			return err
		}
		dir = filepath.Join(dir, name)
	}
	return w.addOne(fd, w.path, "", contentEvents)
}

// addOne watches one folder or file; one that is not there, or that may not be looked at, is no error: its folder tells when
// that changes.
func (w *fileWatch) addOne(fd int, path, name string, mask uint32) error {
	wd, err := unix.InotifyAddWatch(fd, path, mask|unix.IN_MASK_ADD)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EACCES), errors.Is(err, unix.ELOOP):
		return nil
	case err != nil:
		return err
	}
	if other, twice := w.names[int32(wd)]; twice && other != name {
		name = "" // two folders of the way are one, by a link
	}
	w.names[int32(wd)] = name
	return nil
}

// concerns reports whether one of the events read is about the file or the way to it.
func (w *fileWatch) concerns(events []byte) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(events))
		mask := binary.NativeEndian.Uint32(events[4:])
		size := int(binary.NativeEndian.Uint32(events[12:])) // of the name, with its padding
		events = events[unix.SizeofInotifyEvent:]
		if size > len(events) {
			return true // it cannot be: better once too often
		}
		name := string(bytes.TrimRight(events[:size], "\x00"))
		events = events[size:]
		ours, watched := w.names[wd]
		if mask&unix.IN_Q_OVERFLOW != 0 || watched && mask&unix.IN_IGNORED == 0 && (name == "" && !harmless(mask) || ours == "" || name == ours) {
			return true
		}
	}
	return false
}

// harmless reports whether an event about a folder itself leaves its names as they are.
func harmless(mask uint32) bool {
	return mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_ATTRIB) == 0
}
