package words_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"ha/hcl/keepalived/words"
)

//go:generate go test -run TestThePageIsCurrent -update .

var update = flag.Bool("update", false, "write the page anew")

const page = "../KEYWORDS.md"

func TestThePageIsCurrent(t *testing.T) {
	want := words.Markdown()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("KEYWORDS.md is not what go generate ./hcl/keepalived/words makes (%v)", err)
	}
}

// TestEveryKeywordIsThere compares the vocabulary with the list of what the parser of keepalived 2.4.3 registers, and of
// the options of its entries.
func TestEveryKeywordIsThere(t *testing.T) {
	content, err := os.ReadFile("testdata/keywords.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := words.New()
	listed, pairs := map[string]bool{}, 0
	for line := range strings.Lines(string(content)) {
		block, word, _ := strings.Cut(strings.TrimSpace(line), " ")
		if block == "root" {
			block = ""
		}
		listed[block+" "+word] = true
		if table.Find(block, word) == nil {
			t.Errorf("%s of %q is not in the vocabulary", word, block)
		}
		if !slices.Contains([]string{"address", "route", "rule"}, block) {
			pairs++
		}
		if block == "track_file" { // its older spelling has the same
			pairs++
		}
	}
	if pairs != 417 {
		t.Errorf("the list has %d pairs of block and keyword, and keepalived registers 417", pairs)
	}
	for _, w := range words.All() {
		if w.Note == "" || w.Fate == "" {
			t.Errorf("%s of %q has no fate or no note", w.Name, w.Block)
		}
	}
}

func TestAWordStandsOnceInItsBlock(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, w := range words.All() {
		key := [2]string{w.Block, w.Name}
		if seen[key] {
			t.Errorf("%s of %q stands twice", w.Name, w.Block)
		}
		seen[key] = true
		if w.Alias != "" && words.New().Find(w.Block, w.Alias) == nil && words.New().Find("checker", w.Alias) == nil {
			t.Errorf("%s of %q is to be %s, which is not there", w.Name, w.Block, w.Alias)
		}
	}
}

func TestNear(t *testing.T) {
	table := words.New()
	tests := []struct{ block, word, want string }{
		{"global_defs", "stmp_connect_timeout", "smtp_connect_timeout"},
		{"authentication", "autp_pass", "auth_pass"},
		{"vrrp_instance", "preemtp_delay", "preempt_delay"},
		{"vrrp_instance", "lvs_sync_daemon_inteface", "lvs_sync_daemon_interface"},
		{"vrrp_instance", "virtual_ipadress", "virtual_ipaddress"},
		{"vrrp_instance", "Garp_master_delay", "garp_master_delay"},
		{"TCP_CHECK", "nb_get_retry", "retry"},
		{"TCP_CHECK", "conect_timeout", "connect_timeout"},
		{"", "vrrp_syncv_group", "vrrp_sync_group"},
		{"virtual_server", "persistence_timout", "persistence_timeout"},
		{"vrrp_instance", "frobnicate", ""},
	}
	for _, tt := range tests {
		if got := table.Near(tt.block, tt.word); got != tt.want {
			t.Errorf("Near(%q, %q) = %q, want %q", tt.block, tt.word, got, tt.want)
		}
	}
}

func TestOpens(t *testing.T) {
	table := words.New()
	tests := []struct {
		parent, word, block string
		kind                words.Kind
		ok                  bool
	}{
		{"", "vrrp_instance", "vrrp_instance", words.Keywords, true},
		{"", "vrrp_track_file", "track_file", words.Keywords, true},
		{"vrrp_instance", "track_file", "track entry", words.Entries, true},
		{"vrrp_instance", "virtual_ipaddress", "address", words.Entries, true},
		{"SSL_GET", "url", "url", words.Keywords, true},
		{"vrrp_instance", "priority", "", 0, false},
	}
	for _, tt := range tests {
		block, kind, ok := table.Opens(tt.parent, tt.word)
		if block != tt.block || kind != tt.kind || ok != tt.ok {
			t.Errorf("Opens(%q, %q) = %q, %v, %v", tt.parent, tt.word, block, kind, ok)
		}
	}
}
