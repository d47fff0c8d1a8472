package planner

import (
	"slices"
	"strconv"
	"strings"
)

// line is one line of a plan: a symbol, a name, what happens, and where it was asked for.
type line struct {
	symbol, name, detail, place string
}

// Symbol returns the sign of a change: + ~ - -/+ > <, ! where drift is corrected, ? where it waits for a condition.
func (c Change) Symbol() string {
	if c.Layer == Latent {
		return "?"
	}
	if c.Cause == CauseDrift {
		return "!"
	}
	switch c.Action {
	case Create:
		return "+"
	case Update:
		return "~"
	case Replace:
		return "-/+"
	case Delete:
		return "-"
	case Adopt:
		return ">"
	case Release:
		return "<"
	}
	return " "
}

// lines words a change. A behaviour that changes in several arguments takes a line for each, since each stands in
// a place of its own; everything else is one line.
func lines(c Change, brief bool) []line {
	one := line{c.Symbol(), Sanitise(c.Name), Sanitise(detail(c, brief)), where(c.Source)}
	if c.Layer != Behaviour || c.Action != Update || brief {
		return []line{one}
	}
	var out []line
	dearest := 0
	for i, f := range c.Fields {
		if f.Impact > c.Fields[dearest].Impact {
			dearest = i
		}
	}
	for i, f := range c.Fields {
		words := fieldWords(f)
		if i == dearest {
			words = joined(append([]string{words}, c.Effects...))
		}
		l := line{one.symbol, one.name, Sanitise(words), one.place}
		if f.Path == "name" {
			l.detail = Sanitise("was " + f.Before)
		}
		if f.Source != (Source{}) {
			l.place = where(f.Source)
		}
		out = append(out, l)
	}
	return out
}

// fullLines lists every field of a change, for those who want to see all.
func fullLines(c Change) []string {
	var out []string
	for _, f := range c.Fields {
		words := f.Path + " " + orNone(f.After)
		if c.Action == Delete {
			words = f.Path + " " + orNone(f.Before)
		}
		if c.Action == Update || c.Action == Replace {
			words = fieldWords(f)
		}
		out = append(out, Sanitise(words))
	}
	return out
}

// detail says in words what happens.
func detail(c Change, brief bool) string {
	var parts []string
	switch {
	case c.Layer == Latent:
		parts = []string{"when " + strings.Replace(c.When, "=", " is ", 1) + ": " + verb(c)}
	case c.Action == Adopt:
		return "as wanted already; managed from now on"
	case c.Action == Release:
		return "left in place; no longer managed"
	case c.Cause == CauseDrift:
		return driftWords(c)
	case c.Action == Create:
		parts = []string{created(telling(c), brief)}
	case c.Action == Delete && c.Layer == Behaviour:
		parts = []string{"no longer configured"}
	case c.Action == Update || c.Action == Replace:
		parts = []string{changed(c.Fields)}
		if c.Action == Replace {
			parts = append(parts, "cannot be changed in place")
		}
	case hasReason(c, ReasonDependency):
		parts = []string{"makes room for what follows"}
	}
	return joined(append(parts, c.Effects...))
}

// verb says what a latent change will do.
func verb(c Change) string {
	switch c.Action {
	case Create:
		return "add"
	case Delete:
		return "no longer added"
	case Update, Replace:
		return changed(c.Fields)
	case Adopt, Release:
	}
	return string(c.Action)
}

// driftWords says what live has become and that it is taken back.
func driftWords(c Change) string {
	switch c.Action {
	case Create:
		return joined(append([]string{"missing, put back"}, c.Effects...))
	case Delete:
		return "not wanted here, removed"
	case Update, Replace, Adopt, Release:
	}
	return joined(append([]string{changed(c.Fields), "changed outside ha, put back"}, c.Effects...))
}

// telling leaves out of a new object what goes without saying and what an effect says better.
func telling(c Change) []Field {
	return slices.DeleteFunc(slices.Clone(c.Fields), func(f Field) bool {
		words := f.Path + " " + f.After
		said := slices.ContainsFunc(c.Effects, func(effect string) bool { return strings.HasPrefix(effect, words+" -> ") })
		return said || c.Layer != Behaviour && (words == "scope global" || words == "type unicast")
	})
}

// shortest is how many fields of something new are listed by default.
const shortest = 3

func created(fields []Field, brief bool) string {
	var words []string
	for i, f := range fields {
		if brief || i == shortest && len(fields) > shortest+1 {
			if i > 0 {
				words = append(words, "and "+strconv.Itoa(len(fields)-i)+" more")
			}
			break
		}
		words = append(words, f.Path+" "+f.After)
	}
	return strings.Join(words, ", ")
}

func changed(fields []Field) string {
	var words []string
	for _, f := range fields {
		words = append(words, fieldWords(f))
	}
	return strings.Join(words, ", ")
}

// fieldWords says how a field changes: priority 100 -> 120, or of a list what joins and leaves it.
func fieldWords(f Field) string {
	before, isList := elements(f.Before)
	after, stillList := elements(f.After)
	if !isList || !stillList {
		return f.Path + " " + orNone(f.Before) + " -> " + orNone(f.After)
	}
	var words []string
	for _, e := range after {
		if !slices.Contains(before, e) {
			words = append(words, "+ "+e)
		}
	}
	for _, e := range before {
		if !slices.Contains(after, e) {
			words = append(words, "- "+e)
		}
	}
	if len(words) == 0 { // the order, or how often something stands there
		return f.Path + " " + f.Before + " -> " + f.After
	}
	return f.Path + " " + strings.Join(words, ", ")
}

// elements splits a list as HCL writes it, ["a", "b"], into its elements without their quotes.
func elements(s string) ([]string, bool) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return nil, false
	}
	var out []string
	quoted, begin := false, 1
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ',' || i == len(s)-1):
			if e := strings.Trim(s[begin:i], " \""); e != "" {
				out = append(out, e)
			}
			begin = i + 1
		}
	}
	return out, true
}

func joined(parts []string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// where spells a place in the configuration.
func where(s Source) string {
	if s.File == "" {
		return ""
	}
	if s.Line == 0 {
		return Sanitise(s.File)
	}
	return Sanitise(s.File) + ":" + strconv.Itoa(s.Line)
}

// String returns the summary as the last line of a plan: what is to do, and what it costs.
func (s Summary) String() string {
	var parts []string
	for _, p := range []struct {
		n     int
		words string
	}{
		{s.Create, "to add"},
		{s.Update, "to change"},
		{s.Replace, "to replace"},
		{s.Delete, "to remove"},
		{s.Adopt, "to adopt"},
		{s.Release, "to release"},
		{s.Drift, "drift to correct"},
		{s.Latent, "waiting for a condition"},
		{s.Conflicts, plural(s.Conflicts, "conflict")},
	} {
		if p.n > 0 {
			parts = append(parts, strconv.Itoa(p.n)+" "+p.words)
		}
	}
	if len(parts) == 0 {
		return "No changes."
	}
	return strings.Join(parts, ", ") + ". Impact: " + s.Impact.String() + "."
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
