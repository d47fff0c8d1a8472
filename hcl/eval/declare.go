package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// file is what evaluation needs of a source file.
type file struct {
	name string
	src  []byte
	body *hclsyntax.Body
	// broken files had a syntax error: their blocks are declared, so that references to them are no followers, and
	// nothing in them is looked at.
	broken bool
}

// symbols are the names of a folder.
type symbols struct {
	types     map[string]*schema.Block // by word, without variable and locals
	templates []*template              // in order of file name and place
	names     map[string]*names        // declared blocks by type
	variables map[string]*variable
	locals    map[string]*local
	order     []*local // in order of file name and place
	// maybe are the words of broken files and labels of broken headers. A name that cannot be found but stands there is
	// not reported: its declaration may be what is broken.
	maybe map[string]bool
}

// names is the tree of labels of one block type: check → http → login.
type names struct {
	kids  map[string]*names
	leaf  *template // at the last label
	group *group    // all below, once something refers to them
}

// templates appends all blocks below, in order of names.
func (n *names) templates(list []*template) []*template {
	if n.leaf != nil {
		list = append(list, n.leaf)
	}
	for _, name := range slices.Sorted(maps.Keys(n.kids)) {
		list = n.kids[name].templates(list)
	}
	return list
}

// template is a block as written, before for_each.
type template struct {
	schema  *schema.Block
	block   *hclsyntax.Block
	address string // vip.web
	broken  bool   // in a file with syntax errors: declared only
	forEach *hclsyntax.Attribute
	exprs   map[*hclsyntax.Attribute]*expression // those with references or mistakes
	order   []*expression                        // the same in order of place
	dynamic map[*hclsyntax.Block]*dynamicBlock   // dynamic blocks inside; nil for one with a mistake in its shape
	nodes   map[string]*node                     // by argument; "" is the whole block, "for_each" its instances
	result  instances
}

// local is one entry of a locals block.
type local struct {
	name   string
	attr   *hclsyntax.Attribute
	broken bool
	expr   *expression
	node   *node
}

// declare collects the names of all files and reports what is wrong with the headers of blocks.
func declare(files []file, root []*schema.Block) (*symbols, hcl.Diagnostics) {
	s := &symbols{
		types: map[string]*schema.Block{}, names: map[string]*names{}, maybe: map[string]bool{},
		variables: map[string]*variable{}, locals: map[string]*local{},
	}
	for _, b := range root {
		if b.Type != "variable" && b.Type != "locals" {
			s.types[b.Type] = b
			s.names[b.Type] = &names{kids: map[string]*names{}}
		}
	}
	var diags hcl.Diagnostics
	for _, f := range files {
		if f.broken {
			s.collectWords(f)
		}
		if f.body == nil {
			continue
		}
		diags = append(diags, s.declareFile(f)...)
	}
	return s, diags
}

func (s *symbols) declareFile(f file) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, attr := range sortedAttributes(f.body) {
		diags = append(diags, diag.Error("HA3005", attr.NameRange.Ptr(), fmt.Sprintf("%q stands outside of any block", attr.Name),
			"At the top of a file there are only blocks.", diag.Help("Put it into the block it belongs to; values of your own go into a `locals` block.")))
	}
	for _, block := range f.body.Blocks {
		switch block.Type {
		case "variable":
			diags = append(diags, s.declareVariable(block, f.broken)...)
		case "locals":
			diags = append(diags, s.declareLocals(block, f.broken)...)
		default:
			diags = append(diags, s.declareBlock(block, f.broken)...)
		}
	}
	if f.broken {
		return nil // the parser guesses behind an error; what it guessed is no finding
	}
	return diags
}

func (s *symbols) declareLocals(block *hclsyntax.Block, broken bool) hcl.Diagnostics {
	var diags hcl.Diagnostics
	if len(block.Labels) > 0 {
		diags = append(diags, diag.Error("HA3002", block.LabelRanges[0].Ptr(), "locals takes no label",
			"The names of locals are the names of the arguments inside.", diag.Help("Write `locals {`.")))
	}
	for _, nested := range block.Body.Blocks {
		help := fmt.Sprintf("Write `%s = { … }` for a value with several parts.", nested.Type)
		if _, known := s.types[nested.Type]; known || nested.Type == "variable" || nested.Type == "locals" {
			help = "Move it out of locals; perhaps a closing brace is missing before it."
		}
		diags = append(diags, diag.Error("HA3005", nested.TypeRange.Ptr(), fmt.Sprintf("locals holds arguments, and %q is a block", nested.Type),
			"", diag.Help(help)))
	}
	for _, attr := range sortedAttributes(block.Body) {
		if first, twice := s.locals[attr.Name]; twice {
			diags = append(diags, diag.Error("HA3004", attr.NameRange.Ptr(), fmt.Sprintf("local.%s is defined twice", attr.Name),
				"Locals of all blocks and files share one set of names.", diag.See("first defined here", first.attr.NameRange),
				diag.Help("Rename one of them or remove it.")))
			continue
		}
		l := &local{name: attr.Name, attr: attr, broken: broken}
		s.locals[attr.Name] = l
		s.order = append(s.order, l)
	}
	return diags
}

func (s *symbols) declareBlock(block *hclsyntax.Block, broken bool) hcl.Diagnostics {
	sch, known := s.types[block.Type]
	if !known {
		return hcl.Diagnostics{s.unknownType(block)}
	}
	if d := checkLabels(block, sch); d != nil {
		for _, label := range block.Labels {
			s.maybe[label] = true // references to what the block was meant to be are no findings
		}
		return hcl.Diagnostics{d}
	}
	at := s.names[block.Type]
	for _, label := range block.Labels {
		if at.kids[label] == nil {
			at.kids[label] = &names{kids: map[string]*names{}}
		}
		at = at.kids[label]
	}
	if first := at.leaf; first != nil {
		return hcl.Diagnostics{duplicate(block, first)}
	}
	t := &template{schema: sch, block: block, address: Address(block.Type, block.Labels...), broken: broken}
	at.leaf = t
	s.templates = append(s.templates, t)
	var diags hcl.Diagnostics
	if attr := block.Body.Attributes["for_each"]; attr != nil {
		if sch.ForEach {
			t.forEach = attr
		} else {
			t.broken = true
			diags = append(diags, diag.Error("HA3040", attr.NameRange.Ptr(), fmt.Sprintf("%s takes no for_each", block.Type),
				fmt.Sprintf("for_each repeats %s.", s.repeatable()), diag.Help("Write one block for each, or `dynamic` for blocks inside another one.")))
		}
	}
	return diags
}

// repeatable lists the block types that take for_each.
func (s *symbols) repeatable() string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		if s.types[name].ForEach {
			words = append(words, name)
		}
	}
	return join(words, "and")
}

func (s *symbols) unknownType(block *hclsyntax.Block) *hcl.Diagnostic {
	words := append(slices.Collect(maps.Keys(s.types)), "variable", "locals")
	slices.Sort(words)
	help := diag.DidYouMean(block.Type, words)
	if diag.Suggest(block.Type, words) == "" {
		help = diag.Help("Blocks are " + join(words, "and") + ".")
	}
	for _, name := range slices.Sorted(maps.Keys(s.types)) {
		for _, nested := range s.types[name].Blocks {
			if nested.Block.Type == block.Type {
				help = diag.Help(fmt.Sprintf("A %s block stands inside a %s block; is a closing brace too early?", block.Type, name))
			}
		}
	}
	if say := schema.Elsewhere(block.Type, ""); say != "" {
		help = diag.Help(say)
	}
	return diag.Error("HA3001", block.TypeRange.Ptr(), fmt.Sprintf("there is no block %q at the top of a file", short(block.Type)), "", help)
}

func duplicate(block *hclsyntax.Block, first *template) *hcl.Diagnostic {
	at, help := block.TypeRange, "Give one of them another name or remove it."
	if n := len(block.LabelRanges); n > 0 {
		at = block.LabelRanges[n-1]
	}
	if len(block.Labels) == 0 {
		help = "Move the arguments of one into the other."
	}
	firstAt := first.block.DefRange()
	return diag.Error("HA3004", at.Ptr(), fmt.Sprintf("%s is defined twice", header(block)),
		"", diag.See("first defined here", firstAt), diag.Help(help), diag.About(first.address))
}

// collectWords remembers the identifiers and texts of a file with syntax errors.
func (s *symbols) collectWords(f file) {
	tokens, _ := hclsyntax.LexConfig(f.src, f.name, hcl.InitialPos)
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenIdent || t.Type == hclsyntax.TokenQuotedLit {
			s.maybe[string(t.Bytes)] = true
		}
	}
}

// sortedAttributes are the arguments of a body in order of place.
func sortedAttributes(b *hclsyntax.Body) []*hclsyntax.Attribute {
	attrs := slices.Collect(maps.Values(b.Attributes))
	slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	return attrs
}
