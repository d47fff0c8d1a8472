package hcl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ha/planner"
)

const twoNodes = "node \"lb1\" {\n  address   = \"192.0.2.11\"\n  interface = \"eth0\"\n}\n\nnode \"lb2\" {\n  address   = \"192.0.2.12\"\n  interface = \"eth0\"\n}\n\n"

// vipArgs are arguments of a vip that an overlay may set without making the nodes disagree, with values to choose.
var vipArgs = map[string][]string{
	"priority":       {"10", "100", "120", "254"},
	"preempt":        {"true", "false"},
	"interface":      {`"eth1"`, `"eth2"`},
	"announce.count": {"1", "7"},
	"announce.delay": {`"0s"`, `"9s"`},
}

// args draws values for some of the arguments.
func args(t *rapid.T, label string) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(vipArgs)) {
		if values := vipArgs[name]; len(values) > 0 && rapid.Bool().Draw(t, label+" sets "+name) {
			out[name] = rapid.SampledFrom(values).Draw(t, label+" "+name)
		}
	}
	return out
}

// write prints arguments as the inside of a block.
func write(args map[string]string, indent string) string {
	var b strings.Builder
	var nested []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if inner, ok := strings.CutPrefix(name, "announce."); ok {
			nested = append(nested, fmt.Sprintf("%s  %s = %s\n", indent, inner, args[name]))
			continue
		}
		fmt.Fprintf(&b, "%s%s = %s\n", indent, name, args[name])
	}
	if len(nested) > 0 {
		fmt.Fprintf(&b, "%sannounce {\n%s%s}\n", indent, strings.Join(nested, ""), indent)
	}
	return b.String()
}

func vip(base map[string]string, overlays ...string) string {
	return twoNodes + "vip \"web\" {\n  vrid = 51\n  addresses = [\"192.0.2.20/32\"]\n" + write(base, "  ") + strings.Join(overlays, "") + "}\n"
}

func overlay(node string, args map[string]string) string {
	return fmt.Sprintf("  node %q {\n%s  }\n", node, write(args, "    "))
}

// TestOverlayLaws: what holds on a node is the block with the overlay's arguments in place of its own; other nodes only
// know it as a rival; an empty overlay is none; the order of overlays says nothing.
func TestOverlayLaws(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		base, over, other := args(r, "base"), args(r, "lb1"), args(r, "lb2")
		both := mustLoad(t, vip(base, overlay("lb1", over), overlay("lb2", other)))

		merged := maps.Clone(base)
		maps.Copy(merged, over)
		if d := cmp.Diff(compiled(t, both, "lb1", rivals), compiled(t, mustLoad(t, vip(merged)), "lb1", rivals)); d != "" {
			r.Fatalf("lb1 is not the base with its overlay laid on (- got, + want):\n%s", d)
		}
		swapped := mustLoad(t, vip(base, overlay("lb2", other), overlay("lb1", over)))
		for _, node := range []string{"lb1", "lb2"} {
			if d := cmp.Diff(compiled(t, both, node), compiled(t, swapped, node)); d != "" {
				r.Fatalf("the order of overlays changes %s:\n%s", node, d)
			}
		}
		one, plain := mustLoad(t, vip(base, overlay("lb1", over))), mustLoad(t, vip(base))
		if d := cmp.Diff(compiled(t, one, "lb2", rivals), compiled(t, plain, "lb2", rivals)); d != "" {
			r.Fatalf("an overlay for lb1 changes lb2:\n%s", d)
		}
		if d := cmp.Diff(compiled(t, mustLoad(t, vip(base, overlay("lb1", nil))), "lb1"), compiled(t, plain, "lb1")); d != "" {
			r.Fatalf("an empty overlay changes something:\n%s", d)
		}
	})
}

// rivals leaves out what a plan knows of other nodes.
func rivals(c *Compiled) {
	for i := range c.Plan.VIPs {
		c.Plan.VIPs[i].Rivals = nil
	}
}

// TestAPlanKnowsItsRivals: the other nodes of a VIP stand in the plan of each, the best first.
func TestAPlanKnowsItsRivals(t *testing.T) {
	text := twoNodes + "node \"lb3\" {\n  address = \"192.0.2.13\"\n  interface = \"eth0\"\n}\n" +
		vip(nil, overlay("lb2", map[string]string{"preempt": "false"}), overlay("lb3", map[string]string{"priority": "150"}))[len(twoNodes):]
	out, err := mustLoad(t, text).Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	want := []planner.Rival{{Node: "lb3", Priority: 150, Preempt: true}, {Node: "lb2", Priority: 100}}
	if got := out.Plan.VIPs[0].Rivals; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOverlayOfNestedBlocks: servers are matched by name, checks are replaced as a group, null goes back to the default.
func TestOverlayOfNestedBlocks(t *testing.T) {
	pool := func(inside string) string {
		return twoNodes + "vip \"web\" {\n  vrid = 51\n  addresses = [\"192.0.2.20/32\"]\n}\n\npool \"web\" {\n  listen = [\"192.0.2.20:80\"]\n" + inside + "}\n"
	}
	base := `
  scheduler = "rr"
  check "tcp" {
    interval = "2s"
  }
  check "http" {
    path = "/health"
  }
  server "web1" {
    address = "192.0.2.31:80"
    weight  = 5
  }
  server "web2" {
    address = "192.0.2.32:80"
  }
`
	overlaid := pool(base + `
  node "lb1" {
    scheduler = null
    check "tcp" {
      fall = 9
    }
    server "web1" {
      weight = 7
    }
    server "web3" {
      address = "192.0.2.33:80"
    }
  }
`)
	want := pool(`
  check "tcp" {
    fall = 9
  }
  server "web1" {
    address = "192.0.2.31:80"
    weight  = 7
  }
  server "web2" {
    address = "192.0.2.32:80"
  }
  server "web3" {
    address = "192.0.2.33:80"
  }
`)
	if d := cmp.Diff(compiled(t, mustLoad(t, overlaid), "lb1"), compiled(t, mustLoad(t, want), "lb1")); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	if d := cmp.Diff(compiled(t, mustLoad(t, overlaid), "lb2"), compiled(t, mustLoad(t, pool(base)), "lb2")); d != "" {
		t.Errorf("lb2 notices the overlay for lb1 (- got, + want):\n%s", d)
	}
}
