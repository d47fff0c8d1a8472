package worker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// process is a worker seen from the core.
type process struct {
	cmd  *exec.Cmd
	conn *os.File
}

// spawn starts a worker in a process group of its own, with the other end of a socket pair as FD.
func spawn(o Options) (*process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("socket pair for the worker: %w", err)
	}
	defer theirs.Close() //nolint:errcheck // the worker has its own
	cmd := exec.Command(o.Exe, o.Args...)
	cmd.Env = o.Env
	cmd.Stderr = os.Stderr // its last words belong into the same log
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the worker: %w", err), ours.Close())
	}
	return &process{cmd: cmd, conn: ours}, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// fallSilent tells the worker that nothing more will come.
func (p *process) fallSilent() {
	raw, err := p.conn.SyscallConn()
	if err != nil {
		return // it is closed already
	}
	_ = p.conn.SetWriteDeadline(time.Unix(1, 0))                                   // whoever is sending stops
	_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_WR) }) // an error says that it is gone
}

// end waits until the process has ended, kills it when that takes longer than grace, and kills whatever it left
// behind in its group. It returns how it ended; nil is exit code 0.
func (p *process) end(grace time.Duration) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// Without reaping it: until then nobody else can get its number, and the group's signals go where they should.
		for errors.Is(unix.Waitid(unix.P_PID, p.pid(), nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
		}
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		p.kill()
		<-ended
	}
	p.kill() // whom it left behind
	return p.cmd.Wait()
}

// kill kills all of the worker's process group. An error says that nobody is left.
func (p *process) kill() { _ = unix.Kill(-p.pid(), unix.SIGKILL) }

// socketPair returns two connected stream sockets that close on exec.
func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "core"), nil
}
