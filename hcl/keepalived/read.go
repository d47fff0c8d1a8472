package keepalived

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// Options say in what surroundings a file is read.
type Options struct {
	ID  string // config id for lines with @: the -i of keepalived, else the host name up to its first dot
	Env func(name string) string
	// Glob returns the files that match a pattern, and ReadFile what is in one.
	Glob     func(pattern string) ([]string, error)
	ReadFile func(name string) ([]byte, error)
	// Opens tells whether a keyword opens a block within another (empty: at the top), so that a missing brace is
	// noticed. Nil: a brace alone tells.
	Opens func(parent, keyword string) bool
}

// System is the surroundings of this machine, without environment: what a file says must not depend on who converts it.
func System(id string) Options {
	return Options{
		ID: id, Env: func(string) string { return "" }, ReadFile: os.ReadFile,
		Glob: func(pattern string) ([]string, error) { return regular(pattern, os.Stat) },
	}
}

// reader carries lines through the stages.
type reader struct {
	options Options
	remarks []Remark
	names   map[string]definition
	random  *rand.Rand
	open    []string // files that are being read, outermost first
	pending [][]line // a stack: the last list goes first, from its front
	foreign bool     // a line in another encoding was told of

	collecting string // the name whose body is being read
	body       []string
	work       int // bytes of expansion so far

	builder builder
}

// maxWork bounds what expansions may make of a file, in bytes: far more than any real one does.
const maxWork = 32 << 20

// Read reads a file and what it includes. The error is that of the file itself; whatever else is wrong is a remark.
func Read(name string, o Options) (*Block, []Remark, error) {
	content, err := o.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{options: o, names: map[string]definition{}, random: rand.New(rand.NewPCG(0, 0)), open: []string{name}}
	r.builder = newBuilder(r)
	lines := r.split(name, content)
	r.push(lines)
	for {
		l, ok := r.pop()
		if !ok {
			break
		}
		r.process(l)
	}
	if r.collecting != "" {
		r.names[r.collecting] = definition{lines: r.body, multi: true}
	}
	return r.builder.finish(Place{name, len(lines)}), r.remarks, nil
}

func (r *reader) remark(at Place, kind Kind, what, effect string) {
	if n := len(r.remarks); n > 0 && r.remarks[n-1].Place == at && r.remarks[n-1].What == what {
		return // a line goes through some stages more than once
	}
	r.remarks = append(r.remarks, Remark{at, kind, what, effect})
}

// push puts lines before all that waits.
func (r *reader) push(lines []line) {
	if len(lines) > 0 {
		r.pending = append(r.pending, lines)
	}
}

func (r *reader) pop() (line, bool) {
	for len(r.pending) > 0 {
		top := &r.pending[len(r.pending)-1]
		if len(*top) > 0 {
			l := (*top)[0]
			*top = (*top)[1:]
			return l, true
		}
		r.pending = r.pending[:len(r.pending)-1]
	}
	return line{}, false
}

// process carries a line through the stages, up to the tree.
func (r *reader) process(l line) {
	switch {
	case l.text == openFile:
		r.open = append(r.open, l.File)
		return
	case l.text == closeFile:
		r.open = r.open[:len(r.open)-1]
		return
	case r.collecting != "":
		r.collect(l)
		return
	}
	if l.text == "" {
		r.builder.comments(l)
		return
	}
	for range maxRescans {
		if l.text = r.condition(l.text); l.text == "" || r.define(l) || r.loop(l) {
			return
		}
		text, rest := r.substitute(l)
		r.push(r.expanded(l, rest))
		if r.exhausted(l.Place) {
			return
		}
		again := text != l.text && special(text)
		l.text = trim(text)
		if !again {
			break
		}
		r.remark(l.Place, NotInNewerOnes, "a condition, a loop or a definition comes out of another definition",
			"keepalived up to 2.3.4 heeds it, as its manual says; later ones take it for an unknown keyword")
	}
	if code, _, marked := r.uncomment(l.Place, l.text); marked {
		l.text = trim(code)
	}
	if pattern, c, is := includeIn(l.text); is {
		r.include(l, pattern, c)
		return
	}
	r.builder.line(l)
}

// maxRescans bounds how often one line may turn into something else.
const maxRescans = 100

// special tells whether a line is more than a statement.
func special(text string) bool {
	if _, _, is := definitionIn(text); is {
		return true
	}
	return strings.HasPrefix(text, "@") || strings.HasPrefix(text, "~SEQ") || strings.HasPrefix(text, "~LST")
}

// expanded are the further lines of a body, at the place of its use.
func (r *reader) expanded(l line, rest []string) []line {
	lines := make([]line, len(rest))
	for i, text := range rest {
		lines[i] = line{Place: l.Place, text: text}
		r.work += len(text) + 64
	}
	return lines
}

// exhausted tells that expansions have no end; once, and then everything that waits is dropped.
func (r *reader) exhausted(at Place) bool {
	if r.work <= maxWork {
		return false
	}
	if r.pending != nil {
		r.remark(at, TooMuch, fmt.Sprintf("definitions and loops make more than %d MB of text", maxWork>>20), "keepalived would go on until it has no memory left; what follows is not read")
		r.pending = nil
	}
	return true
}

// condition takes the @ID in front of a line away when it holds; else the line is empty.
func (r *reader) condition(text string) string {
	rest, is := strings.CutPrefix(text, "@")
	if !is {
		return text
	}
	rest, not := strings.CutPrefix(rest, "^")
	end := strings.IndexAny(rest, " \t")
	if end < 0 || (rest[:end] == r.options.ID) == not {
		return ""
	}
	return trim(rest[end:])
}

// loop expands a line with a loop; false when it is another line.
func (r *reader) loop(l line) bool {
	found, is, err := r.loopIn(l)
	if !is {
		return false
	}
	if err != nil {
		r.remark(l.Place, BadLoop, err.Error(), "keepalived ignores the line")
		return true
	}
	lines := make([]line, 0, len(found.values)*(len(found.names)+1))
	for _, values := range found.values {
		for i, name := range found.names {
			lines = append(lines, line{Place: l.Place, text: "$" + name + "=" + values[i]})
		}
		lines = append(lines, line{Place: l.Place, text: found.body})
		if r.work += len(found.body) + 64; r.exhausted(l.Place) {
			return true
		}
	}
	r.push(lines)
	return true
}
