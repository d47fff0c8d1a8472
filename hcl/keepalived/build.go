package keepalived

import "strings"

// builder makes the tree of statements from lines in their order.
type builder struct {
	reader *reader
	root   *Block
	stack  []*frame
	last   *Statement // the last statement, while a brace may still follow
	above  []string   // comments that wait for their statement
	count  int        // of statements so far
}

// frame is a block that is open.
type frame struct {
	keyword string
	block   *Block
}

func newBuilder(r *reader) builder {
	root := &Block{}
	return builder{reader: r, root: root, stack: []*frame{{block: root}}}
}

func (b *builder) top() *frame { return b.stack[len(b.stack)-1] }

// comments keeps the comment of a line without code for the statement that follows. Blank lines count between comments.
func (b *builder) comments(l line) {
	switch {
	case l.marked && l.text == "":
		b.above = append(b.above, l.comment)
	case l.blank && len(b.above) > 0 && b.above[len(b.above)-1] != "":
		b.above = append(b.above, "")
	}
}

// line splits a line at its braces.
func (b *builder) line(l line) {
	text, quoted, from := l.text, false, 0
	var added *Statement
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '}':
			if s := b.statement(l, text[from:i]); s != nil {
				added = s
			}
			from = i + 1
			if c == '{' {
				b.openBrace(l.Place)
			} else {
				b.closeBrace(l.Place)
			}
		}
	}
	if s := b.statement(l, text[from:]); s != nil {
		added = s
	}
	switch {
	case l.marked && added != nil:
		added.Beside = l.comment
	case l.marked:
		b.above = append(b.above, l.comment) // beside a brace
	}
}

// statement adds a statement to the open block; nil for nothing but blanks.
func (b *builder) statement(l line, text string) *Statement {
	text = trim(text)
	words, open := splitWords(text)
	if open {
		b.reader.remark(l.Place, OpenQuote, "a quotation mark is missing", "keepalived takes the rest of the line as quoted")
	}
	if len(words) == 0 {
		return nil
	}
	b.missingOpen()
	s := &Statement{Place: l.Place, Keyword: words[0], Words: words[1:], Raw: text, Above: trimBlank(b.above), Number: b.count}
	b.count++
	b.above = nil
	b.top().block.Statements = append(b.top().block.Statements, s)
	b.last = s
	return s
}

// missingOpen enters the block of a keyword that has one and was not followed by a brace, as keepalived does.
func (b *builder) missingOpen() {
	if b.last == nil || b.reader.options.Opens == nil || !b.reader.options.Opens(b.top().keyword, b.last.Keyword) {
		return
	}
	b.reader.remark(b.last.Place, MissingOpen, "the { of "+b.last.Keyword+" is missing", "keepalived enters the block all the same")
	b.enter()
}

// enter opens the block of the last statement.
func (b *builder) enter() {
	b.last.Block = &Block{}
	b.stack = append(b.stack, &frame{b.last.Keyword, b.last.Block})
	b.last = nil
}

func (b *builder) openBrace(at Place) {
	if b.last == nil {
		b.reader.remark(at, StrayOpen, "a { without a keyword before it", "keepalived ignores it")
		return
	}
	b.enter()
}

func (b *builder) closeBrace(at Place) {
	b.missingOpen()
	b.last = nil
	if len(b.stack) == 1 {
		b.reader.remark(at, StrayClose, "a } without a block that it could end", "keepalived ignores it")
		return
	}
	b.top().block.Close = at
	b.top().block.Below, b.above = trimBlank(b.above), nil
	b.stack = b.stack[:len(b.stack)-1]
}

// finish closes what is still open at the end of the file.
func (b *builder) finish(end Place) *Block {
	for len(b.stack) > 1 {
		b.reader.remark(end, MissingClose, "the } of "+b.top().keyword+" is missing", "keepalived uses what it has read")
		b.top().block.Close = end
		b.stack = b.stack[:len(b.stack)-1]
	}
	b.root.Close, b.root.Below = end, trimBlank(b.above)
	return b.root
}

// trimBlank takes blank comment lines off both ends.
func trimBlank(list []string) []string {
	for len(list) > 0 && strings.TrimSpace(list[0]) == "" {
		list = list[1:]
	}
	for len(list) > 0 && strings.TrimSpace(list[len(list)-1]) == "" {
		list = list[:len(list)-1]
	}
	return list
}
