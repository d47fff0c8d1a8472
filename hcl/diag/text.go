package diag

import (
	"fmt"
	"io"
)

// TextOptions say how the text form looks.
type TextOptions struct {
	ASCII bool // nothing outside of ASCII, for locales without UTF-8
	Color bool // ANSI colours
	Width int  // columns at which details are wrapped; 0 is 100
	Max   int  // diagnostics to print; 0 is 50, negative is all
}

// Text writes diagnostics for people.
func Text(w io.Writer, list []Diagnostic, o TextOptions) error {
	for _, d := range list {
		if _, err := fmt.Fprintf(w, "%s\n", d.Summary); err != nil {
			return err
		}
	}
	return nil
}
