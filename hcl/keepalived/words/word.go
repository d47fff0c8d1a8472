package words

import "slices"

// Fate is what becomes of a keyword.
type Fate string

// The fates.
const (
	Converted   Fate = "converted"
	Default     Fate = "the default" // what it asks for holds in ha without a word
	Needless    Fate = "not needed"  // it is about something that ha does not have, or does by itself
	ByHand      Fate = "by hand"     // it has a place outside of the configuration, where somebody must put it
	Unsupported Fate = "not supported"
)

// Word is a keyword, or an option of an entry, within a block.
type Word struct {
	// Block is in which block it stands: "" at the top of a file, "checker" in every check, "any" anywhere; for options
	// the kind of the entry: "address", "route", "rule", "track entry", "peer entry", "group entry".
	Block string
	Name  string
	Args  string // what follows, as the manual has it
	Since string // the first release that knew it here; "0.6" is the first of all, empty where that is not known
	Alias string // the word that has taken its place; empty for itself
	Fate  Fate
	Note  string // what it becomes; or why not, and what to do
}

// Meant is the word by its current name.
func (w Word) Meant() string {
	if w.Alias != "" {
		return w.Alias
	}
	return w.Name
}

// All returns the whole vocabulary, block by block.
func All() []Word {
	all := slices.Concat(rootWords(), globalWords(), trackWords(), groupWords(), instanceWords(), serverWords(), checkerWords(), entryWords(), removedWords())
	var blocks []string
	for _, w := range all {
		if !slices.Contains(blocks, w.Block) {
			blocks = append(blocks, w.Block)
		}
	}
	slices.SortStableFunc(all, func(a, b Word) int { return slices.Index(blocks, a.Block) - slices.Index(blocks, b.Block) })
	return all
}
