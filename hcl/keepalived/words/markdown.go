package words

import (
	"fmt"
	"strings"
)

// Markdown is the page about the vocabulary.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# What becomes of keepalived's keywords

<!-- Made from hcl/keepalived/words by go generate ./hcl/keepalived/words: change it there. -->

` + "`ha convert`" + ` reads keepalived.conf of keepalived 1.1 to 2.4. Of each keyword one of these becomes true:

- **converted**: it stands in the result, in the place that is named;
- **the default**: what it asks for holds in ha without a word;
- **not needed**: it is about something that ha does not have, or does by itself;
- **by hand**: it has a place outside of the configuration, where somebody must put it; there is a remark;
- **not supported**: ha cannot do it (yet); the line stays as a comment in the result, and there is a remark.
`)
	counts := map[Fate]int{}
	block := "none yet"
	for _, w := range All() {
		counts[w.Fate]++
		if w.Block != block {
			block = w.Block
			fmt.Fprintf(&b, "\n## %s\n\n| keyword | since | fate | |\n|---|---|---|---|\n", heading(block))
		}
		note := w.Note
		if w.Fate == Converted {
			note = "→ " + note
		}
		name := "`" + w.Name + "`"
		if w.Args != "" {
			name += " " + escape(w.Args)
		}
		if w.Alias != "" {
			note += "; today `" + w.Alias + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, w.Since, w.Fate, escape(note))
	}
	fmt.Fprintf(&b, "\nThese are %d words: %d converted, %d the default, %d not needed, %d by hand, %d not supported.\n",
		len(All()), counts[Converted], counts[Default], counts[Needless], counts[ByHand], counts[Unsupported])
	return b.String()
}

func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s)
}

func heading(block string) string {
	switch block {
	case "":
		return "At the top of a file"
	case "checker":
		return "In every check of a real server"
	case "any":
		return "Anywhere"
	case "HTTP_GET":
		return "In `HTTP_GET` and `SSL_GET`"
	case "address", "route", "rule":
		return "Options of an entry with " + map[string]string{"address": "an address", "route": "a route", "rule": "a rule"}[block]
	case "track entry", "peer entry", "group entry":
		return "Options of an entry of " + map[string]string{
			"track entry": "`track_…`", "peer entry": "`unicast_peer`", "group entry": "`virtual_server_group`",
		}[block]
	}
	return "In `" + block + "`"
}
