package meaning

import (
	"fmt"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// Understand returns what a tree means. What it remarks and decides stands in the account.
func Understand(root *keepalived.Block, a *account.Account, t *words.Table) *Config {
	r := &reader{
		a: a, words: t, config: &Config{Root: root}, named: map[string]*keepalived.Statement{}, sets: map[string]*set{}, seen: map[spot]bool{},
		byName: map[string]*Instance{}, tracks: map[spot]weighing{},
	}
	r.collect(root)
	r.globals()
	r.things()
	r.instances()
	r.groups()
	r.services()
	r.mail()
	return r.config
}

// reader makes the model from the tree, in two passes: what has a name first, so that the order of blocks matters only
// where a remark says so.
type reader struct {
	a       *account.Account
	words   *words.Table
	config  *Config
	top     []*keepalived.Statement // of the file, without those that are unknown or stand twice
	named   map[string]*keepalived.Statement
	mails   []*keepalived.Statement // of global_defs, about mail
	alerts  []*keepalived.Statement // the smtp_alert of others
	mailing Mail
	sets    map[string]*set
	seen    map[spot]bool
	byName  map[string]*Instance
	tracks  map[spot]weighing // what can be tracked, by its kind and name
}

// spot is a name within something.
type spot struct {
	owner any
	name  string
}

// twice tells whether a name was met before within something.
func (r *reader) twice(owner any, name string) bool {
	key := spot{owner, name}
	was := r.seen[key]
	r.seen[key] = true
	return was
}

// weighing is what a thing that can be tracked says about its weight.
type weighing struct {
	weight  int
	reverse bool
	at      *keepalived.Statement
}

// collect goes through the top of the file: what is unknown there, and what has a name that is taken.
func (r *reader) collect(root *keepalived.Block) {
	for _, s := range root.Statements {
		word := r.known("", s)
		if word == nil {
			continue
		}
		_, _, opens := r.words.Opens("", s.Keyword)
		switch {
		case opens && s.Block == nil:
			r.a.Ignore(s, "block-without-braces", s.Keyword+" has no block", "keepalived reads on, and makes nothing of it")
			continue
		case needsName(word.Meant()) && len(s.Words) == 0:
			r.a.Ignore(s, "missing-name", s.Keyword+" has no name", "keepalived passes over the block, or stops; it is left out")
			continue
		case needsName(word.Meant()) && word.Meant() != "virtual_server":
			key := word.Meant() + " " + s.Words[0]
			if first := r.named[key]; first != nil {
				r.a.Ignore(s, "name-twice", fmt.Sprintf("%s %q stands in line %d already", s.Keyword, s.Words[0], first.Line), "keepalived passes over the second block")
				continue
			}
			r.named[key] = s
		}
		r.top = append(r.top, s)
	}
}

// needsName tells whether a block at the top has a name.
func needsName(keyword string) bool {
	switch keyword {
	case "vrrp_instance", "vrrp_sync_group", "vrrp_script", "vrrp_track_process", "track_file", "bfd_instance", "track_group",
		"virtual_server_group", "virtual_server":
		return true
	}
	return false
}

// known returns the word of a statement within a block; nil for one that the block does not know, of which a remark is
// made.
func (r *reader) known(block string, s *keepalived.Statement) *words.Word {
	if w := r.words.Find(block, s.Keyword); w != nil {
		return w
	}
	r.unknown(block, s)
	return nil
}

// unknown remarks a statement that its block does not know.
func (r *reader) unknown(block string, s *keepalived.Statement) {
	effect := "keepalived ignores the line"
	if s.Block != nil {
		effect = "keepalived ignores the line, reads those of the block as part of what is around it, and loses its way at the closing brace; the block is left out"
	}
	where := "at the top of a file"
	if block != "" {
		where = "in " + block
	}
	switch near := r.words.Near(block, s.Keyword); {
	case isMarker(s.Keyword):
		r.a.Ignore(s, "merge-marker", "a mark of a merge that was never finished", "keepalived ignores the line and reads both sides; so does the conversion")
	case isShell(s):
		r.a.Ignore(s, "shell-text", "text of a shell, pasted with the configuration", "keepalived ignores the line")
	case near != "":
		r.a.Ignore(s, "misspelt-keyword", fmt.Sprintf("%s is no keyword %s; %s is meant, most likely", printable(s.Keyword), where, near),
			effect+", as if it were not there; so the result is without it")
	case len(r.words.Elsewhere(s.Keyword)) > 0:
		r.a.Ignore(s, "wrong-block", fmt.Sprintf("%s has no place %s; it belongs %s", s.Keyword, where, into(r.words.Elsewhere(s.Keyword)[0])), effect)
	default:
		r.a.Ignore(s, "unknown-keyword", fmt.Sprintf("%s is no keyword %s", printable(s.Keyword), where), effect)
	}
}

func into(block string) string {
	switch block {
	case "":
		return "to the top of a file"
	case "checker":
		return "into a check"
	}
	return "into " + block
}

// printable is a word for the middle of a sentence.
func printable(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

func isMarker(word string) bool {
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(word, mark) {
			return true
		}
	}
	return false
}

// isShell tells whether a line is a prompt, a command, or the end of a here-document.
func isShell(s *keepalived.Statement) bool {
	switch s.Keyword {
	case "EOF", "cat", "sudo", "$", "vi", "vim", "systemctl", "service", "yum", "apt", "apt-get", "echo", "ipvsadm", "ip", "exit", "EOT", "tee":
		return true
	}
	return strings.HasPrefix(s.Keyword, "[root@") || strings.Contains(s.Keyword, "@") && strings.Contains(s.Keyword, ":~")
}

// passed books what a keyword that the conversion does not look into becomes, by the vocabulary. block is where it stands.
func (r *reader) passed(block string, s *keepalived.Statement) {
	w := r.known(block, s)
	if w == nil {
		return
	}
	switch w.Fate {
	case words.Default, words.Needless:
		r.a.SetAll(s, w.Fate, w.Note)
	case words.ByHand:
		r.a.SetAll(s, w.Fate, w.Note)
		r.a.Remark(s, "by-hand", account.Loss, s.Keyword+" has no place in the configuration", w.Note)
	default:
		r.a.Lost(s, "not-supported", s.Keyword+" is not supported", w.Note)
	}
}

// each visits the statements of a block.
func each(s *keepalived.Statement, visit func(*keepalived.Statement)) {
	if s.Block == nil {
		return
	}
	for _, inner := range s.Block.Statements {
		visit(inner)
	}
}
