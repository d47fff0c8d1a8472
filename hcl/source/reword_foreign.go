package source

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// foreignBlock knows words that stand alone in a block of keepalived.conf: the block is the mistake, not what is in it.
func foreignBlock(m mistake) *hcl.Diagnostic {
	header, outer := m.enclosing(m.at)
	if outer < 0 || m.equalsSigns() > 0 && m.tokens[header].Range.Start.Line != m.was.Subject.Start.Line {
		return nil
	}
	say := schema.Elsewhere(string(m.tokens[header].Bytes), string(m.tokens[outer].Bytes))
	if say == "" {
		return nil
	}
	return diag.Error("HA1120", m.tokens[header].Range.Ptr(), "the block "+string(m.tokens[header].Bytes)+" is one of keepalived.conf",
		"What stands in it is neither an argument (name = value) nor a block.", diag.Help(say))
}

// enclosing returns the first tokens of the headers of the block that a token stands in and of the one around that; -1: there is
// none.
func (m mistake) enclosing(at int) (header, outer int) {
	header, outer = -1, -1
	depth := 0
	for i := at - 1; i >= 0 && outer < 0; i-- {
		switch m.tokens[i].Type {
		case hclsyntax.TokenCBrace:
			depth++
		case hclsyntax.TokenOBrace:
			if depth > 0 {
				depth--
				continue
			}
			first := i
			for first > 0 && !endsLine(m.tokens[first-1]) && m.tokens[first-1].Type != hclsyntax.TokenOBrace {
				first--
			}
			if m.tokens[first].Type != hclsyntax.TokenIdent {
				return header, outer
			}
			if header < 0 {
				header = first
			} else {
				outer = first
			}
		}
	}
	return header, outer
}
