package convert_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// TestRandomFiles writes random files from the vocabulary, with values that keepalived takes. Each must become a
// configuration that is valid, of which nothing is refused, with every line accounted for, and the same a second time.
func TestRandomFiles(t *testing.T) {
	used := map[string]bool{}
	for seed := range uint64(150) {
		w := &writer{rnd: rand.New(rand.NewPCG(seed, 1)), table: words.New(), used: used, never: []string{"use_vmac", "use_ipvlan"}[seed%2]}
		text := w.file()
		r, err := run(t, text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		everyLine(t, r.Account)
		for _, m := range r.Account.Remarks() {
			entry := strings.HasPrefix(m.What, "routes with ") || strings.HasPrefix(m.What, "rules with ")
			if entry && w.table.Find(strings.TrimSuffix(strings.Fields(m.What)[0], "s"), strings.Fields(m.What)[2]).Fate == words.Converted {
				t.Errorf("seed %d: line %d: %s", seed, m.Line, m.What)
			}
			if m.Code == "refused" || m.Severity == account.Fatal {
				t.Errorf("seed %d: line %d: %s: %s", seed, m.Line, m.Code, m.What)
			}
		}
		if t.Failed() {
			t.Fatal(text)
		}
		if seed%5 > 0 {
			continue
		}
		again, err := run(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Files {
			if string(again.Files[i].Content) != string(r.Files[i].Content) {
				t.Fatalf("seed %d: %s differs from run to run", seed, r.Files[i].Name)
			}
		}
	}
	for _, word := range words.All() {
		key := word.Block + " " + word.Name
		if !used[key] && !strings.HasPrefix(word.Name, "include") && !slices.Contains(neverRandom(), key) {
			t.Errorf("no random file has %s of %q", word.Name, word.Block)
		}
	}
}

// neverRandom are words that make a file fail, or that keepalived has no longer.
func neverRandom() []string {
	return []string{"virtual_server real_group", "real_server CI-LINUX"}
}

// writer writes keepalived.conf.
type writer struct {
	rnd   *rand.Rand
	table *words.Table
	used  map[string]bool
	b     strings.Builder
	n     int // names and addresses given
	known map[string][]string
	never string // a keyword that the file does not have: one interface has virtual ones of one kind
}

func (w *writer) line(depth int, text string) {
	w.b.WriteString(strings.Repeat("    ", depth) + text)
	if w.rnd.IntN(8) == 0 {
		fmt.Fprintf(&w.b, "  # comment %d", w.n)
	}
	w.b.WriteByte('\n')
}

func (w *writer) file() string {
	w.known = map[string][]string{}
	w.block(0, "global_defs", "global_defs")
	for _, kind := range []string{"vrrp_script", "track_file", "vrrp_track_process", "bfd_instance", "SSL", "garp_group"} {
		for range 1 + w.rnd.IntN(2) {
			w.named(kind)
		}
	}
	for range 1 + w.rnd.IntN(3) {
		w.named("vrrp_instance")
	}
	for _, kind := range []string{"vrrp_sync_group", "track_group", "virtual_server_group"} {
		w.named(kind)
	}
	for range 1 + w.rnd.IntN(3) {
		w.named("virtual_server")
	}
	for _, word := range words.All() {
		if word.Block != "" || w.rnd.IntN(3) > 0 {
			continue
		}
		if _, _, opens := w.table.Opens("", word.Name); !opens {
			w.used[" "+word.Name] = true
			w.line(0, word.Name+w.args(word))
		}
	}
	for _, kind := range []string{"static_ipaddress", "static_routes", "static_rules", "linkbeat_interfaces", "interface_up_down_delays", "vrrp_track_file"} {
		if w.rnd.IntN(2) == 0 {
			w.named(kind)
		}
	}
	return w.b.String()
}

// named writes a block of the top.
func (w *writer) named(kind string) {
	w.used[" "+kind] = true
	w.n++
	name := fmt.Sprintf("x%d", w.n)
	switch kind {
	case "garp_group", "SSL", "static_ipaddress", "static_routes", "static_rules", "linkbeat_interfaces", "interface_up_down_delays":
		name = ""
	case "virtual_server":
		name = fmt.Sprintf("10.9.%d.%d %d", w.n/250, w.n%250+1, 80+w.n)
		if groups := w.known["virtual_server_group"]; len(groups) > 0 && w.rnd.IntN(2) == 0 {
			name = "group " + groups[0]
			w.known["virtual_server_group"] = nil
		}
	}
	w.known[kind] = append(w.known[kind], name)
	block, what, _ := w.table.Opens("", kind)
	w.open(0, strings.TrimSpace(kind+" "+name), block, what)
}

func (w *writer) open(depth int, head, block string, what words.Kind) {
	w.line(depth, head+" {")
	if what == words.Keywords {
		w.inside(depth+1, block)
	} else {
		for range 1 + w.rnd.IntN(3) {
			w.line(depth+1, w.entry(block))
		}
	}
	w.line(depth, "}")
}

func (w *writer) block(depth int, head, block string) {
	w.used[" "+head] = true
	w.open(depth, head, block, words.Keywords)
}
