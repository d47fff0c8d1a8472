package source

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Parse parses one file from memory. The file is never nil; one that is broken has a Body that may only be used for
// the names it declares.
func Parse(name string, src []byte) (*File, hcl.Diagnostics) {
	file := &File{Name: name, Bytes: src, Body: &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}, Broken: true}
	if int64(len(src)) > MaxFileSize {
		return file, hcl.Diagnostics{tooLarge(name, int64(len(src)))}
	}
	if d := checkText(name, src); d != nil {
		return file, hcl.Diagnostics{d}
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	if d := checkDepth(tokens); d != nil {
		return file, hcl.Diagnostics{d}
	}
	parsed, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if body, ok := parsed.Body.(*hclsyntax.Body); ok && body != nil {
		file.Body = body
	}
	file.Broken = diags.HasErrors()
	return file, reword(src, tokens, file.Body, diags)
}

// ParseExpression parses one expression, for instance the value of a flag; name is what ranges call it: <--var n>. The
// expression is nil when there are errors.
func ParseExpression(src []byte, name string) (hclsyntax.Expression, hcl.Diagnostics) {
	if int64(len(src)) > MaxFileSize {
		return nil, hcl.Diagnostics{tooLarge(name, int64(len(src)))}
	}
	if d := checkText(name, src); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	tokens, _ := hclsyntax.LexExpression(src, name, hcl.InitialPos)
	if d := checkDepth(tokens); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	expr, diags := hclsyntax.ParseExpression(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, reword(src, tokens, nil, diags)
	}
	return expr, nil
}

// ParseTemplate parses a text with ${…} and %{…} in it, for instance a file that templatefile reads. The expression is
// nil when there are errors.
func ParseTemplate(src []byte, name string) (hclsyntax.Expression, hcl.Diagnostics) {
	if int64(len(src)) > MaxFileSize {
		return nil, hcl.Diagnostics{tooLarge(name, int64(len(src)))}
	}
	if d := checkText(name, src); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	tokens, _ := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	if d := checkDepth(tokens); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	expr, diags := hclsyntax.ParseTemplate(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, reword(src, tokens, nil, diags)
	}
	return expr, nil
}
