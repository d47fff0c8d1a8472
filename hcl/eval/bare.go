package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// text is a traversal as it was written.
func text(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + show(s.Key, 60) + "]")
		default:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

// bareText is what someone meant who forgot the quotes: eth0.100, where .100 reads as an index.
func bareText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			width := s.SrcRange.End.Byte - s.SrcRange.Start.Byte
			if s.Key.Type() != cty.Number || width > len(show(s.Key, 0))+1 { // [100], not .100
				return ""
			}
			b.WriteString("." + show(s.Key, 0))
		default:
			return ""
		}
	}
	return b.String()
}

// unknownRoot reports a reference that begins with no known word.
func (r *resolver) unknownRoot(t hcl.Traversal, indexed bool, in context) {
	root, at := t.RootName(), t.SourceRange()
	if word, ok := booleans()[strings.ToLower(root)]; ok && len(t) == 1 {
		r.report(diag.Error("HA3012", at.Ptr(), fmt.Sprintf("%q is not a word of the language", root), "",
			diag.Help(fmt.Sprintf("Did you mean %s?", word)), replace(at, word)))
		return
	}
	if say := foreignRoot(root); say != "" && len(t) > 1 {
		r.report(diag.Error("HA3010", t[0].SourceRange().Ptr(), fmt.Sprintf("there is nothing called %q", short(root)), "", diag.Around(at), diag.Help(say)))
		return
	}
	roots := append([]string{"var", "local", "each", "path"}, slices.Sorted(maps.Keys(r.types))...)
	for name := range in.iterators {
		roots = append(roots, name)
	}
	if len(t) > 1 {
		if near := diag.Suggest(root, roots); near != "" {
			rootAt := t[0].SourceRange()
			r.report(diag.Error("HA3010", rootAt.Ptr(), fmt.Sprintf("there is nothing called %q", short(root)), "", diag.Around(at),
				diag.Help(fmt.Sprintf("Did you mean %s%s?", near, strings.TrimPrefix(text(t), root))), replace(rootAt, near)))
			return
		}
		if full := r.byName(root); full != "" {
			rootAt := t[0].SourceRange()
			r.report(diag.Error("HA3010", rootAt.Ptr(), fmt.Sprintf("there is nothing called %q", short(root)), "References begin with the type of the block.",
				diag.Around(at), diag.Help(fmt.Sprintf("Did you mean %s%s?", full, strings.TrimPrefix(text(t), root))), replace(rootAt, full)))
			return
		}
	}
	if hint := iteratorHint(t, in); hint != "" {
		r.report(diag.Error("HA3010", t[0].SourceRange().Ptr(), fmt.Sprintf("there is nothing called %q", short(root)), "", diag.Around(at), diag.Help(hint)))
		return
	}
	if bare := bareText(t); bare != "" && !indexed {
		help := "Text takes quotes: " + quote(short(bare)) + "."
		if in.unquoted != "" {
			help = in.unquoted
		}
		if full := r.byName(bare); full != "" {
			help += " If the block is meant, write " + full + "."
		}
		r.report(diag.Error("HA3012", at.Ptr(), fmt.Sprintf("there is nothing called %q", short(bare)), "Words without quotes are references.",
			diag.Help(help), replace(at, quote(bare))))
		return
	}
	r.report(diag.Error("HA3010", at.Ptr(), fmt.Sprintf("there is nothing called %q", short(root)), "",
		diag.Help("References begin with "+join(roots, "or")+".")))
}

// iteratorHint explains item.value inside a dynamic block whose iterator has another name.
func iteratorHint(t hcl.Traversal, in context) string {
	if len(t) < 2 || len(in.iterators) == 0 {
		return ""
	}
	member, _, ok := stepName(t[1])
	if !ok || member != "key" && member != "value" {
		return ""
	}
	var options []string
	for _, name := range slices.Sorted(maps.Keys(in.iterators)) {
		options = append(options, name+strings.TrimPrefix(text(t), t.RootName()))
	}
	return "Did you mean " + join(options, "or") + "?"
}

// foreignRoot says what to write instead of a reference that only Terraform knows.
func foreignRoot(root string) string {
	switch root {
	case "count":
		return "for_each repeats a block, and each.key tells its rounds apart."
	case "terraform":
		return "Pass the value as a variable."
	case "self":
		return "Write the block's own address, for example vip.web."
	case "data", "env":
		return "Values from outside come as variables (HA_VAR_name sets var.name) or from file(…)."
	case "module":
		return "This version of ha has no modules; the files of the folder share all names."
	}
	return ""
}

// booleans are words of other languages for true and false.
func booleans() map[string]string {
	return map[string]string{
		"yes": "true", "on": "true", "enable": "true", "enabled": "true", "true": "true",
		"no": "false", "off": "false", "disable": "false", "disabled": "false", "false": "false",
		"none": "null", "nil": "null", "null": "null",
	}
}
