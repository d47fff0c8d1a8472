package checks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// folders is one inotify descriptor for all files that are watched: a user may have few of them
// (fs.inotify.max_user_instances, 128 by default), and many watches. It is open while a file is. The zero value is ready for use.
type folders struct {
	mu      sync.Mutex
	file    *os.File // nil: nothing is watched
	users   map[*fileWatch]bool
	watched map[int32]map[*fileWatch]bool // by watch: who has it
}

// join opens the descriptor for the first file.
func (f *folders) join(w *fileWatch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return err
		}
		f.file = os.NewFile(uintptr(fd), "inotify")
		f.users, f.watched = map[*fileWatch]bool{}, map[int32]map[*fileWatch]bool{}
		go f.read(f.file)
	}
	f.users[w] = true
	return nil
}

// leave ends the watches of a file, and closes the descriptor with the last one.
func (f *folders) leave(w *fileWatch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.users[w] {
		return // the descriptor has failed
	}
	delete(f.users, w)
	if len(f.users) == 0 {
		_ = f.file.Close() // ends read
		f.file = nil
		return
	}
	before := w.names
	w.names = nil
	f.drop(w, before)
}

// read hands out events until the descriptor is closed, or fails: then all that are watched start anew.
func (f *folders) read(file *os.File) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		f.mu.Lock()
		if f.file != file {
			f.mu.Unlock()
			return
		}
		if err != nil {
			for w := range f.users {
				w.failed = fmt.Errorf("read events: %w", err)
				w.ring()
			}
			_ = file.Close() // it has failed
			f.file, f.users = nil, nil
			f.mu.Unlock()
			return
		}
		f.tell(buffer[:n])
		f.mu.Unlock()
	}
}

// tell rings for each file that an event is about; called with the lock.
func (f *folders) tell(events []byte) {
	for len(events) >= unix.SizeofInotifyEvent {
		size := min(len(events), unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(events[12:])))
		event := events[:size]
		events = events[size:]
		wd, mask := int32(binary.NativeEndian.Uint32(event)), binary.NativeEndian.Uint32(event[4:])
		concerned := f.watched[wd]
		if mask&unix.IN_Q_OVERFLOW != 0 {
			concerned = f.users
		}
		for w := range concerned {
			if w.concerns(event) {
				w.ring()
			}
		}
		if mask&unix.IN_IGNORED != 0 {
			delete(f.watched, wd) // the kernel gives the number to nobody else
		}
	}
}

// arm makes the watches of a file those that its way needs now.
func (f *folders) arm(w *fileWatch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.failed != nil {
		return w.failed
	}
	raw, err := f.file.SyscallConn()
	if err != nil {
		return err
	}
	before := w.names
	w.names = map[int32]string{}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = w.add(int(fd)) })
	for wd := range w.names {
		if f.watched[wd] == nil {
			f.watched[wd] = map[*fileWatch]bool{}
		}
		f.watched[wd][w] = true
	}
	f.drop(w, before)
	return errors.Join(err, failed)
}

// drop ends the watches that a file no longer needs, and nobody else has; called with the lock.
func (f *folders) drop(w *fileWatch, before map[int32]string) {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return // it is closed
	}
	_ = raw.Control(func(fd uintptr) { // as above
		for wd := range before {
			if _, still := w.names[wd]; still {
				continue
			}
			delete(f.watched[wd], w)
			if len(f.watched[wd]) == 0 {
				delete(f.watched, wd)
				_, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) // it is gone already if what it watched was deleted
			}
		}
	})
}
