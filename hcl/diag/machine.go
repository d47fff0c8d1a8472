package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// FormatVersion is the version of the JSON document. It grows when a field is removed or changes its meaning.
const FormatVersion = "1.0"

// Document is what JSON writes: Terraform's `validate -json`, with more in each diagnostic.
type Document struct {
	FormatVersion string       `json:"format_version"`
	Valid         bool         `json:"valid"`
	ErrorCount    int          `json:"error_count"`
	WarningCount  int          `json:"warning_count"`
	Diagnostics   []Diagnostic `json:"diagnostics"`
}

// JSON writes all diagnostics as one document.
func JSON(w io.Writer, list []Diagnostic) error {
	errors, warnings := Count(list)
	if list == nil {
		list = []Diagnostic{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(Document{FormatVersion, errors == 0, errors, warnings, list})
}

// GitHub writes workflow commands: one line each, which GitHub shows at the place in the pull request.
func GitHub(w io.Writer, list []Diagnostic) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range list {
		place := ""
		if d.Range != nil {
			place = fmt.Sprintf("file=%s,line=%d,col=%d,endLine=%d,endColumn=%d,", property.Replace(Clean(d.Range.Filename)),
				d.Range.Start.Line, d.Range.Start.Column, d.Range.End.Line, d.Range.End.Column)
		}
		text := []string{d.Summary}
		for _, more := range []string{d.Detail, d.Help} {
			if more != "" {
				text = append(text, more)
			}
		}
		_, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", d.Severity, place, property.Replace(Clean(d.Code)),
			data.Replace(cleanLines(strings.Join(text, "\n"))))
		if err != nil {
			return err
		}
	}
	return nil
}

// GCC writes one line each, in the form that editors and grep know: file:line:col: error: text [HA2104].
func GCC(w io.Writer, list []Diagnostic) error {
	for _, d := range list {
		place := "ha"
		if d.Range != nil {
			place = fmt.Sprintf("%s:%d:%d", d.Range.Filename, d.Range.Start.Line, d.Range.Start.Column)
		}
		text := d.Summary
		if d.Help != "" {
			text += "; " + d.Help
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s [%s]\n", Clean(place), d.Severity, Clean(text), Clean(d.Code)); err != nil {
			return err
		}
	}
	return nil
}

// cleanLines is Clean for a text of several lines.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
