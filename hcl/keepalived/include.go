package keepalived

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// checks are what an include line insists on.
type checks struct{ read, match, wildcard, brace bool }

var includeWords = map[string]checks{
	"include": {}, "includer": {read: true}, "includem": {read: true, match: true}, "includew": {read: true, wildcard: true},
	"includeb": {read: true, brace: true}, "includea": {read: true, match: true, wildcard: true, brace: true},
}

// includeIn reads an include line; is tells that it is one.
func includeIn(text string) (pattern string, c checks, is bool) {
	word, rest, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
	c, is = includeWords[word]
	if is = is && trim(rest) != ""; !is {
		return "", checks{}, false
	}
	if words, _ := splitWords(rest); len(words) > 0 {
		return words[0], c, true
	}
	return "", c, true
}

// include puts the lines of the files that match before all that waits. Files that are open already would never end.
func (r *reader) include(l line, pattern string, c checks) {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(l.File), pattern)
	}
	var lines []line
	total := 0
	for _, alternative := range alternatives(pattern) {
		names, err := r.options.Glob(alternative)
		if err != nil || len(names) == 0 {
			r.unmatched(l, alternative, c, err)
			continue
		}
		slices.Sort(names)
		for _, name := range names {
			if slices.Contains(r.open, name) {
				r.remark(l.Place, IncludeCycle, fmt.Sprintf("%s includes itself: %s", name, strings.Join(append(r.open, name), " > ")),
					"keepalived opens files until it has no more left; here it is read once")
				continue
			}
			content, err := r.options.ReadFile(name)
			if err != nil {
				r.remark(l.Place, IncludeFailed, fmt.Sprintf("%s cannot be read: %v", name, err), effectOf(c.read, "goes on without it"))
				continue
			}
			total++
			lines = append(lines, line{Place: Place{File: name}, text: openFile})
			lines = append(lines, r.split(name, content)...)
			lines = append(lines, line{Place: Place{File: name}, text: closeFile})
		}
	}
	if total > 0 {
		r.push(lines)
	}
}

// openFile and closeFile stand around the lines of a file; a NUL is in no other line.
const (
	openFile  = "\x00open"
	closeFile = "\x00close"
)

// unmatched tells of a pattern without a file.
func (r *reader) unmatched(l line, pattern string, c checks, err error) {
	what := fmt.Sprintf("no file matches %s", pattern)
	if err != nil {
		what = fmt.Sprintf("%s: %v", what, err)
	}
	strict := c.brace || c.wildcard || c.match && !strings.ContainsAny(pattern, "*?[")
	r.remark(l.Place, IncludeFailed, what, effectOf(strict, "goes on without it"))
}

func effectOf(strict bool, otherwise string) string {
	if strict {
		return "keepalived does not start"
	}
	return "keepalived " + otherwise
}

// alternatives expands {a,b} as csh does; nested ones too. A pattern without is its only alternative.
func alternatives(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}
	}
	depth, from := 0, open+1
	var parts []string
	for i := open; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '{':
			depth++
		case c == ',' && depth == 1:
			parts = append(parts, pattern[from:i])
			from = i + 1
		case c == '}':
			if depth--; depth > 0 {
				continue
			}
			parts = append(parts, pattern[from:i])
			var all []string
			for _, p := range parts {
				for _, rest := range alternatives(p + pattern[i+1:]) {
					if len(all) < maxAlternatives {
						all = append(all, pattern[:open]+rest)
					}
				}
			}
			return all
		}
	}
	return []string{pattern} // a brace without its end is a character
}

// maxAlternatives bounds a pattern.
const maxAlternatives = 10_000

// regular lists the files of a pattern as keepalived takes them: no folders, no special files, nothing executable.
func regular(pattern string, stat func(string) (fs.FileInfo, error)) ([]string, error) {
	names, err := filepath.Glob(pattern)
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := stat(name)
		return err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 != 0
	}), err
}
