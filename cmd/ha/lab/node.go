package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/planner"
)

// startWithin bounds the wait for an enforcer to answer.
const startWithin = 30 * time.Second

// node is one machine of the lab.
type node struct {
	Member
	lab    *Lab
	host   *netlab.Host
	ports  []uint16
	state  string
	socket string

	mu      sync.Mutex
	process *netlab.Cmd
	ended   chan struct{} // closed when the process has ended
	servers []*http.Server
	cut     bool
}

// start brings a node up: responders, then the enforcer, which gets the plan unless it still has it.
func (n *node) start(ctx context.Context) error {
	if err := n.serve(); err != nil {
		return err
	}
	if !n.managed() {
		return nil
	}
	if err := n.spawn(); err != nil {
		return err
	}
	status, err := n.await(ctx)
	if err != nil {
		return err
	}
	if status.Generation > 0 {
		return nil // it boots from what was applied, without the repository
	}
	raw, err := n.raw()
	if err != nil {
		return err
	}
	request := control.ApplyRequest{Config: raw, By: "ha lab", MaxImpact: planner.ImpactOutage}
	result, err := n.api().Apply(ctx, request, func(control.Progress) {})
	if err != nil {
		return err
	}
	if result.Outcome != control.Applied {
		return fmt.Errorf("its plan was not applied (%s): %q", result.Outcome, result.Lines)
	}
	return nil
}

// spawn starts the enforcer process.
func (n *node) spawn() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process != nil {
		return nil
	}
	log, err := os.OpenFile(n.state+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process has its own
	cmd := n.host.Command(context.Background(), n.lab.options.Exe, "enforce", "--state-dir", n.state, "--via", "unix://"+n.socket)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C at the terminal is for the lab
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	n.process, n.ended = cmd, ended
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		n.mu.Lock()
		if n.process == cmd {
			n.process = nil
		}
		n.mu.Unlock()
		close(ended)
	}()
	return nil
}

// await returns the status as soon as the enforcer answers.
func (n *node) await(ctx context.Context) (control.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		s, err := n.api().Status(ctx)
		if err == nil {
			return s, nil
		}
		if !n.running() {
			return s, fmt.Errorf("its enforcer ended at once: %s", n.lastWords())
		}
		select {
		case <-ctx.Done():
			return s, fmt.Errorf("its enforcer does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// lastWords are the end of the enforcer's log.
func (n *node) lastWords() string {
	text, _ := os.ReadFile(n.state + ".log") // none: it said nothing
	return string(text[max(0, len(text)-600):])
}

func (n *node) api() *control.Client { return control.Dial(n.socket) }

func (n *node) running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.process != nil
}

// signal sends a signal to the enforcer and waits for its end.
func (n *node) signal(sig os.Signal) error {
	n.mu.Lock()
	process, ended := n.process, n.ended
	n.mu.Unlock()
	if process == nil {
		return nil
	}
	if err := process.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(15 * time.Second):
		return errors.Join(fmt.Errorf("%s did not end on %v", n.Name, sig), process.Process.Kill())
	}
}

// serve starts the responders.
func (n *node) serve() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.servers) > 0 {
		return nil
	}
	for _, port := range n.ports {
		var l net.Listener
		err := n.host.Do(func() (err error) {
			l, err = net.Listen("tcp", fmt.Sprintf(":%d", port))
			return err
		})
		if err != nil {
			return fmt.Errorf("listening on port %d: %w", port, err)
		}
		s := &http.Server{Handler: n.page(), ReadHeaderTimeout: time.Second}
		s.SetKeepAlivesEnabled(false)
		n.servers = append(n.servers, s)
		go func() { _ = s.Serve(l) }() // ends with Close
	}
	return nil
}

// page answers every request with the name of the node.
func (n *node) page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, n.Name)
	})
}

// silence stops the responders.
func (n *node) silence() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, s := range n.servers {
		errs = append(errs, s.Close())
	}
	n.servers = nil
	return errors.Join(errs...)
}

func (n *node) serving() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.servers) > 0
}

// link cuts the node off, or heals its link.
func (n *node) link(cut bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
	if cut {
		return n.lab.lan.Cut(n.host)
	}
	return n.lab.lan.Heal(n.host)
}

// isCut tells whether the node is cut off.
func (n *node) isCut() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cut
}

// end takes everything of the node away.
func (n *node) end() error {
	return errors.Join(n.silence(), n.signal(syscall.SIGKILL))
}
