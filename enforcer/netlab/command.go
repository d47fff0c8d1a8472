package netlab

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
)

// Cmd is an exec.Cmd whose process runs in a namespace.
type Cmd struct {
	*exec.Cmd
	namespace *Namespace
}

// Command prepares a process that will run inside the namespace; everything else, and its use, are as with
// exec.CommandContext. Only the network differs: files and processes are those of this machine.
func (n *Namespace) Command(ctx context.Context, name string, args ...string) *Cmd {
	return &Cmd{Cmd: exec.CommandContext(ctx, name, args...), namespace: n}
}

// Start starts the process. SysProcAttr.Pdeathsig is refused: the kernel sends it when the starting thread ends, and
// that thread ends at once.
func (c *Cmd) Start() error {
	if c.SysProcAttr != nil && c.SysProcAttr.Pdeathsig != 0 {
		return errors.New("start " + c.Path + ": Pdeathsig cannot be used, its thread does not last")
	}
	return c.namespace.Do(c.Cmd.Start)
}

// Run starts the process and waits until it ends.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the process and returns what it wrote to its standard output.
func (c *Cmd) Output() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run()
	return out.Bytes(), err
}

// CombinedOutput runs the process and returns what it wrote to its standard output and standard error.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.Bytes(), err
}
