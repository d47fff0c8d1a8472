package words

import (
	"slices"

	"ha/hcl/diag"
)

// Table is the vocabulary with its indexes. It is made once for a conversion and only read from then on.
type Table struct {
	words    map[string]map[string]*Word // block, name
	opens    map[[2]string]opening       // parent, keyword
	mistaken map[[2]string]string        // block, word
}

// New returns the vocabulary.
func New() *Table {
	t := &Table{
		words: map[string]map[string]*Word{}, opens: map[[2]string]opening{}, mistaken: map[[2]string]string{},
	}
	for _, w := range All() {
		t.add(w.Block, &w)
	}
	for _, checker := range append(Checkers(), "host") {
		only := common(checker)
		for name, w := range t.words["checker"] {
			if only == nil || slices.Contains(only, name) {
				t.add(checker, w)
			}
		}
	}
	for _, w := range t.words["HTTP_GET"] {
		t.add("SSL_GET", w)
	}
	for _, o := range openings() {
		t.opens[[2]string{o.parent, o.word}] = o
	}
	for _, m := range mistakes() {
		t.mistaken[[2]string{m.block, m.word}] = m.right
	}
	return t
}

func (t *Table) add(block string, w *Word) {
	if t.words[block] == nil {
		t.words[block] = map[string]*Word{}
	}
	if t.words[block][w.Name] == nil {
		t.words[block][w.Name] = w
	}
}

// Find returns a word of a block; nil when the block does not know it.
func (t *Table) Find(block, name string) *Word { return t.words[block][name] }

// Opens tells what block a keyword opens within another, and what stands in it.
func (t *Table) Opens(parent, keyword string) (block string, kind Kind, ok bool) {
	o, ok := t.opens[[2]string{parent, keyword}]
	return o.block, o.kind, ok
}

// Near returns the word of a block that is most likely meant by one that it does not know; empty for none.
func (t *Table) Near(block, name string) string {
	if right := t.mistaken[[2]string{block, name}]; right != "" {
		return right
	}
	known := make([]string, 0, len(t.words[block]))
	for word := range t.words[block] {
		known = append(known, word)
	}
	return diag.Suggest(name, known)
}

// Elsewhere returns the blocks that know a word, in the order of the vocabulary, without options of entries.
func (t *Table) Elsewhere(name string) []string {
	var blocks []string
	for _, block := range []string{
		"", "global_defs", "vrrp_instance", "vrrp_sync_group", "authentication", "auth_hmac", "vrrp_script", "vrrp_track_process",
		"track_file", "bfd_instance", "garp_group", "virtual_server", "real_server", "checker", "HTTP_GET", "url", "MISC_CHECK",
	} {
		if t.words[block][name] != nil {
			blocks = append(blocks, block)
		}
	}
	return blocks
}
