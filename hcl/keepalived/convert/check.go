package convert

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ha/hcl"
	"ha/hcl/diag"
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
)

// maxRounds bounds how often something is taken out because it is refused, and what is left is checked again.
const maxRounds = 20

// settle prints files and loads them as `ha validate` does. What the language refuses although keepalived takes it is
// taken out, and stays as a comment with a remark. The result is valid, in its layout, and compiles.
func settle(files []*layout.File, r *Result, o Options) ([]File, error) {
	for range maxRounds {
		printed := make([]File, len(files))
		for i, f := range files {
			printed[i] = File{Name: f.Name, Content: f.Print()}
		}
		config, found, err := load(printed, o)
		switch {
		case err != nil:
			return nil, err
		case config == nil:
			if !takeOut(files, found, r.Account) {
				return nil, internal("the result is not valid: %s", said(found))
			}
			continue
		}
		if _, err := config.Compile(r.Node); err != nil {
			return nil, internal("the result does not compile: %w", err)
		}
		return printed, nil
	}
	return nil, internal("the result is not valid, whatever is taken out")
}

// load brings files into their layout, writes them to a folder of their own and loads that.
func load(files []File, o Options) (*hcl.Config, []diag.Diagnostic, error) {
	dir, err := os.MkdirTemp("", "ha-convert-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	for i, f := range files {
		if len(f.Content) < small || !ascii(f.Content) {
			formatted, found := hcl.Format(f.Content, f.Name)
			if errors, _ := diag.Count(found); errors > 0 {
				return nil, nil, internal("%s does not parse: %s", f.Name, said(found))
			}
			files[i].Content = formatted
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), files[i].Content, 0o600); err != nil {
			return nil, nil, err
		}
	}
	config, found := hcl.Load(dir, hcl.Inputs{Version: o.Version})
	return config, found, nil
}

// small is up to which size every file is laid out by the formatter itself; larger ones are only where their text could be
// wider than it has characters.
const small = 256 << 10

func ascii(text []byte) bool {
	return !bytes.ContainsFunc(text, func(c rune) bool { return c >= 0x80 })
}

// takeOut replaces by comments the blocks that are refused; false when none of them can go.
func takeOut(files []*layout.File, found []diag.Diagnostic, a *account.Account) bool {
	var gone []*layout.Block
	for _, d := range found {
		if d.Severity != "error" {
			continue
		}
		path := refused(files, d)
		if len(path) == 0 || slices.ContainsFunc(path, func(b *layout.Block) bool { return slices.Contains(gone, b) }) {
			continue
		}
		b := path[len(path)-1]
		gone = append(gone, b)
		what := "ha refuses " + b.Head() + ": " + d.Summary
		if s, ok := b.Origin.(*keepalived.Statement); ok {
			a.Withdraw(s, "refused", what, "the block stands as a comment in the result; "+d.Code+" says why")
		}
		var parent *layout.Block
		if len(path) > 1 {
			parent = path[len(path)-2]
		}
		replace(files, parent, b, what)
	}
	return len(gone) > 0
}

// refused are the blocks around a diagnostic, down to the innermost that can go and comes from a line of its own.
func refused(files []*layout.File, d diag.Diagnostic) []*layout.Block {
	for _, f := range files {
		if d.Range == nil || f.Name != d.Range.Filename {
			continue
		}
		path := f.At(d.Range.Start.Line)
		for len(path) > 0 {
			last := path[len(path)-1]
			if _, ok := last.Origin.(*keepalived.Statement); ok && last.Type != "node" {
				return path
			}
			path = path[:len(path)-1]
		}
	}
	return nil
}

// replace makes comments of a block, where it stood: at the end of the block, or the file, around it.
func replace(files []*layout.File, parent, b *layout.Block, what string) {
	one := layout.File{Blocks: []*layout.Block{b}}
	lines := []string{account.Comment(what)}
	for line := range strings.Lines(string(one.Print())) {
		lines = append(lines, strings.TrimRight(line, "\n"))
	}
	if parent != nil {
		parent.Blocks = slices.DeleteFunc(parent.Blocks, func(x *layout.Block) bool { return x == b })
		parent.Below = append(parent.Below, lines...)
		return
	}
	for _, f := range files {
		n := len(f.Blocks)
		f.Blocks = slices.DeleteFunc(f.Blocks, func(x *layout.Block) bool { return x == b })
		if len(f.Blocks) < n {
			f.Below = append(f.Below, lines...)
		}
	}
}

// said are the errors of a list as a text.
func said(list []diag.Diagnostic) string {
	var b strings.Builder
	if err := diag.Text(&b, list, diag.TextOptions{Max: 5}); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
