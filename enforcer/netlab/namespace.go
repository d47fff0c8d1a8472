package netlab

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace, kept alive by a descriptor and, if it has a name, by a mount. Its methods may be
// called from any goroutine until Close.
type Namespace struct {
	name string // empty: anonymous
	file *os.File
}

// New makes an anonymous namespace whose lo is up. It ends when it is closed and the last process and socket in it has
// gone, so nothing of it outlives this process. Needs CAP_SYS_ADMIN; the error wraps the errno.
func New() (*Namespace, error) {
	return create("", func(string) error { return nil })
}

// create makes a namespace on a thread of its own, lets keep hold on to it by its path in /proc, and prepares it.
func create(name string, keep func(path string) error) (*Namespace, error) {
	n := &Namespace{name: name}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		path := fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("open the new network namespace: %w", err)
		}
		n.file = file
		return keep(path)
	})
	if err == nil {
		err = n.prepare()
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// Name is the name under /run/netns; empty for an anonymous namespace.
func (n *Namespace) Name() string { return n.name }

// FD is the descriptor that keeps the namespace alive, for netlink.NewHandleAt, ipvs.New and the like. It belongs to
// the Namespace; do not close it.
func (n *Namespace) FD() int { return int(n.file.Fd()) }

// Path names the namespace in the file system of this process.
func (n *Namespace) Path() string { return fmt.Sprintf("/proc/self/fd/%d", n.FD()) }

// Do runs fn inside the namespace and returns its error. The thread on which fn runs ends afterwards, so fn may change
// it at will; sockets and handles that fn opens stay in the namespace and may be used from anywhere. Goroutines that
// fn starts run elsewhere. Calling t.FailNow in fn only ends fn, with an error from Do.
func (n *Namespace) Do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(n.FD(), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter network namespace %s: %w", n, err)
		}
		return fn()
	})
}

// String is the name, or the descriptor of an anonymous namespace.
func (n *Namespace) String() string {
	if n.name != "" {
		return n.name
	}
	return fmt.Sprintf("anonymous-%d", n.FD())
}

// Close gives the namespace up and removes its name. Processes that still run in it keep it alive: stop them first.
// A second Close does nothing.
func (n *Namespace) Close() error {
	if n.file == nil {
		return nil
	}
	err := n.file.Close()
	n.file = nil
	if n.name != "" {
		err = errors.Join(err, removeName(n.name))
	}
	return err
}

// errUnfinished is what Do returns when fn ended its goroutine instead of returning.
var errUnfinished = errors.New("the function ended its goroutine instead of returning")

// onThread runs fn on a thread that serves nobody else and ends with fn: a thread that was in another namespace must
// not go back to the scheduler. The main thread cannot end (and /proc/self shows its namespace), so it is left alone.
func onThread(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			result <- onThread(fn) // this goroutine holds the main thread, so the next one gets another
			runtime.UnlockOSThread()
			return
		}
		err := errUnfinished
		defer func() { result <- err }() // also when fn calls runtime.Goexit
		err = fn()
	}()
	return <-result
}
