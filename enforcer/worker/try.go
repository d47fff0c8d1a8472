package worker

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Try lets the worker run a program to its end, for a program that must not fork itself, and returns the beginning of what it
// printed. The error says how it failed, with its last words, or that there was no worker to run it. One at a time; ctx bounds
// the wait, and half of its time is what the program gets.
func (c *Client) Try(ctx context.Context, path string, args ...string) (output string, err error) {
	c.trying.Lock()
	defer c.trying.Unlock()
	select {
	case <-c.tried: // of a question that was given up
	default:
	}
	within := 10 * time.Second
	if end, bounded := ctx.Deadline(); bounded {
		within = time.Until(end) / 2
	}
	select {
	case c.tries <- try{Path: path, Args: args, Within: within}:
	case <-c.done:
		return "", errors.New("the worker, which would have to start it, has ended")
	case <-ctx.Done():
		return "", errors.New("the worker, which would have to start it, does not answer")
	}
	select {
	case t := <-c.tried:
		if t.Err != "" {
			return t.Output, errors.New(t.Err)
		}
		return t.Output, nil
	case <-c.done:
		return "", errors.New("the worker ended while it ran it")
	case <-ctx.Done():
		return "", errors.New("the worker did not tell in time what became of it")
	}
}

// run runs the program.
func (t *try) run() *tried {
	ctx, cancel := context.WithTimeout(context.Background(), t.Within)
	defer cancel()
	runtime.LockOSThread() // the program is killed when the thread that started it ends, and this one lasts as long
	defer runtime.UnlockOSThread()
	var out, words head
	cmd := exec.CommandContext(ctx, t.Path, t.Args...)
	cmd.Stdout, cmd.Stderr = &out, &words
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	answer := &tried{Output: shorten(out.String())}
	switch {
	case ctx.Err() != nil:
		answer.Err = fmt.Sprintf("it did not end within %v", t.Within)
	case err != nil:
		answer.Err = err.Error()
	default:
		return answer
	}
	if last := strings.TrimSpace(shorten(words.String())); last != "" {
		answer.Err += ": " + last
	}
	return answer
}

// head keeps the beginning of what is written to it.
type head struct{ strings.Builder }

func (h *head) Write(p []byte) (int, error) {
	_, _ = h.Builder.Write(p[:min(len(p), maxText-h.Len())]) // a builder never fails
	return len(p), nil
}
