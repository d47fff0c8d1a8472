package diag

// Diagnostic is a finding ready to be printed: flat, with its source lines, without anything of the HCL library. Its
// JSON form has the names and meanings of Terraform's `validate -json`, plus ours.
type Diagnostic struct {
	Severity string   `json:"severity"` // error, warning
	Code     string   `json:"code,omitempty"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Help     string   `json:"help,omitempty"`
	Node     string   `json:"node,omitempty"`
	Address  string   `json:"address,omitempty"`
	In       string   `json:"-"` // pool "web" > server "web1"
	Range    *Span    `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
	Related  []Note   `json:"related,omitempty"`
	Fix      *Remedy  `json:"fix,omitempty"`
}

// Span is a piece of a file.
type Span struct {
	Filename string `json:"filename"`
	Start    Point  `json:"start"`
	End      Point  `json:"end"` // the first place behind it
}

// Point is a place in a file. Line and column count from 1, columns in grapheme clusters; Byte counts from 0.
type Point struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Snippet is the source that a diagnostic is about.
type Snippet struct {
	Context   *string `json:"context"` // the header of the block: server "web1"
	Code      string  `json:"code"`    // the lines of the range
	StartLine int     `json:"start_line"`
	// HighlightStart and HighlightEnd are byte offsets into Code.
	HighlightStart int     `json:"highlight_start_offset"`
	HighlightEnd   int     `json:"highlight_end_offset"`
	Values         []Value `json:"values"`
	// Lines are what the text form shows: those of the range and their neighbours.
	Lines []Line `json:"-"`
}

// Line is one line of source. Bytes From to To of Text are marked; both are 0 where nothing is.
type Line struct {
	Number   int
	Text     string
	From, To int
}

// Value is what a reference in the failed expression was: var.w, "is 10".
type Value struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// Note is a second place.
type Note struct {
	Message string `json:"message"`
	Range   Span   `json:"range"`
	Line    string `json:"-"` // its first line of source, if known
}

// Remedy is an edit that removes the cause.
type Remedy struct {
	Title string        `json:"title"`
	Edits []Replacement `json:"edits"`
}

// Replacement replaces a range by a text.
type Replacement struct {
	Range   Span   `json:"range"`
	NewText string `json:"new_text"`
}
