package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// tests are the places that name a number: file and test function.
type tests map[string][]string

// number is one of the conformance list, standing alone.
var number = regexp.MustCompile(`\b[ERHSGNLBI][0-9]{2}\b`)

// read adds the numbers that a test file names: above a test function, or in a comment or a string within it. Tables
// and helpers outside of test functions count for nothing, because nobody can say which test uses them.
func (t tests) read(file string, text []byte) error {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !runs(f.Name.Name) {
			continue
		}
		place := file + " " + f.Name.Name
		from := f.Pos()
		if f.Doc != nil {
			from = f.Doc.Pos()
		}
		for _, group := range parsed.Comments {
			if group.Pos() >= from && group.End() <= f.End() {
				t.add(place, group.Text())
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING {
				t.add(place, s.Value)
			}
			return true
		})
	}
	return nil
}

// runs tells whether go test runs a function of this name.
func runs(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz")
}

func (t tests) add(place, text string) {
	for _, n := range number.FindAllString(text, -1) {
		if !slices.Contains(t[n], place) {
			t[n] = append(t[n], place)
		}
	}
}
