package schema

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Markdown is the table as a page for people: a section per block with its labels, arguments, nested blocks, overlay
// and example.
func Markdown(root []*Block) string {
	var b strings.Builder
	for _, block := range root {
		fmt.Fprintf(&b, "## `%s`\n\n%s\n\n", heading(block), block.Doc)
		facts(&b, block)
		body(&b, block, block.Type)
		if block.Example != "" {
			fmt.Fprintf(&b, "```hcl\n%s```\n\n", block.Example)
		}
	}
	return b.String()
}

// heading is the first line of a block: vip "name".
func heading(block *Block) string {
	text := block.Type
	for _, l := range block.Labels {
		text += " " + quote(l.Name)
	}
	return text
}

// facts are what holds for the block as a whole.
func facts(b *strings.Builder, block *Block) {
	for _, l := range block.Labels {
		fmt.Fprintf(b, "- *%s*: %s\n", l.Name, l.Doc)
	}
	if block.Single {
		b.WriteString("- A configuration holds at most one.\n")
	}
	if block.ForEach {
		fmt.Fprintf(b, "- Takes `for_each` with a map or a set of strings: one instance per key, with the address `%s[\"key\"]`.\n", block.Type+".name")
	}
	if block.Overlay {
		b.WriteString("- A nested `node \"name\" { … }` overrides arguments on one node. Nested blocks in it are laid on those of the same " +
			"label; repeated ones without a label replace the whole group; `null` takes an argument back to its default.\n")
	}
	if len(block.Labels) > 0 || block.Single || block.ForEach || block.Overlay {
		b.WriteString("\n")
	}
}

// body is the arguments of a block, its rules, and the blocks in it.
func body(b *strings.Builder, block *Block, path string) {
	if len(block.Args) > 0 {
		b.WriteString("| argument | is | default | |\n|---|---|---|---|\n")
		for _, a := range block.Args {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", a.Name, cell(a.Kind.Words()), cell(defaultText(a)), cell(argDoc(a)))
		}
		b.WriteString("\n")
	}
	for _, r := range block.Rules {
		fmt.Fprintf(b, "- %s\n", r.Doc)
	}
	if len(block.Rules) > 0 {
		b.WriteString("\n")
	}
	for _, n := range block.Blocks {
		times := "any number of times"
		if n.Max == 1 {
			times = "at most once"
		}
		fmt.Fprintf(b, "### `%s` in `%s`, %s\n\n%s\n\n", heading(n.Block), path, times, n.Block.Doc)
		facts(b, n.Block)
		body(b, n.Block, path+" > "+n.Block.Type)
	}
}

// argDoc is the sentence about an argument with what else a reader wants to know.
func argDoc(a Arg) string {
	text := a.Doc
	switch len(a.Only) {
	case 0:
	case 1:
		text += fmt.Sprintf(" Only with kind `%s`.", a.Only[0])
	default:
		text += fmt.Sprintf(" Only with the kinds `%s`.", strings.Join(a.Only, "`, `"))
	}
	if a.Shared {
		text += " The same on all nodes."
	}
	if a.Example != "" {
		text += fmt.Sprintf(" Example: `%s`.", a.Example)
	}
	if a.Keepalived != "" {
		text += fmt.Sprintf(" In keepalived: `%s`.", a.Keepalived)
	}
	if a.Impact != "" && a.Impact != "none" {
		text += fmt.Sprintf(" A change costs: %s.", a.Impact)
	}
	return text
}

func defaultText(a Arg) string {
	switch {
	case a.Required:
		return "**required**"
	case a.Default.Value != cty.NilVal:
		return "`" + printValue(a.Default.Value) + "`"
	}
	return a.Default.Text
}

// cell makes a text fit into a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
