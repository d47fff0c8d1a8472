package eval

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// maxName is the length in bytes that the label of a block may have.
const maxName = 255

// checkLabels compares the labels of a block with the schema.
func checkLabels(block *hclsyntax.Block, sch *schema.Block) *hcl.Diagnostic {
	want, got := len(sch.Labels), len(block.Labels)
	if got != want {
		return wrongLabels(block, sch)
	}
	for i, label := range block.Labels {
		spec, at := sch.Labels[i], block.LabelRanges[i]
		switch {
		case label == "":
			return diag.Error("HA3003", at.Ptr(), fmt.Sprintf("the %s of %s is empty", labelName(spec), article(block.Type)),
				"", diag.Help("Write the header as `"+exampleHeader(sch)+"`."))
		case len(label) > maxName:
			return diag.Error("HA3003", at.Ptr(), fmt.Sprintf("the %s of this %s has %d bytes, more than %d", labelName(spec), block.Type, len(label), maxName),
				"Names stand in plans, logs and events.", diag.Help("Choose a shorter one."))
		case diag.Clean(label) != label:
			return diag.Error("HA3003", at.Ptr(), fmt.Sprintf("the %s of this %s cannot be printed", labelName(spec), block.Type),
				"Names stand in plans, logs and events. This one holds control characters, or characters that turn the direction of writing.",
				diag.Help("Choose letters, digits, _ and -."))
		case len(spec.OneOf) > 0 && !slices.Contains(spec.OneOf, label):
			help := diag.DidYouMean(label, spec.OneOf)
			if diag.Suggest(label, spec.OneOf) == "" {
				help = diag.Help("Write one of " + join(quoteAll(spec.OneOf), "or") + ".")
			}
			return diag.Error("HA3003", at.Ptr(), fmt.Sprintf("%q is no %s of %s", label, labelName(spec), block.Type), "", help)
		}
	}
	return nil
}

func wrongLabels(block *hclsyntax.Block, sch *schema.Block) *hcl.Diagnostic {
	want, got := len(sch.Labels), len(block.Labels)
	at := block.TypeRange
	if got > want {
		at = block.LabelRanges[want]
	}
	var parts []string
	for _, l := range sch.Labels {
		parts = append(parts, "its "+labelName(l))
	}
	takes := "no label"
	if want > 0 {
		takes = count(want, "label") + ", " + join(parts, "and")
	}
	return diag.Error("HA3002", at.Ptr(), fmt.Sprintf("%s takes %s; this one has %s", block.Type, takes, countOnly(got)),
		"", diag.Help("Write the header as `"+exampleHeader(sch)+"`."))
}

// exampleHeader is how a block of a type begins: check "tcp" "name" {.
func exampleHeader(sch *schema.Block) string {
	text := sch.Type
	for _, l := range sch.Labels {
		word := labelName(l)
		if len(l.OneOf) > 0 {
			word = l.OneOf[0]
		}
		text += " " + quote(word)
	}
	return text + " {"
}

func labelName(l schema.Label) string {
	if l.Name == "" {
		return "name"
	}
	return l.Name
}

// header is a block as its first line shows it: vip "web".
func header(block *hclsyntax.Block) string {
	text := block.Type
	for _, l := range block.Labels {
		text += " " + quote(l)
	}
	return text
}
