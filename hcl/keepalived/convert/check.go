package convert

import (
	"bytes"
	"errors"
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
		whole := true
		for _, part := range parts(files) {
			ok, err := settled(part, files, r, o)
			if err != nil {
				return nil, err
			}
			whole = whole && ok
		}
		if whole {
			return printed(files)
		}
	}
	return nil, internal("the result is not valid, whatever is taken out")
}

// settled checks a part of the result; false when something had to be taken out.
func settled(part, files []*layout.File, r *Result, o Options) (bool, error) {
	texts, err := printed(part)
	if err != nil {
		return false, err
	}
	config, found, err := load(texts, o)
	switch {
	case err != nil:
		return false, err
	case config == nil:
		if !takeOut(part, files, found, r.Account) {
			return false, internal("the result is not valid: %s", said(found))
		}
		return false, nil
	}
	for _, node := range r.Nodes {
		if _, err := config.Compile(node); err != nil {
			return false, internal("the result does not compile for %s: %w", node, err)
		}
	}
	return true, nil
}

// atOnce is how many pools are checked together. They do not depend on each other, and 10,000 of them at once would need
// a gigabyte.
const atOnce = 1000

// parts are the files as they are checked: all of them, or all but the pools with some of these at a time.
func parts(files []*layout.File) [][]*layout.File {
	var pools []*layout.Block
	var rest []*layout.File
	for _, f := range files {
		other := &layout.File{Name: f.Name}
		for _, b := range f.Blocks {
			if b.Type == "pool" {
				pools = append(pools, b)
			} else {
				other.Blocks = append(other.Blocks, b)
			}
		}
		if len(other.Blocks) > 0 {
			rest = append(rest, other)
		}
	}
	if len(pools) <= atOnce {
		return [][]*layout.File{files}
	}
	pools = unlike(pools)
	var list [][]*layout.File
	for some := range slices.Chunk(pools, atOnce) {
		list = append(list, append(slices.Clone(rest), &layout.File{Name: "some-pools.hcl", Blocks: some}))
	}
	return list
}

// alike is how many pools that differ in digits only are checked.
const alike = 100

// unlike leaves out pools that differ only in digits from enough others: what their addresses and numbers may be was
// looked at when they were read, and that no two of them are for the same listener, too.
func unlike(pools []*layout.Block) []*layout.Block {
	seen := map[string]int{}
	return slices.DeleteFunc(pools, func(b *layout.Block) bool {
		text := (&layout.File{Blocks: []*layout.Block{b}}).Print()
		shape := string(bytes.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return -1
			}
			return c
		}, text))
		seen[shape]++
		return seen[shape] > alike
	})
}

// printed are the texts of files, in their layout.
func printed(files []*layout.File) ([]File, error) {
	list := make([]File, len(files))
	for i, f := range files {
		list[i] = File{Name: f.Name, Content: f.Print()}
		if len(list[i].Content) >= small && ascii(list[i].Content) {
			continue
		}
		formatted, found := hcl.Format(list[i].Content, f.Name)
		if wrong, _ := diag.Count(found); wrong > 0 {
			return nil, internal("%s does not parse: %s", f.Name, said(found))
		}
		list[i].Content = formatted
	}
	return list, nil
}

// load writes files to a folder of their own and loads that.
func load(files []File, o Options) (config *hcl.Config, found []diag.Diagnostic, err error) {
	dir, err := os.MkdirTemp("", "ha-convert-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o600); err != nil {
			return nil, nil, err
		}
	}
	config, found = hcl.Load(dir, hcl.Inputs{Version: o.Version})
	return config, found, nil
}

// small is up to which size every file is laid out by the formatter itself; larger ones are only where their text could be
// wider than it has characters.
const small = 256 << 10

func ascii(text []byte) bool {
	return !bytes.ContainsFunc(text, func(c rune) bool { return c >= 0x80 })
}

// takeOut replaces by comments the blocks that are refused; false when none of them can go.
func takeOut(part, files []*layout.File, found []diag.Diagnostic, a *account.Account) bool {
	var gone []*layout.Block
	for _, d := range found {
		if d.Severity != "error" {
			continue
		}
		path := refused(part, d)
		if len(path) == 0 || slices.ContainsFunc(path, func(b *layout.Block) bool { return slices.Contains(gone, b) }) {
			continue
		}
		b := path[len(path)-1]
		gone = append(gone, b)
		what := "ha refuses " + b.Head() + ": " + d.Summary
		for _, s := range statements(b) {
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
func refused(part []*layout.File, d diag.Diagnostic) []*layout.Block {
	for _, f := range part {
		if d.Range == nil || f.Name != d.Range.Filename {
			continue
		}
		path := f.At(d.Range.Start.Line)
		for len(path) > 0 {
			last := path[len(path)-1]
			if len(statements(last)) > 0 && last.Type != "node" {
				return path
			}
			path = path[:len(path)-1]
		}
	}
	return nil
}

// statements are what a block comes from, in the files of all nodes.
func statements(b *layout.Block) []*keepalived.Statement {
	var list []*keepalived.Statement
	for _, o := range b.Origins {
		if s, ok := o.(*keepalived.Statement); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// replace makes comments of a block, where it stood: at the end of the block, or the file, around it.
func replace(files []*layout.File, parent, b *layout.Block, what string) {
	one := layout.File{Blocks: []*layout.Block{b}}
	lines := []string{account.OneLine(what)}
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
