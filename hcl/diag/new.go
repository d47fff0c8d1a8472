package diag

import "github.com/hashicorp/hcl/v2"

// Option adds one thing to a diagnostic that Error or Warning makes.
type Option func(*hcl.Diagnostic, *Extra)

// Error makes a diagnostic that keeps the configuration from being used.
//
// Code stands in the table of codes. Subject is the smallest thing that is wrong; nil where no file is to blame.
// Summary is one sentence in lower case without a full stop and names the value that is wrong; detail says why, in
// whole sentences, and may be empty.
func Error(code string, subject *hcl.Range, summary, detail string, opts ...Option) *hcl.Diagnostic {
	return build(hcl.DiagError, code, subject, summary, detail, opts)
}

// Warning makes a diagnostic that people should see but that stops nothing. Arguments as for Error.
func Warning(code string, subject *hcl.Range, summary, detail string, opts ...Option) *hcl.Diagnostic {
	return build(hcl.DiagWarning, code, subject, summary, detail, opts)
}

func build(severity hcl.DiagnosticSeverity, code string, subject *hcl.Range, summary, detail string, opts []Option) *hcl.Diagnostic {
	extra := &Extra{Code: code}
	d := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Extra: extra}
	if subject != nil {
		at := *subject // the caller may go on using its variable
		d.Subject = &at
	}
	for _, opt := range opts {
		opt(d, extra)
	}
	return d
}

// Help says what to do: `Did you mean "weight"?`. An empty text adds nothing.
func Help(text string) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.Help = text }
}

// DidYouMean is Help with the best of the candidates in quotes, or nothing when none is near.
func DidYouMean(word string, candidates []string) Option {
	return func(_ *hcl.Diagnostic, e *Extra) {
		if best := Suggest(word, candidates); best != "" {
			e.Help = "Did you mean \"" + best + "\"?"
		}
	}
}

// See adds a second place with a few words about it: `vip "web" is first defined here`.
func See(message string, at hcl.Range) Option {
	return func(_ *hcl.Diagnostic, e *Extra) {
		e.Related = append(e.Related, Related{Message: message, Range: at})
	}
}

// Hide keeps a place out of all source that is shown, of this diagnostic and of others: it may hold a secret.
func Hide(at hcl.Range) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.Hidden = append(e.Hidden, at) }
}

// Repair adds edits that remove the cause; the title says what they do: `Rename to weight`.
func Repair(title string, edits ...Edit) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.Fix = &Fix{Title: title, Edits: edits} }
}

// OnNode names the node concerned, for findings about one node.
func OnNode(name string) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.Node = name }
}

// About names the configured thing: pool.web.server.web1.
func About(address string) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.Address = address }
}

// In says in words where the place is: pool "web" > server "web1".
func In(words string) Option {
	return func(_ *hcl.Diagnostic, e *Extra) { e.In = words }
}

// Around is what to show besides the subject: usually the header of the block.
func Around(context hcl.Range) Option {
	return func(d *hcl.Diagnostic, _ *Extra) { d.Context = &context }
}

// Evaluated names the expression that failed and its scope, so that the values of its references are shown.
func Evaluated(expr hcl.Expression, ctx *hcl.EvalContext) Option {
	return func(d *hcl.Diagnostic, _ *Extra) { d.Expression, d.EvalContext = expr, ctx }
}

// Of returns our part of a diagnostic; nil when the diagnostic is the library's own.
func Of(d *hcl.Diagnostic) *Extra {
	e, _ := hcl.DiagnosticExtra[*Extra](d)
	return e
}
