package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/kernel"
)

// machine is what commands act on. main builds it from the process, tests from what they need.
type machine struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	terminal       func(stream any) bool // whether a stream is a terminal
	now            func() time.Time
	user           func() string
	names          func() (hostname string, addresses []netip.Addr) // what this machine is called
	openKernel     func() (enforcer.Kernel, error)
}

func systemMachine() *machine {
	return &machine{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ(),
		terminal: isTerminal, now: time.Now, user: currentUser, names: localNames,
		openKernel: func() (enforcer.Kernel, error) { return kernel.New(kernel.Options{}) },
	}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func currentUser() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

// localNames is how this machine finds itself among the nodes: by its host name or one of its addresses.
func localNames() (string, []netip.Addr) {
	host, _ := os.Hostname()              // none: addresses may still tell
	interfaces, _ := net.InterfaceAddrs() // none: the name may still tell
	var addresses []netip.Addr
	for _, a := range interfaces {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addresses = append(addresses, p.Addr())
		}
	}
	return host, addresses
}

// getenv returns an environment variable, empty when unset.
func (m *machine) getenv(name string) string {
	for _, kv := range m.environ {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// interactive tells whether a question may be asked.
func (m *machine) interactive() bool {
	return m.terminal(m.stdin) && m.terminal(m.stderr) && m.getenv("CI") == "" && m.getenv("HA_INPUT") != "0"
}

// color tells whether output is coloured.
func (m *machine) color(word string) (bool, error) {
	switch word {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, leave(exitUsage, "--color is auto, always or never, not %q", word)
	}
	if force := m.getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true, nil
	}
	return m.terminal(m.stdout) && m.getenv("TERM") != "dumb" && m.getenv("NO_COLOR") == "", nil
}

// addVia adds the flag that says which enforcer is asked.
func addVia(cmd *cobra.Command, via *string) {
	cmd.Flags().StringVar(via, "via", "", "the enforcer to ask, as unix:///path (default $HA_VIA, or unix://"+control.DefaultSocket+")")
}

// dial returns a client for the enforcer that --via, $HA_VIA or the default names.
func (m *machine) dial(via string) (*control.Client, error) {
	path, err := m.socketOf(via)
	if err != nil {
		return nil, err
	}
	return control.Dial(path), nil
}

// socketOf is the path of the socket that --via, $HA_VIA or the default names: where an enforcer listens, and where it is asked.
func (m *machine) socketOf(via string) (string, error) {
	if via == "" {
		via = m.getenv("HA_VIA")
	}
	if via == "" {
		via = "unix://" + control.DefaultSocket
	}
	path, ok := strings.CutPrefix(via, "unix://")
	if !ok || !strings.HasPrefix(path, "/") {
		return "", leave(exitUsage, "%q is no way to an enforcer: write unix:///path/to/socket", via)
	}
	return path, nil
}

// unreachable is the end of a command that needs an enforcer and has none.
func (m *machine) unreachable(err error) error {
	if errors.Is(err, control.ErrNoEnforcer) {
		return leave(exitUnavailable, "%w. Is it running? Start it with: ha enforce", err)
	}
	return leave(exitUnavailable, "%w", err)
}

// printf writes for people beside the result: progress, questions, remarks.
func (m *machine) remark(format string, args ...any) { fmt.Fprintf(m.stderr, format, args...) }
