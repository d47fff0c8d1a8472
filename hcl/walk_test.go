package hcl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// surroundings are blocks that references in examples lead to.
const surroundings = twoNodes + `vip "inside" {
  vrid      = 201
  addresses = ["192.0.2.201/32"]
}
vip "outside" {
  vrid      = 202
  addresses = ["192.0.2.202/32"]
}
check "http" "login" {
}
check "tcp" "db" {
}
`

// TestEveryArgument sets each argument of the table to good and bad values. An error must name the argument and point
// at the value; a good value must not be blamed.
func TestEveryArgument(t *testing.T) {
	for _, root := range schema.Root() {
		if root.ByEval {
			continue
		}
		walk(t, []*schema.Block{root})
	}
}

func walk(t *testing.T, path []*schema.Block) {
	t.Helper()
	block := path[len(path)-1]
	for _, arg := range block.Args {
		t.Run(name(path)+"."+arg.Name, func(t *testing.T) {
			good := try(path, arg, arg.Example)
			if good.found != nil {
				t.Errorf("the example %s is refused: %s", arg.Example, good.found.Summary)
			}
			null := try(path, arg, "null")
			if got := null.found != nil; got != arg.Required {
				t.Errorf("null is refused: %v, required: %v", got, arg.Required)
			}
			for _, bad := range wrongValues(arg.Kind) {
				res := try(path, arg, bad)
				switch {
				case res.found == nil:
					t.Errorf("%s = %s is accepted", arg.Name, bad)
				case !strings.Contains(res.found.Summary, arg.Name):
					t.Errorf("%s = %s: the message does not name the argument: %s", arg.Name, bad, res.found.Summary)
				case !strings.HasPrefix(res.found.Code, "HA22"):
					t.Errorf("%s = %s has the code %s", arg.Name, bad, res.found.Code)
				case res.found.Range.Start.Column < res.column || res.found.Range.End.Column > res.column+len(bad):
					t.Errorf("%s = %s: the caret is at columns %d to %d, the value at %d", arg.Name, bad, res.found.Range.Start.Column,
						res.found.Range.End.Column, res.column)
				}
			}
		})
	}
	for _, n := range block.Blocks {
		walk(t, append(path[:len(path):len(path)], n.Block))
	}
}

func name(path []*schema.Block) string {
	var parts []string
	for _, b := range path {
		parts = append(parts, b.Type)
	}
	return strings.Join(parts, ".")
}

// wrongValues are values that no argument of a kind takes.
func wrongValues(kind schema.Kind) []string {
	values := []string{`{ zebra = 1 }`, `[[1]]`}
	switch k := kind.(type) {
	case schema.Int:
		values = append(values, fmt.Sprint(k.Min-1), fmt.Sprint(k.Max+1), "1.5", "1/0", `"zebra"`, "true", "1e400")
	case schema.Duration:
		values = append(values, "5", `"5"`, `"zebra"`, `"-1s"`, fmt.Sprintf("%q", (k.Max+time.Hour).String()), "true")
		if k.Min > time.Nanosecond {
			values = append(values, fmt.Sprintf("%q", (k.Min-time.Nanosecond).String()))
		}
	case schema.Bool:
		values = append(values, "1", `"yes"`)
	case schema.Enum:
		values = append(values, `"zebra"`, "5", `""`)
	case schema.Addr, schema.Prefix, schema.HostPort:
		values = append(values, "5", `"zebra"`, `""`, `"192.0.2.300"`)
	case schema.List:
		values = append(values, "5", `"zebra"`, `[null]`, `[true]`)
	case schema.Map:
		values = []string{`[[1]]`, "5"}
	case schema.Text:
		values = append(values, "5", "true")
	case schema.Any:
		return nil
	}
	return values
}

// result is what is said about the line of one argument.
type result struct {
	found  *diag.Diagnostic // nil: nothing
	column int              // where the value begins
}

// try loads a configuration in which one argument has one value. Rules about several arguments do not count.
func try(path []*schema.Block, arg schema.Arg, value string) result {
	var b strings.Builder
	b.WriteString(surroundings)
	for i, block := range path {
		indent := strings.Repeat("  ", i)
		fmt.Fprintf(&b, "%s%s {\n", indent, walkHeader(block, arg))
		last := i == len(path)-1
		for _, a := range block.Args {
			if a.Required && (len(a.Only) == 0 || len(arg.Only) > 0 && slices.Contains(a.Only, arg.Only[0])) && (!last || a.Name != arg.Name) {
				fmt.Fprintf(&b, "%s  %s = %s\n", indent, a.Name, a.Example)
			}
		}
	}
	line := strings.Count(b.String(), "\n") + 1
	start := strings.Repeat("  ", len(path)) + arg.Name + " = "
	b.WriteString(start + value + "\n")
	for i := len(path) - 1; i >= 0; i-- {
		b.WriteString(strings.Repeat("  ", i) + "}\n")
	}
	_, list := loadText(b.String())
	for _, d := range list {
		about := d.Range != nil && d.Range.Start.Line == line
		if about && (strings.HasPrefix(d.Code, "HA21") || strings.HasPrefix(d.Code, "HA22")) {
			return result{found: &d, column: len(start) + 1}
		}
	}
	return result{}
}

func walkHeader(block *schema.Block, arg schema.Arg) string {
	text := block.Type
	for _, l := range block.Labels {
		label := "walk"
		switch {
		case len(l.OneOf) > 0 && len(arg.Only) > 0:
			label = arg.Only[0]
		case len(l.OneOf) > 0:
			label = l.OneOf[0]
		case l.Kind == schema.Kind(schema.Prefix{Network: true}):
			label = "10.77.0.0/16"
		case l.Kind != nil:
			label = "192.0.2.200/32"
		}
		text += fmt.Sprintf(" %q", label)
	}
	return text
}

// TestExamplesValidate: the example of every block is a configuration, together with two nodes.
func TestExamplesValidate(t *testing.T) {
	for _, block := range schema.Root() {
		t.Run(block.Type, func(t *testing.T) {
			if block.Example == "" {
				t.Fatal("there is no example")
			}
			_, list := loadText(twoNodes + block.Example)
			for _, d := range list {
				t.Errorf("%s: %s", d.Severity, d.Summary)
			}
		})
	}
}
