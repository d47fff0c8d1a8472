package enforcer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// heritageEnv is the environment variable in which a program tells the one that takes its place, in the same process, what it
// left open: "PID record listener socket…", descriptors but for the first.
const heritageEnv = "HA_HERITAGE"

// Heritage is what the program before left in this process when it made place for it (exec(2)).
type Heritage struct {
	record   []byte
	listener int
	sockets  []int
}

// TakeHeritage takes what the program before left, nil when there was none. Whatever is wrong with it, nothing of it
// stays open unknown to the rest of the program, and children do not get it. Call it once, first of all.
func TakeHeritage() (*Heritage, error) {
	text, set := os.LookupEnv(heritageEnv)
	if !set {
		return nil, nil
	}
	if err := os.Unsetenv(heritageEnv); err != nil {
		return nil, err
	}
	var numbers []int
	for _, word := range strings.Fields(text) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("$%s is %.100q: it is no list of descriptors", heritageEnv, text)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) < 3 || numbers[0] != os.Getpid() {
		return nil, nil // it was meant for another process, whose environment we got
	}
	for _, fd := range numbers[1:] {
		unix.CloseOnExec(fd)
	}
	reap()
	h := &Heritage{listener: numbers[2], sockets: numbers[3:]}
	file := os.NewFile(uintptr(numbers[1]), "record")
	if file == nil {
		return h, errors.New("the record of the program before is no file")
	}
	content, err := io.ReadAll(io.NewSectionReader(file, 0, maxRecord))
	if err = errors.Join(err, file.Close()); err != nil {
		return h, fmt.Errorf("reading the record of the program before: %w", err)
	}
	h.record = content
	return h, nil
}

// reap buries the children of the program before that it did not bury itself.
func reap() {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
	}
}

// Listener is the control socket of the program before: who asked in between is answered.
func (h *Heritage) Listener() (net.Listener, error) {
	file := os.NewFile(uintptr(h.listener), "control")
	if file == nil {
		return nil, errors.New("the control socket of the program before is no file")
	}
	l, err := net.FileListener(file) // has a descriptor of its own
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("taking over the control socket: %w", err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(true)
	}
	return l, nil
}

// keepListener returns a descriptor of a listener that outlives exec(2).
func keepListener(l net.Listener) (fd int, err error) {
	u, ok := l.(*net.UnixListener)
	if !ok {
		return -1, fmt.Errorf("a control socket of kind %T cannot be handed over", l)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd = -1
	inner := raw.Control(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD, 3) })
	return fd, errors.Join(err, inner)
}

// keepRecord returns a descriptor of a file in memory with a record, which outlives exec(2): no disk can be full or slow.
func keepRecord(content []byte) (fd int, err error) {
	if fd, err = unix.MemfdCreate("ha-record", 0); err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	for at := 0; at < len(content); {
		n, err := unix.Write(fd, content[at:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			_ = unix.Close(fd) // the first error is the one to tell
			return -1, os.NewSyscallError("write", err)
		}
		at += n
	}
	return fd, nil
}
