package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/planner"
)

// waitWithin is how long `wait` waits unless it is told otherwise.
const waitWithin = 30 * time.Second

// errQuit ends the lab on request.
var errQuit = errors.New("quit")

// help is what `help` prints.
const help = `fail NODE             kill its enforcer with SIGKILL, as a crash does
stop NODE             stop its enforcer cleanly, or its web server when it has no VIP
cut NODE              pull its cable
restore NODE          start what was stopped, plug in what was cut
wait VIP NODE STATE   wait until the VIP is active, backup or initialize on the node [for 10s]
wait server NAME STATE  wait until every running director says up, down or unknown [for 10s]
wait answers N        wait until N different servers have answered the client [for 10s]
wait client           wait until the client is answered [for 10s]
wait plan             wait until a plan of every running node is empty [for 10s]
reset                 forget what the client counted
sleep DURATION        do nothing for a while
status                print the view
log NODE              print the end of its log
quit                  end the lab`

// Do carries out one command and returns what it has to say.
func (l *Lab) Do(ctx context.Context, line string) (string, error) {
	words := strings.Fields(line)
	if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "#") }); i >= 0 {
		words = words[:i]
	}
	if len(words) == 0 {
		return "", nil
	}
	verb, args := words[0], words[1:]
	switch verb {
	case "help":
		return help, nil
	case "quit", "exit":
		return "", errQuit
	case "status":
		return l.View(ctx), nil
	case "reset":
		for _, p := range l.client.probes {
			p.reset()
		}
		return "", nil
	case "sleep":
		return "", l.sleep(ctx, args)
	case "wait":
		return l.wait(ctx, args)
	case "fail", "stop", "cut", "restore", "log":
		if len(args) != 1 {
			return "", fmt.Errorf("%s takes one node", verb)
		}
		n, err := l.node(args[0])
		if err != nil {
			return "", err
		}
		return l.act(ctx, verb, n)
	}
	return "", fmt.Errorf("there is no command %q; help lists them", verb)
}

// act does something to a node.
func (l *Lab) act(ctx context.Context, verb string, n *node) (string, error) {
	switch verb {
	case "fail":
		return n.Name + ": enforcer killed", n.signal(syscall.SIGKILL)
	case "stop":
		if len(n.ports) > 0 {
			return n.Name + ": web server stopped", n.silence()
		}
		return n.Name + ": enforcer stopped", n.signal(syscall.SIGTERM)
	case "cut":
		return n.Name + ": cable pulled", n.link(true)
	case "log":
		return n.lastWords(), nil
	}
	if n.isCut() {
		if err := n.link(false); err != nil {
			return "", err
		}
	}
	return n.Name + ": restored", n.start(ctx)
}

func (l *Lab) sleep(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("sleep takes a duration, such as 2s")
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return fmt.Errorf("sleep takes a duration, such as 2s: %w", err)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// wait waits for a condition and says how long that took.
func (l *Lab) wait(ctx context.Context, args []string) (string, error) {
	within := waitWithin
	if n := len(args); n > 2 && args[n-2] == "for" {
		d, err := time.ParseDuration(args[n-1])
		if err != nil {
			return "", fmt.Errorf("for takes a duration, such as 10s: %w", err)
		}
		within, args = d, args[:n-2]
	}
	holds, err := l.condition(args)
	if err != nil {
		return "", err
	}
	began := time.Now()
	for {
		found, ok := holds(ctx)
		if ok {
			return fmt.Sprintf("%s (after %s)", found, time.Since(began).Round(10*time.Millisecond)), nil
		}
		if time.Since(began) > within {
			return "", fmt.Errorf("waited %v for %s; instead: %s", within, strings.Join(args, " "), found)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// condition is what `wait` asks for: it says what it found and whether that is it.
type condition func(ctx context.Context) (found string, ok bool)

func (l *Lab) condition(args []string) (condition, error) {
	switch {
	case len(args) == 3 && args[0] == "server":
		return l.serverIs(args[1], args[2]), nil
	case len(args) == 3:
		n, err := l.node(args[1])
		if err != nil {
			return nil, err
		}
		return vipIs(n, args[0], args[2]), nil
	case len(args) == 2 && args[0] == "answers":
		want, err := strconv.Atoi(args[1])
		if err != nil {
			return nil, fmt.Errorf("answers takes a number, not %q", args[1])
		}
		return l.answered(want), nil
	case len(args) == 1 && args[0] == "client":
		return l.clientFine, nil
	case len(args) == 1 && args[0] == "plan":
		return l.plansEmpty, nil
	}
	return nil, fmt.Errorf("what to wait for is not understood; help lists it")
}

func vipIs(n *node, vip, state string) condition {
	return func(ctx context.Context) (string, bool) {
		s, err := n.api().Status(ctx)
		if err != nil {
			return n.Name + " does not answer", false
		}
		for _, v := range s.VIPs {
			if v.Name != vip {
				continue
			}
			here := 0
			for _, a := range v.Addresses {
				if a.Installed {
					here++
				}
			}
			complete := !strings.EqualFold(state, "active") || here == len(v.Addresses)
			return fmt.Sprintf("%s is %s on %s: %s", vip, v.State, n.Name, v.Why), strings.EqualFold(v.State, state) && complete
		}
		return fmt.Sprintf("%s has no %s", n.Name, vip), false
	}
}

func (l *Lab) serverIs(name, state string) condition {
	return func(ctx context.Context) (string, bool) {
		seen := 0
		for _, n := range l.nodes {
			if !n.managed() || !n.running() || len(n.Config.Plan.Pools) == 0 {
				continue
			}
			s, err := n.api().Status(ctx)
			if err != nil {
				return n.Name + " does not answer", false
			}
			for _, p := range s.Pools {
				for _, r := range p.Servers {
					if r.Name != name {
						continue
					}
					if r.State != state {
						return fmt.Sprintf("%s is %s on %s: %s", name, r.State, n.Name, r.Why), false
					}
					seen++
				}
			}
		}
		return fmt.Sprintf("%s is %s on %d directors", name, state, seen), seen > 0
	}
}

func (l *Lab) answered(want int) condition {
	return func(context.Context) (string, bool) {
		if l.noIPVS != "" {
			return "not looked at: " + l.noIPVS, true
		}
		best := 0
		for _, p := range l.client.probes {
			best = max(best, p.reached())
		}
		return fmt.Sprintf("%d servers have answered", best), best >= want
	}
}

func (l *Lab) clientFine(context.Context) (string, bool) {
	for _, p := range l.client.probes {
		if !p.fine() {
			return p.String() + " does not answer", false
		}
	}
	return "the client is answered", true
}

// plansEmpty compares every running node with its own configuration.
func (l *Lab) plansEmpty(ctx context.Context) (string, bool) {
	checked := 0
	for _, n := range l.nodes {
		if !n.managed() || !n.running() {
			continue
		}
		text, err := n.plan(ctx)
		if err != nil {
			return n.Name + ": " + err.Error(), false
		}
		if text != "" {
			return n.Name + " would " + text, false
		}
		checked++
	}
	return fmt.Sprintf("the plans of %d nodes are empty", checked), checked > 0
}

// plan says what a plan of the node would change; empty is nothing.
func (n *node) plan(ctx context.Context) (string, error) {
	s, err := n.api().Snapshot(ctx, control.Query{})
	if err != nil {
		return "", err
	}
	var applied enforcer.Config
	if err := json.Unmarshal(s.Config, &applied); err != nil {
		return "", err
	}
	var changes []string
	for _, c := range planner.Compare(&n.Config.Plan, &applied.Plan, s.Facts, s.Live, s.Claims).Changes() {
		changes = append(changes, string(c.Action)+" "+c.Name)
	}
	return strings.Join(changes, ", "), nil
}

// Script carries out commands line by line and prints each with what became of it. It stops at the first that fails.
func (l *Lab) Script(ctx context.Context, name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "#") {
			fmt.Fprintf(l.options.Out, "\n%s\n", line)
			continue
		}
		said, err := l.Do(ctx, line)
		if errors.Is(err, errQuit) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w\n\n%s", name, number, line, err, l.View(context.WithoutCancel(ctx)))
		}
		fmt.Fprintf(l.options.Out, "%6.1fs  > %s\n", time.Since(l.started).Seconds(), line)
		for _, text := range strings.Split(strings.TrimRight(said, "\n"), "\n") {
			if text != "" {
				fmt.Fprintf(l.options.Out, "         %s\n", text)
			}
		}
	}
	return lines.Err()
}

// statuses asks every running enforcer what it does.
func (l *Lab) statuses(ctx context.Context) map[string]control.Status {
	all := map[string]control.Status{}
	for _, n := range l.nodes {
		if !n.managed() || !n.running() {
			continue
		}
		if s, err := n.api().Status(ctx); err == nil {
			all[n.Name] = s
		}
	}
	return all
}
