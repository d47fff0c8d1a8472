package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
)

// Limits of a configuration. They are far above what people write and keep a wrong or hostile file from using up the
// machine: the parser needs about 220 bytes of memory per byte of source.
const (
	MaxFileSize  = 16 << 20 // bytes of one file
	MaxTotalSize = 64 << 20 // bytes of all files of a folder
	MaxFiles     = 10_000
	// MaxDepth is how deep blocks, brackets, strings and templates may be nested. Parser and evaluator are recursive,
	// and a stack that overflows kills a Go program.
	MaxDepth = 200
	// MaxOperators is how many operators, indexes and template directives one expression may hold: each makes the
	// tree of the expression a level deeper.
	MaxOperators = 10_000
)

func tooLarge(name string, size int64) *hcl.Diagnostic {
	return diag.Error("HA1005", fileRange(name),
		fmt.Sprintf("%s is too large: %s, the limit is %s", name, mebibytes(size), mebibytes(MaxFileSize)),
		"A file of this size is no configuration that people maintain, so it is not read.",
		diag.Help("Move the file out of the folder, or split it into several."))
}

func mebibytes(n int64) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// fileRange names a file as a whole.
func fileRange(name string) *hcl.Range {
	return &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// checkText tells whether the bytes are UTF-8 text.
func checkText(name string, src []byte) *hcl.Diagnostic {
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return diag.Error("HA1011", fileRange(name), name+" is UTF-16 text, not UTF-8",
			"The first two bytes are the byte-order mark of UTF-16, which some editors on Windows write.",
			diag.Help(fmt.Sprintf("Save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8 %q", name)))
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return diag.Error("HA1010", fileRange(name), fmt.Sprintf("%s is not a text file: byte %d is zero", name, i),
			"Every *.hcl file of the folder is read as configuration.",
			diag.Help("Restore the file from version control, or move it out of the folder."))
	}
	if utf8.Valid(src) {
		return nil
	}
	line, column := 1, 1
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			at := hcl.Pos{Line: line, Column: column, Byte: i}
			return diag.Error("HA1011", &hcl.Range{Filename: name, Start: at, End: hcl.Pos{Line: line, Column: column + 1, Byte: i + 1}},
				fmt.Sprintf("the byte 0x%02x in line %d is not UTF-8", src[i], line),
				"Configuration is UTF-8. Bytes like this one come from files in Latin-1 or another old encoding.",
				diag.Help(fmt.Sprintf("Convert the file, for example: iconv -f ISO-8859-1 -t UTF-8 %q", name)))
		}
		i, column = i+n, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

// level is one open bracket, brace, quote or template sequence.
type level struct {
	closer    hclsyntax.TokenType
	operators int  // of the expression that is open at this level
	isFor     bool // { for … }: a line break does not end anything
}

// checkDepth counts nesting and operators in a list of tokens, which is made without recursion, so that nothing that
// passes can overflow the stack of parser or evaluator. A bracket that closes nothing is not counted: the depth of
// such a file is taken too high rather than too low.
func checkDepth(tokens hclsyntax.Tokens) *hcl.Diagnostic {
	stack := make([]level, 1, 16)
	operators := 0 // in sum over the stack
	for i, t := range tokens {
		top := &stack[len(stack)-1]
		switch {
		case closerOf(t.Type) != 0:
			next := level{closer: closerOf(t.Type), isFor: t.Type == hclsyntax.TokenOBrace && startsFor(tokens[i+1:])}
			stack = append(stack, next)
			if len(stack) > MaxDepth {
				return diag.Error("HA1012", t.Range.Ptr(), fmt.Sprintf("nested more than %d levels deep", MaxDepth),
					"Blocks, brackets, strings and templates count. No configuration that people write is nested like this.",
					diag.Help("Look for a bracket or a \"${\" that is never closed, or for a generator gone wrong."))
			}
			continue
		case t.Type == top.closer && len(stack) > 1:
			operators -= top.operators
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
			if t.Type == hclsyntax.TokenCBrack || t.Type == hclsyntax.TokenCParen { // an index, a call: one level more
				top.operators++
				operators++
			}
		case t.Type == hclsyntax.TokenComma, t.Type == hclsyntax.TokenNewline && endsItem(*top):
			operators -= top.operators
			top.operators = 0
		case deepens(t.Type):
			top.operators++
			operators++
		case isDirective(tokens, i) && len(stack) > 1: // inside of %{ }, but what follows that is deeper
			stack[len(stack)-2].operators++
			operators++
		case t.Type == hclsyntax.TokenNumberLit && hugeExponent(string(t.Bytes)):
			return diag.Error("HA1104", t.Range.Ptr(), fmt.Sprintf("the number %s has too many digits", t.Bytes),
				"Written out, it would fill the memory.", diag.Help("No argument takes numbers of this size."))
		}
		if operators > MaxOperators {
			return diag.Error("HA1013", t.Range.Ptr(), fmt.Sprintf("an expression of more than %d operators", MaxOperators),
				"Operators, indexes and template directives count. No expression that people write is this long.",
				diag.Help("Split it into several locals, or use a list and a function: sum, concat, join."))
		}
	}
	return nil
}

func closerOf(t hclsyntax.TokenType) hclsyntax.TokenType {
	switch t {
	case hclsyntax.TokenOBrace:
		return hclsyntax.TokenCBrace
	case hclsyntax.TokenOBrack:
		return hclsyntax.TokenCBrack
	case hclsyntax.TokenOParen:
		return hclsyntax.TokenCParen
	case hclsyntax.TokenOQuote:
		return hclsyntax.TokenCQuote
	case hclsyntax.TokenOHeredoc:
		return hclsyntax.TokenCHeredoc
	case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return hclsyntax.TokenTemplateSeqEnd
	}
	return 0
}

// startsFor tells whether the first word of the tokens is "for".
func startsFor(tokens hclsyntax.Tokens) bool {
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment {
			continue
		}
		return t.Type == hclsyntax.TokenIdent && string(t.Bytes) == "for"
	}
	return false
}

// endsItem tells whether a line break at this level ends an argument or an item.
func endsItem(l level) bool {
	return l.closer == 0 || l.closer == hclsyntax.TokenCBrace && !l.isFor
}

// deepens tells whether an operator makes the tree of its expression one level deeper.
func deepens(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenBang, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenQuestion, hclsyntax.TokenEqualOp,
		hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan,
		hclsyntax.TokenGreaterThanEq:
		return true
	}
	return false
}

// isDirective tells whether a token is the word of %{ if … } or %{ for … }: these are ended by %{ endif }, not by a
// bracket.
func isDirective(tokens hclsyntax.Tokens, i int) bool {
	return tokens[i].Type == hclsyntax.TokenIdent && i > 0 && tokens[i-1].Type == hclsyntax.TokenTemplateControl &&
		(string(tokens[i].Bytes) == "if" || string(tokens[i].Bytes) == "for")
}

// hugeExponent tells whether a number has an exponent of more than three digits.
func hugeExponent(number string) bool {
	i := strings.IndexAny(number, "eE")
	return i >= 0 && len(strings.TrimLeft(number[i+1:], "+-0")) > 3
}
