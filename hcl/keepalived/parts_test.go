package keepalived_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ha/hcl/keepalived"
)

func TestIncludes(t *testing.T) {
	all := map[string]string{
		"/etc/main.conf":    "a\ninclude sub/*.conf\ninclude {one,two}.conf\nincluder none.conf\nincludea no*.conf\nz\n",
		"/etc/sub/1.conf":   "b ${_PWD}\n$LATER=x\n",
		"/etc/sub/2.conf":   "c {\ninclude ../one.conf\n}\n",
		"/etc/one.conf":     "d $LATER\n",
		"/etc/two.conf":     "include main.conf\ne\n",
		"/etc/other.config": "never",
	}
	tree, list, err := keepalived.Read("/etc/main.conf", files("here", all))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outline(tree), "a b(/etc/sub) c{d(x)} d(x) e z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := remarks(list), "include-cycle:1 include-failed:4 include-failed:5"; got != want {
		t.Errorf("got %s, want %s: %+v", got, want, list)
	}
	for _, r := range list {
		if starts := r.Effect == "keepalived does not start"; starts != (r.Kind == keepalived.IncludeFailed && r.Line == 5) {
			t.Errorf("%+v: an include that must match ends keepalived, another does not", r)
		}
	}
	if _, _, err := keepalived.Read("/etc/absent.conf", files("here", all)); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestSplitScript(t *testing.T) {
	tests := []struct {
		raw, argv, user, group string
		ok                     bool
	}{
		{`notify_master "/etc/ha/ev.sh up 'two words' \x41" ops adm`, "/etc/ha/ev.sh|up|two words|A", "ops", "adm", true},
		{`notify_master /etc/ha/ev.sh up`, "/etc/ha/ev.sh", "up", "", true},
		{`script abc" d"e`, "abc|de", "", "", true},
		{`script '"/a b" \t\n\101\cA\q'`, "/a b|\t\nA\x01q", "", "", true},
		{`script`, "", "", "", true},
		{`script "/a`, "", "", "", false},
		{`script "/a 'b"`, "/a", "", "", false},
	}
	for _, tt := range tests {
		argv, user, group, ok := keepalived.SplitScript(tt.raw)
		if got := strings.Join(argv, "|"); got != tt.argv || user != tt.user || group != tt.group || ok != tt.ok {
			t.Errorf("%s: got %q, %q, %q, %v", tt.raw, got, user, group, ok)
		}
	}
}

// Comments stay with what they are about.
func TestComments(t *testing.T) {
	text := "# of the file\n\n! above a\na 1 # beside a\n\nb { # beside the brace\n  # above c\n  c\n  # below c\n}\n#last\n"
	tree, _, err := keepalived.Read("main.conf", files("here", map[string]string{"main.conf": text}))
	if err != nil {
		t.Fatal(err)
	}
	a, b := tree.Statements[0], tree.Statements[1]
	c := b.Block.Statements[0]
	for what, pair := range map[string][2]any{
		"above a": {a.Above, []string{"of the file", "", "above a"}}, "beside a": {a.Beside, "beside a"},
		"beside b": {b.Beside, "beside the brace"}, "above c": {c.Above, []string{"above c"}},
		"below c": {b.Block.Below, []string{"below c"}}, "last": {tree.Below, []string{"last"}},
	} {
		if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
}

// Files that are not UTF-8 are read as what they most likely are.
func TestEncodings(t *testing.T) {
	for raw, want := range map[string]string{
		"a # \xd6\xf7\xbd\xda\xb5\xe3\n": "主节点",  // GB 18030
		"a # caf\xe9\n":                  "café", // Latin-1
		"a # Grüße\n":                    "Grüße",
	} {
		tree, _, err := keepalived.Read("main.conf", files("here", map[string]string{"main.conf": raw}))
		if err != nil || tree.Statements[0].Beside != want {
			t.Errorf("%q: got %q, %v, want %q", raw, tree.Statements[0].Beside, err, want)
		}
	}
}

// A file of the size of the largest sites is read in one go.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "virtual_server 10.%d.%d.%d 80 {\n  lb_algo rr\n  protocol TCP\n", i>>16, i>>8&255, i&255)
		for j := range 6 {
			fmt.Fprintf(&text, "  real_server 192.168.%d.%d 80 {\n    weight 1\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n", i&255, j)
		}
		text.WriteString("}\n")
	}
	options := files("here", map[string]string{"main.conf": text.String()})
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if tree, list, err := keepalived.Read("main.conf", options); err != nil || len(list) > 0 || len(tree.Statements) != 10_000 {
			b.Fatal(err, list)
		}
	}
}

// Whatever stands in a file, it is read to its end.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"a {\n b \"c\n}\n", "$A=\\\nb {\\\n}\n$A\n", "~SEQ(N,1,9) ~LST(V,a,b) $N${V}\n", "@x a\n@^x b {\n", "include *\n", "${A${B}}{}}{\n", "~LST({A,B},{1,2},{3}) $A\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, list, err := keepalived.Read("main.conf", files("here", map[string]string{"main.conf": text}))
		if err != nil || tree == nil {
			t.Fatalf("got %v", err)
		}
		for _, r := range list {
			if r.What == "" || r.Effect == "" || r.Line < 0 {
				t.Errorf("a remark says too little: %+v", r)
			}
		}
		if again, _, _ := keepalived.Read("main.conf", files("here", map[string]string{"main.conf": text})); outline(again) != outline(tree) {
			t.Error("the same file is read in two ways")
		}
		_ = slices.Contains(list, keepalived.Remark{}) // comparable
	})
}
