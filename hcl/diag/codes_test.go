package diag

import (
	"regexp"
	"strings"
	"testing"
)

func TestCodesAreUniqueAndExplained(t *testing.T) {
	form := regexp.MustCompile(`^HA[1-6]\d{3}$`)
	seen := map[string]bool{}
	for _, m := range Codes() {
		if !form.MatchString(m.Code) {
			t.Errorf("%q is no code", m.Code)
		}
		if seen[m.Code] {
			t.Errorf("%s stands twice in the table", m.Code)
		}
		seen[m.Code] = true
		if m.Title == "" || strings.HasSuffix(m.Title, ".") {
			t.Errorf("%s: the title %q is empty or ends with a full stop", m.Code, m.Title)
		}
		if len(m.Explain) < 30 {
			t.Errorf("%s has no explanation worth the name: %q", m.Code, m.Explain)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d codes: does every file contribute its own?", len(seen))
	}
}

func TestEachFileKeepsItsRange(t *testing.T) {
	for prefix, list := range map[string][]Meaning{
		"HA1": syntaxCodes(), "HA2": schemaCodes(), "HA3": evalCodes(), "HA4": clusterCodes(),
	} {
		for _, m := range list {
			if !strings.HasPrefix(m.Code, prefix) || strings.HasPrefix(m.Code, "HA29") || strings.HasPrefix(m.Code, "HA39") {
				t.Errorf("%s stands in the file of %sxxx", m.Code, prefix)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	if m, near, ok := Explain(" ha1101 "); !ok || near != "" || m.Title != "address without quotes" {
		t.Errorf("got %+v, near %q, %v", m, near, ok)
	}
	tests := []struct{ name, code, near string }{
		{"a digit in the middle", "HA2299", "HA2209"},
		{"the last digit", "ha4059", "HA4050"},
		{"the first digit", "HA9101", "HA1101"},
		{"no digit", "HA410X", ""},
		{"two digits off", "HA9999", ""},
		{"a digit missing", "HA110", ""},
		{"a digit too many", "HA11011", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m, near, ok := Explain(tt.code); ok || near != tt.near {
				t.Errorf("got %+v, near %q, %v, want near %q", m, near, ok, tt.near)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	words := []string{"weight", "address", "priority", "virtual_mac", "vrid", "interval", "preempt"}
	tests := []struct{ name, word, want string }{
		{"two letters swapped", "wieght", "weight"},
		{"a letter missing", "adress", "address"},
		{"wrong case", "Priority", "priority"},
		{"a dash for an underscore", "virtual-mac", "virtual_mac"},
		{"nothing near", "zebra", ""},
		{"a short word that is not near", "x", ""},
		{"a word of absurd length", strings.Repeat("a", 10_000), ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Suggest(tt.word, words); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if a, b := Suggest("web", []string{"web2", "web1"}), Suggest("web", []string{"web1", "web2"}); a != b || a != "web1" {
		t.Errorf("the order of candidates decides: %q, %q", a, b)
	}
}
