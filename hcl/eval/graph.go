package eval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// node is one thing that is evaluated once: a local, one argument of a block, a block as a whole, the instances of
// its for_each, a group of blocks, a validation. Arguments are nodes of their own so that vip.a.priority may depend on
// vip.b.vrid and the other way round.
type node struct {
	name  string // as messages call it
	uses  func() []edge
	run   func()
	state state
	// parts tells that what it uses are its parts: messages say "includes".
	parts bool
	// failed nodes evaluate to cty.DynamicVal; what failed is reported.
	failed bool
	// values are the results by key of for_each; "" where there is none.
	values map[string]cty.Value
}

// edge is one use of a node.
type edge struct {
	to *node
	at hcl.Range // where it is used
}

type state int

const (
	unvisited state = iota
	open            // on the stack
	closed
)

// value is the result for one instance.
func (n *node) value(key string) cty.Value {
	if v, ok := n.values[key]; ok && !n.failed {
		return v
	}
	return cty.DynamicVal
}

// frame is a node whose uses are being visited.
type frame struct {
	node *node
	uses []edge
	next int
}

// visit evaluates a node after everything that it uses. The stack is our own: chains of locals may be as long as files
// are, and a Go stack that overflows cannot be recovered from.
func (ev *evaluator) visit(n *node) {
	if n.state != unvisited {
		return
	}
	stack := []frame{ev.enter(n)}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == len(top.uses) {
			top.node.state = closed
			if !top.node.failed {
				top.node.run()
			}
			stack = stack[:len(stack)-1]
			continue
		}
		to := top.uses[top.next].to
		top.next++
		switch to.state {
		case unvisited:
			stack = append(stack, ev.enter(to))
		case open:
			ev.cycle(stack, to)
		case closed: // its value is there
		}
	}
}

func (ev *evaluator) enter(n *node) frame {
	n.state = open
	return frame{node: n, uses: n.uses()}
}

// cycle reports the circle at the end of the stack that begins with a node.
func (ev *evaluator) cycle(stack []frame, start *node) {
	i := len(stack) - 1
	for stack[i].node != start {
		i--
	}
	circle := stack[i:]
	first, known := 0, false
	for j := range circle {
		known = known || circle[j].node.failed
		circle[j].node.failed = true
		if circle[j].before(&circle[first]) {
			first = j
		}
	}
	if known {
		return // part of a circle that is reported; the shorter one was found first
	}
	var names []string
	var opts []diag.Option
	for j := range circle {
		f := circle[(first+j)%len(circle)]
		names = append(names, f.node.name)
		e := f.edge()
		verb := "uses"
		if f.node.parts {
			verb = "includes"
		}
		opts = append(opts, diag.See(fmt.Sprintf("%s %s %s", f.node.name, verb, e.to.name), e.at))
	}
	names = append(names, names[0])
	summary, detail := fmt.Sprintf("%s depends on itself", names[0]), ""
	if len(circle) > 1 {
		const most = 8
		if len(names) > most {
			names = append(names[:most-1:most-1], fmt.Sprintf("… (%d more)", len(names)-most), names[len(names)-1])
		}
		summary += ": " + strings.Join(names, " → ")
		detail = "None of them can be computed first."
	} else {
		opts = nil
	}
	opts = append(opts, diag.Help("Break the circle: write one of the values out, or move what several need into a local that uses none of them."))
	ev.report(diag.Error("HA3020", circle[first].edge().at.Ptr(), summary, detail, opts...))
}

// edge is the use that is being followed.
func (f *frame) edge() edge { return f.uses[f.next-1] }

// before orders the members of a circle for printing: what people write themselves first, then by place.
func (f *frame) before(g *frame) bool {
	if f.node.parts != g.node.parts {
		return g.node.parts
	}
	a, b := f.edge().at, g.edge().at
	if a.Filename != b.Filename {
		return a.Filename < b.Filename
	}
	return a.Start.Byte < b.Start.Byte
}
