package decode

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// Weight is the `weight` block of a check.
type Weight struct {
	Header Arg[string]
	Unit   Arg[string] // unset: see Percent
	Factor Arg[int64]
	Min    Arg[int64]
	Max    Arg[int64]
}

// weightIn returns the weight block of a check; nil when there is none.
func weightIn(o *Object) *Weight {
	for _, k := range o.Blocks("weight") {
		return &Weight{
			Header: get[string](k, "header"), Unit: get[string](k, "unit"), Factor: get[int64](k, "factor"), Min: get[int64](k, "min"), Max: get[int64](k, "max"),
		}
	}
	return nil
}

// Percent tells whether the number is a share: agents that answer with a line say so.
func (w *Weight) Percent(kind string) bool {
	return w.Unit.Val == "percent" || kind == "tcp" && !w.Unit.Set
}

// weightFitsTheCheck refuses weights in answers that hold none, and arguments that their check does not have.
func weightFitsTheCheck(o *Object, why string) hcl.Diagnostics {
	kind, w := o.Labels[0], weightIn(o)
	if w == nil {
		return nil
	}
	block := o.Blocks("weight")[0]
	var found hcl.Diagnostics
	say := func(at hcl.Range, what, why, help string) {
		found = append(found, diag.Error("HA2320", &at, what, why, o.where().options(diag.Help(help))...))
	}
	kinds := map[string][]string{"header": {"http"}, "unit": {"http", "tcp"}, "factor": {"file"}}
	switch {
	case !slices.Contains([]string{"http", "tcp", "script", "file"}, kind):
		say(block.NameRange(), fmt.Sprintf("the answer to a check %q holds no weight", kind), why, "Remove the block weight.")
		return found
	case kind == "file" && get[string](o, "content").Val != "number":
		say(block.NameRange(), "the content of the file is no number", why, `Remove content, or the block weight.`)
	case kind == "http" && !w.Header.Set && get[string](o, "method").Val == "HEAD":
		say(block.NameRange(), "an answer to HEAD has no body that could hold a weight", why, "Name a header, or use the method GET.")
	}
	for _, name := range []string{"header", "unit", "factor"} {
		if c := block.Cell(name); c.State == Set && !slices.Contains(kinds[name], kind) {
			say(block.At(name), fmt.Sprintf("a check %q has no %s of its weight", kind, name), why, "Remove "+name+".")
		}
	}
	if w.Min.Val > w.Max.Val {
		say(w.Min.At, fmt.Sprintf("min %d is above max %d, so no weight is right", w.Min.Val, w.Max.Val), "", "Lower min, or raise max.")
	}
	return found
}
