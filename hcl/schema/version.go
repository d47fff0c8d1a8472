package schema

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/mod/semver"
)

// Constraint is conditions on the version of ha that must all hold.
type Constraint struct {
	text  string
	terms []term
}

type term struct{ op, version string } // version in the form of x/mod/semver: v1.2.0

// Allows tells whether a version ("1.4.0", "1.5.0-rc1") satisfies the constraint. A text that is no version, as of a
// build from source, satisfies everything.
func (c Constraint) Allows(version string) bool {
	v := canonical(version)
	if v == "" {
		return true
	}
	for _, t := range c.terms {
		if !t.holds(v) {
			return false
		}
	}
	return true
}

// String is the constraint as written.
func (c Constraint) String() string { return c.text }

func (t term) holds(v string) bool {
	d := semver.Compare(v, canonical(t.version))
	switch t.op {
	case "=":
		return d == 0
	case "!=":
		return d != 0
	case ">":
		return d > 0
	case ">=":
		return d >= 0
	case "<":
		return d < 0
	case "<=":
		return d <= 0
	}
	// "~> 1.4" allows 1.5 but not 2.0; "~> 1.4.2" allows 1.4.3 but not 1.5.
	if strings.Count(t.version, ".") == 1 {
		return d >= 0 && semver.Major(v) == semver.Major(canonical(t.version))
	}
	return d >= 0 && semver.MajorMinor(v) == semver.MajorMinor(canonical(t.version))
}

// canonical is the form of x/mod/semver; empty for what is no version.
func canonical(version string) string {
	return semver.Canonical("v" + strings.TrimPrefix(version, "v"))
}

// VersionConstraint is conditions on the version of ha. Its Go value is a [Constraint].
type VersionConstraint struct{}

// Type is string.
func (VersionConstraint) Type() cty.Type { return cty.String }

// Parse takes texts such as ">= 1.2, < 2.0" and "~> 1.4".
func (k VersionConstraint) Parse(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	c := Constraint{text: v.AsString()}
	at := 0
	for part := range strings.SplitSeq(c.text, ",") {
		trimmed := strings.TrimSpace(part)
		op := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "<>=!~"))]
		t := term{op: op, version: strings.TrimSpace(trimmed[len(op):])}
		if t.op == "" {
			t.op = "="
		}
		known := t.op == "=" || t.op == "!=" || t.op == ">" || t.op == ">=" || t.op == "<" || t.op == "<=" || t.op == "~>"
		if !known || canonical(t.version) == "" || t.op == "~>" && !strings.Contains(t.version, ".") {
			e := wrong(CodeName, "is %s; %s is not a condition on a version", quote(c.text), quote(trimmed))
			e.Help = fmt.Sprintf("Write %s.", k.Words())
			e.Offset, e.Length = at, len(part)
			return nil, e
		}
		c.terms = append(c.terms, t)
		at += len(part) + 1
	}
	return c, nil
}

// Print is the constraint.
func (VersionConstraint) Print(v any) string {
	if c, ok := v.(Constraint); ok {
		return c.text
	}
	return ""
}

// Words names the kind.
func (VersionConstraint) Words() string {
	return `conditions with = != > >= < <= or ~>, for example ">= 1.2, < 2.0"`
}
