package convert

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"ha/hcl"
	"ha/hcl/diag"
)

// check loads the result as `ha validate` does, and makes sure that it is in its layout and compiles.
func check(r *Result, o Options) error {
	dir, err := os.MkdirTemp("", "ha-convert-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for i, f := range r.Files {
		if !strings.HasSuffix(f.Name, ".hcl") {
			continue
		}
		if len(f.Content) < small || !ascii(f.Content) {
			formatted, found := hcl.Format(f.Content, f.Name)
			if errors, _ := diag.Count(found); errors > 0 {
				return internal("%s does not parse: %s", f.Name, said(found))
			}
			r.Files[i].Content = formatted
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), r.Files[i].Content, 0o600); err != nil {
			return err
		}
	}
	config, found := hcl.Load(dir, hcl.Inputs{Version: o.Version})
	if config == nil {
		return internal("the result is not valid: %s", said(found))
	}
	if _, err := config.Compile(r.Node); err != nil {
		return internal("the result does not compile: %w", err)
	}
	return nil
}

// small is up to which size every file is laid out by the formatter itself; larger ones are only where their text could be
// wider than it has characters.
const small = 256 << 10

func ascii(text []byte) bool {
	return !bytes.ContainsFunc(text, func(c rune) bool { return c >= 0x80 })
}

// said are the errors of a list as a text.
func said(list []diag.Diagnostic) string {
	var b strings.Builder
	if err := diag.Text(&b, list, diag.TextOptions{Max: 5}); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
