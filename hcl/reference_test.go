package hcl_test

import (
	"bytes"
	"os"
	"testing"

	"ha/hcl"
)

// TestReferenceIsCurrent fails when the schema changed and the page did not: run go generate ./hcl.
func TestReferenceIsCurrent(t *testing.T) {
	const page = "REFERENCE.md"
	got := hcl.Reference()
	if *update {
		if err := os.WriteFile(page, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the schema says; run go generate ./hcl", page)
	}
}
