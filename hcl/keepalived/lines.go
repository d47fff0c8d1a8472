package keepalived

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// maxLine is how many bytes keepalived reads of a line, its end included.
const maxLine = 1023

// line is a logical line on its way through the stages.
type line struct {
	Place
	text    string // without comment and blanks around it
	comment string // what stood behind the mark
	marked  bool   // there was a comment
	blank   bool   // nothing stood on the line
}

// split makes logical lines of a file.
func (r *reader) split(name string, content []byte) []line {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	lines := make([]line, 0, bytes.Count(content, []byte{'\n'})+1)
	for n := 1; len(content) > 0; n++ {
		raw, rest, _ := bytes.Cut(content, []byte{'\n'})
		content = rest
		at := Place{name, n}
		switch {
		case len(raw) >= maxLine:
			r.remark(at, LineTooLong, "the line is longer than 1022 bytes", "keepalived ignores the whole line")
			continue
		case bytes.IndexByte(raw, 0) >= 0:
			r.remark(at, NulByte, "the line has a NUL byte", "keepalived ignores the whole line")
			continue
		}
		lines = append(lines, r.logical(at, bytes.TrimRight(raw, "\r")))
	}
	return lines
}

// logical takes comment and blanks off a physical line.
func (r *reader) logical(at Place, raw []byte) line {
	text := string(raw)
	if !utf8.ValidString(text) {
		text = r.readable(at, raw)
	}
	text, comment, marked := r.uncomment(at, text)
	l := line{Place: at, text: trim(text), comment: strings.TrimSpace(strings.TrimLeft(comment, "#!")), marked: marked}
	l.blank = l.text == "" && !marked
	return l
}

// uncomment cuts a line at the first comment mark outside of double quotes. A backslash before the mark does not help: one
// of keepalived's processes takes it away, and the next one sees the mark.
func (r *reader) uncomment(at Place, text string) (code, comment string, marked bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted || c != '#' && c != '!':
		default:
			return strings.TrimSuffix(text[:i], `\`), text[i:], true
		}
	}
	if quoted {
		r.remark(at, OpenQuote, "a quotation mark is missing", "keepalived takes the rest of the line as quoted")
	}
	return text, "", false
}

// readable makes UTF-8 of a line in another encoding: most files that are not UTF-8 are Chinese, the rest is Western.
func (r *reader) readable(at Place, raw []byte) string {
	if !r.foreign {
		r.foreign = true
		r.remark(at, OtherEncoding, "the file is not UTF-8", "its comments are kept as GB 18030 or Latin-1, whichever they can be")
	}
	if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
		return string(text)
	}
	text, err := charmap.ISO8859_1.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(text)
}

// trim takes away what keepalived takes for blank.
func trim(s string) string { return strings.Trim(s, " \t\r\n") }
