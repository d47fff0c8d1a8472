package hcl_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ha/hcl/diag"
)

// TestCodes: a code that schema, decode and check use is explained and has a case in the gallery; one that is
// explained is used.
func TestCodes(t *testing.T) {
	code := regexp.MustCompile(`HA[24]\d{3}`)
	used, golden, explained := map[string]bool{}, map[string]bool{}, map[string]bool{}
	collect := func(into map[string]bool, patterns ...string) {
		for _, pattern := range patterns {
			paths, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range code.FindAllString(string(raw), -1) {
					into[c] = true
				}
			}
		}
	}
	collect(used, "schema/*.go", "decode/*.go", "check/*.go")
	collect(golden, "testdata/diag/*.txtar")
	for _, m := range diag.Codes() {
		if code.MatchString(m.Code) && !strings.HasPrefix(m.Code, "HA29") {
			if explained[m.Code] {
				t.Errorf("%s has two meanings", m.Code)
			}
			explained[m.Code] = true
		}
	}
	for _, c := range slices.Sorted(maps.Keys(used)) {
		if !explained[c] {
			t.Errorf("%s is used and not explained", c)
		}
		if !golden[c] && c != "HA4030" { // depends on the version of the program: TestRequiredVersion
			t.Errorf("%s has no case in testdata/diag", c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(explained)) {
		if !used[c] {
			t.Errorf("%s is explained and never used", c)
		}
	}
}
