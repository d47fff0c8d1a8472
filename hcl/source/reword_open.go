package source

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// unclosedBlock knows blocks without their closing brace, and finds by indentation which one it is.
func unclosedBlock(m mistake) *hcl.Diagnostic {
	if m.tokens[m.at].Type != hclsyntax.TokenOBrace || m.at == m.first || m.closed(m.at) {
		return nil
	}
	open, before := m.suspect()
	first := open
	for first > 0 && !endsLine(m.tokens[first-1]) {
		first--
	}
	at := hcl.RangeBetween(m.tokens[first].Range, m.tokens[open].Range)
	header := strings.TrimSpace(string(m.src[at.Start.Byte:m.tokens[open].Range.Start.Byte]))
	options := []diag.Option{diag.Help("Add a line with } where the block ends.")}
	detail := "The file ends before the block does."
	if before >= 0 {
		detail = "Judged by the indentation, the block should end before the place below."
		options = append(options, diag.See("the closing brace seems to be missing before this line", m.tokens[before].Range))
	}
	return diag.Error("HA1109", &at, fmt.Sprintf("the closing brace of the block %s is missing", header), detail, options...)
}

// closed tells whether the brace at an index has its partner.
func (m mistake) closed(open int) bool {
	depth := 0
	for _, t := range m.tokens[open:] {
		switch t.Type {
		case hclsyntax.TokenOBrace:
			depth++
		case hclsyntax.TokenCBrace:
			if depth--; depth == 0 {
				return true
			}
		}
	}
	return false
}

// suspect returns the brace that is most likely the unclosed one, and the first token of the line before which its
// partner is missing; -1 when indentation tells nothing.
func (m mistake) suspect() (open, before int) {
	type block struct{ brace, indent int }
	var stack []block
	for i, t := range m.tokens {
		starts := i == 0 || endsLine(m.tokens[i-1])
		indent := t.Range.Start.Column
		if starts && t.Type == hclsyntax.TokenIdent && len(stack) > 0 {
			if top := stack[len(stack)-1]; indent <= top.indent {
				return top.brace, i
			}
		}
		switch t.Type {
		case hclsyntax.TokenOBrace:
			first := i
			for first > 0 && !endsLine(m.tokens[first-1]) {
				first--
			}
			stack = append(stack, block{i, m.tokens[first].Range.Start.Column})
		case hclsyntax.TokenCBrace:
			if len(stack) == 0 {
				return m.at, -1
			}
			if top := stack[len(stack)-1]; starts && indent < top.indent {
				return top.brace, i
			}
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 {
		return stack[len(stack)-1].brace, -1
	}
	return m.at, -1
}

// unclosedList knows lists and calls that are still open where the next argument or the end of the block stands.
func unclosedList(m mistake) *hcl.Diagnostic {
	open, what := m.openAt(), ""
	if open < 0 || m.at != m.first {
		return nil
	}
	switch m.tokens[open].Type {
	case hclsyntax.TokenOBrack:
		what = "the closing bracket ] of this list is missing"
	case hclsyntax.TokenOParen:
		what = "the closing parenthesis ) is missing"
	default:
		return nil
	}
	next := m.tokens[min(m.at+1, len(m.tokens)-1)].Type
	t := m.tokens[m.at].Type
	if t != hclsyntax.TokenCBrace && (t != hclsyntax.TokenIdent || next != hclsyntax.TokenEqual && next != hclsyntax.TokenOBrace) {
		return nil
	}
	return diag.Error("HA1114", m.tokens[open].Range.Ptr(), what, "It is opened here and still open where the next part begins.",
		diag.Help("Close it before that place."), diag.See("still open here", m.tokens[m.at].Range))
}

// openAt returns the innermost bracket that is open where the error is; -1 if there is none.
func (m mistake) openAt() int {
	var open []int
	for i := range m.at {
		if closerOf(m.tokens[i].Type) != 0 {
			open = append(open, i)
		} else if n := len(open); n > 0 && m.tokens[i].Type == closerOf(m.tokens[open[n-1]].Type) {
			open = open[:n-1]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// twice knows arguments that are set twice in a block: the tree keeps the first.
func twice(m mistake) *hcl.Diagnostic {
	if m.body == nil || m.tokens[m.at].Type != hclsyntax.TokenIdent || m.at != m.first || m.token(1).Type != hclsyntax.TokenEqual {
		return nil
	}
	body := m.body
	for inner := body; inner != nil; {
		body, inner = inner, nil
		for _, b := range body.Blocks {
			if b.OpenBraceRange.End.Byte <= m.was.Subject.Start.Byte && m.was.Subject.Start.Byte < b.CloseBraceRange.End.Byte {
				inner = b.Body
			}
		}
	}
	name := string(m.tokens[m.at].Bytes)
	first, ok := body.Attributes[name]
	if !ok || first.NameRange.Start.Byte >= m.was.Subject.Start.Byte {
		return nil
	}
	return diag.Error("HA1117", m.was.Subject, fmt.Sprintf("the argument %q is set twice", name),
		"Which of the two values is meant cannot be told.",
		diag.Help("Remove one of them."), diag.See("set for the first time here", first.NameRange))
}
