package keepalived

import "fmt"

// Place is a line of a file. The zero value is no place.
type Place struct {
	File string // as it was opened
	Line int    // from 1
}

// String is the place as compilers write it: edge.conf:12.
func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Statement is a keyword with its words, or an entry of a block of values, and the block that it opens.
type Statement struct {
	Place
	Keyword string   // the first word
	Words   []string // the words after it, without quotes
	// Raw is the text of the statement after substitution, with its quotes and without its comment: scripts are split
	// by rules of their own (see [SplitScript]).
	Raw    string
	Above  []string // the comments on the lines above, without their marks; an empty one for a blank line between them
	Beside string   // the comment on the same line
	Block  *Block   // nil: it opens none
	Number int      // of the statement among all that were read together, from 0
}

// Block is the statements between braces.
type Block struct {
	Statements []*Statement
	Close      Place    // of the closing brace; of the end of the file where it is missing
	Below      []string // the comments behind the last statement
}

// Find returns the statements with a keyword.
func (b *Block) Find(keyword string) []*Statement {
	var found []*Statement
	for _, s := range b.Statements {
		if s.Keyword == keyword {
			found = append(found, s)
		}
	}
	return found
}

// Kind is what sort of mistake a [Remark] is about.
type Kind string

// The kinds of remarks.
const (
	LineTooLong    Kind = "line-too-long"
	NulByte        Kind = "nul-byte"
	OpenQuote      Kind = "open-quote"
	BadDefinition  Kind = "bad-definition"
	BadLoop        Kind = "bad-loop"
	TooMuch        Kind = "too-much" // expansions without end
	IncludeFailed  Kind = "include-failed"
	IncludeCycle   Kind = "include-cycle"
	StrayOpen      Kind = "stray-open-brace"
	StrayClose     Kind = "stray-close-brace"
	MissingOpen    Kind = "missing-open-brace"
	MissingClose   Kind = "missing-close-brace"
	OtherEncoding  Kind = "other-encoding"
	NotInNewerOnes Kind = "older-versions-only" // keepalived 2.4 does not do what was meant
)

// Remark is what keepalived would complain of, with what it does about it.
type Remark struct {
	Place
	Kind   Kind
	What   string // the mistake, in words
	Effect string // what keepalived makes of it
}
