package planner

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func encoded(t *testing.T, doc *Document) []byte {
	t.Helper()
	data, err := Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPlanFile(t *testing.T) {
	doc := edgeDocument()
	data := encoded(t, doc)
	golden(t, "edge.haplan", data)
	for range 50 { // another order of maps each time
		if again := encoded(t, edgeDocument()); !bytes.Equal(again, data) {
			t.Fatalf("the same plan twice:\n%s\n%s", data, again)
		}
	}
	back, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if again := encoded(t, back); !bytes.Equal(again, data) {
		t.Errorf("read and written again:\n%s\nwas\n%s", again, data)
	}
	if got, want := rendered(t, back, RenderOptions{Detail: Full}), rendered(t, doc, RenderOptions{Detail: Full}); got != want {
		t.Errorf("read it renders as\n%s\nwant\n%s", got, want)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(indented.Bytes()); err != nil {
		t.Errorf("white space counts: %v", err)
	}
}

func TestTheEffectLeavesTheOccasionOut(t *testing.T) {
	doc, later := edgeDocument(), edgeDocument()
	later.Meta.CreatedAt = noon.Add(3600e9)
	later.Config.Commit.Commit = "0000000"
	encoded(t, doc)
	encoded(t, later)
	if doc.PlanID == later.PlanID {
		t.Error("two files have one id")
	}
	if doc.EffectDigest != later.EffectDigest {
		t.Error("the effect hangs on when the plan was made")
	}
}

func TestDamagedPlansAreRefused(t *testing.T) {
	data := encoded(t, edgeDocument())
	edit := func(old, with string) []byte {
		t.Helper()
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("the plan does not hold %s", old)
		}
		return bytes.Replace(data, []byte(old), []byte(with), 1)
	}
	tests := []struct {
		name string
		data []byte
		why  string
	}{
		{"empty", nil, "it is empty"},
		{"blank", []byte(" \n"), "it is empty"},
		{"HCL", []byte(`node "lb1" {}`), "no JSON object"},
		{"truncated", data[:len(data)/2], "truncated"},
		{"without its end", data[:len(data)-2], "truncated"},
		{"two", append(bytes.Clone(data), data...), "after top-level value"},
		{"binary", append([]byte("{"), 0xff, 0xfe), "not UTF-8"},
		{"not JSON", []byte(`{"kind": nonsense}`), "damaged"},
		{"a weight was edited", edit(`"weight":10`, `"weight":11`), "edited or damaged"},
		{"the impact was edited", edit(`"impact":"existing-connections"`, `"impact":"none"`), "edited or damaged"},
		{"the desired plan was edited", edit(`"a":[true,null]`, `"a":[true,true]`), "edited or damaged"},
		{"the time was edited", edit(`2026-08-14T12:00:00Z`, `2026-08-15T12:00:00Z`), "edited or damaged"},
		{"something was added", edit(`{"config"`, `{"also":1,"config"`), "edited or damaged"},
		{"a name stands twice", edit(`"kind":"ha.plan"`, `"kind":"ha.plan","kind":"ha.plan"`), "stands twice"},
		{"another kind", edit(`"ha.plan"`, `"ha.snapshot"`), `its kind is "ha.snapshot"`},
		{"a later major version", edit(`"format_version":"1.0"`, `"format_version":"2.0"`), "this ha reads 1.x"},
		{"no version", edit(`"format_version":"1.0"`, `"format_version":"1"`), "not MAJOR.MINOR"},
		{"an unknown word", edit(`"action":"delete"`, `"action":"destroy"`), `action "destroy" is unknown`},
		{"a fraction", edit(`"generation":41`, `"generation":41.5`), "41.5"},
		{"deep", []byte(strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300)), "nests deeper than 200"},
		{"bottomless", []byte(strings.Repeat(`{"a":`, 100000)), "max depth"},
	}
	for _, test := range tests {
		_, err := Decode(test.data)
		if !errors.Is(err, ErrPlanFile) || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: got %v, want %v with %q", test.name, err, ErrPlanFile, test.why)
		}
	}
	if _, err := Decode(make([]byte, MaxDocument+1)); !errors.Is(err, ErrPlanFile) || !strings.Contains(err.Error(), "268435457 bytes") {
		t.Errorf("too large: got %v", err)
	}
}

// TestLaterMinorVersionsAreRead: they add names, which count for the id and are skipped.
func TestLaterMinorVersionsAreRead(t *testing.T) {
	doc := edgeDocument()
	doc.FormatVersion = "1.7"
	add := func(data []byte) []byte { // a name that this version does not know, and the id that goes with it
		t.Helper()
		data = bytes.Replace(data, []byte(`{"config"`), []byte(`{"also":{"waves":["lb2"]},"config"`), 1)
		members, err := canonicalMembers(data)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Replace(data, []byte(doc.PlanID), []byte(planID(members)), 1)
	}
	if _, err := Decode(add(encoded(t, doc))); err != nil {
		t.Errorf("got %v", err)
	}
	doc.EffectDigest = "sha256:00"
	if _, err := Decode(add(encoded(t, doc))); err == nil || !strings.Contains(err.Error(), "effect digest") {
		t.Errorf("a strange effect: got %v", err)
	}
}

func TestEncodeRefusesWhatCannotBeRead(t *testing.T) {
	tests := []struct{ name, desired, why string }{
		{"fractions", `{"a": 1.5}`, "not a whole number"},
		{"names that stand twice", `{"a": 1, "a": 2}`, "stands twice"},
		{"what is no JSON", `{`, "unexpected end"},
	}
	for _, test := range tests {
		doc := edgeDocument()
		doc.Nodes[0].Desired = json.RawMessage(test.desired)
		if _, err := Encode(doc); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.why)
		}
	}
}

// TestCanonical holds the writer to the examples of RFC 8785 section 3.2.2 and 3.2.3.
func TestCanonical(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"b": 1, "a": [ ], "": {}}`, `{"":{},"a":[],"b":1}`},
		{`{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`, `{"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		{`"\u0008\u0009\u000b\u000c\u000d\u2028<>&"`, `"\b\t\u000b\f\r` + "\u2028" + `<>&"`},
		{`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`, `{"\r":2,"1":4,"` + "\u0080" + `":6,"ö":7,"€":1,"😀":5,"` + "\ufb33" + `":3}`},
		{`[-0, 12, -9223372036854775808, true, null]`, `[0,12,-9223372036854775808,true,null]`},
	}
	for _, test := range tests {
		members, err := canonicalMembers([]byte(` { "x" : ` + test.in + ` } `))
		if err != nil || len(members) != 1 {
			t.Errorf("%s: got %v, %v", test.in, members, err)
			continue
		}
		if got := string(members[0].value); got != test.want {
			t.Errorf("%s: got %s, want %s", test.in, got, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	data, err := os.ReadFile("testdata/edge.haplan")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"kind":"ha.plan","format_version":"1.0","nodes":[{"changes":[{"key":"x"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrPlanFile) {
				t.Errorf("got %v", err)
			}
			return
		}
		if _, err := Encode(doc); err != nil {
			t.Errorf("read, but not written again: %v", err)
		}
	})
}
