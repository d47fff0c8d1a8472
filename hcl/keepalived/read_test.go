package keepalived_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ha/hcl/keepalived"
)

// files are the surroundings of a test: files by name, in memory.
func files(id string, all map[string]string) keepalived.Options {
	return keepalived.Options{
		ID:  id,
		Env: func(name string) string { return map[string]string{"SITE": "north"}[name] },
		Glob: func(pattern string) (found []string, err error) {
			for name := range all {
				if ok, err := filepath.Match(pattern, name); ok || err != nil {
					found = append(found, name)
				}
			}
			return found, nil
		},
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := all[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		Opens: func(_, keyword string) bool {
			return slices.Contains([]string{"vrrp_instance", "virtual_ipaddress", "global_defs"}, keyword)
		},
	}
}

// outline is a tree on one line: keyword(word|word){ … }.
func outline(b *keepalived.Block) string {
	var parts []string
	for _, s := range b.Statements {
		text := s.Keyword
		if len(s.Words) > 0 {
			text += "(" + strings.Join(s.Words, "|") + ")"
		}
		if s.Block != nil {
			text += "{" + outline(s.Block) + "}"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// remarks are the kinds with their lines.
func remarks(list []keepalived.Remark) string {
	var parts []string
	for _, r := range list {
		parts = append(parts, fmt.Sprintf("%s:%d", r.Kind, r.Line))
	}
	return strings.Join(parts, " ")
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, text, want, remarks string
	}{
		{"statements and blocks", "a 1\nb {\n c 2 3\n}\n", "a(1) b{c(2|3)}", ""},
		{"braces anywhere", "b{c}d\n{\ne 1 }", "b{c} d{e(1)}", ""},
		{"the brace on a later line", "b\n\n# words\n{\nc\n}\n", "b{c}", ""},
		{"DOS lines and a byte order mark", "\ufeffa 1\r\nb {\r\n}\r\n", "a(1) b{}", ""},
		{"comments", "a 1#x\nb 2 !y\nc \"#!\"\n!d\n", "a(1) b(2) c(#!)", ""},
		{"a backslash saves no comment mark", `a x\#y`, "a(x)", ""},
		{"an open quote", "a \"b c\nd", "a d", "open-quote:1"},
		{"no escapes in quotes", `a "b\" c`, `a(b\|c)`, ""},
		{"a quote ends a word", `a b"c d"e ""`, "a(b|c d|e|)", ""},
		{"a brace in quotes", `a "{}"`, "a({})", ""},
		{"a stray opening brace", "{\na\n}\nb", "a b", "stray-open-brace:1 stray-close-brace:3"},
		{"a closing brace too many", "a {\n}\n}\nb", "a{} b", "stray-close-brace:3"},
		{"a missing closing brace", "a {\n b {\n c\n", "a{b{c}}", "missing-close-brace:3 missing-close-brace:3"},
		{"a missing opening brace", "vrrp_instance x\n priority 1\n}\nb", "vrrp_instance(x){priority(1)} b", "missing-open-brace:1"},
		{"a NUL", "a\x00b\nc", "c", "nul-byte:1"},
		{"a line too long", "a " + strings.Repeat("x", 1100) + "\nb", "b", "line-too-long:1"},
		{"conditions", "@here a\n@there b\n@^here c\n@^there d\n@here\ne", "a d e", ""},
		{"definitions", "$A=1\n$B=x ${A}\na $A, ${B}y \"${A}\" \"$A\" $C $Ab", `a(1,|x|1y|1|$A|$C|$Ab)`, ""},
		{"a definition again", "$A=1\na $A\n$A=2\na $A", "a(1) a(2)", ""},
		{"a reference put together", "$A1=x\n$N=1\na ${A${N}}", "a(x)", ""},
		{"a condition in a definition", "$IF=@here\n$IF a 1\n$IF b 2", "a(1) b(2)", "older-versions-only:2 older-versions-only:3"},
		{"predefined", "a ${_INSTANCE} ${_ENV SITE} \"${_HASH}\" $_PWD ${_RANDOM 7 7}", "a(here|north|#|.|7)", ""},
		{"a hash from a definition is a comment", "a 1 ${_HASH} 2", "a(1)", ""},
		{"a body", "$R= \\\nb $A { \\\n \\\n c \\\n}\n$A=1\n$R\n$A=2\n$R\nd", "b(1){c} b(2){c} d", ""},
		{"text before a body", "$R=1 \\\n c 2\na $R\nb $R x", "a(1) c(2) b($R|x)", ""},
		{"a sequence", "~SEQ(N, 3) a $N\n~SEQ(N,5,1) b ${N}\n~SEQ(N,2,2,5) c $N\n~SEQ(N,-2) d $N", "a(1) a(2) a(3) b(5) b(4) b(3) b(2) b(1) c(2) c(4) d(-1) d(-2)", ""},
		{"hexadecimal", "~SEQx(N, 9, 0x0b) a 2001:db8::$N", "a(2001:db8::9) a(2001:db8::a) a(2001:db8::b)", ""},
		{"a list", "~LST(V, x, y) a $V\n~LST({A,B}, {1,2}, {3}) b $A${B}", "a(x) a(y) b($A2) b(3)", ""},
		{"loops in loops", "~SEQ(A,1,2) ~LST(B,x,y) a ${A}${B}", "a(1x) a(1y) a(2x) a(2y)", ""},
		{"a body in a loop", "$P= \\\nb $N { \\\n}\n~SEQ(N,1,2) $P", "b(1){} b(2){}", ""},
		{"loops that cannot be", "~SEQ(N,1,0,5) a\n~SEQ(N,x) a\n~LST({A},{1,2}) a\n~SEQ(N,1 a\n~SEQ(N,1,99999999) a\nb", "b", "bad-loop:1 bad-loop:2 bad-loop:3 bad-loop:4 bad-loop:5"},
		{"definitions in a circle", "$A=${B}\n$B=${A}\na \"${A}\"", "a(${A})", "bad-definition:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, list, err := keepalived.Read("main.conf", files("here", map[string]string{"main.conf": tt.text}))
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(tree); got != tt.want || remarks(list) != tt.remarks {
				t.Errorf("got  %s  [%s]\nwant %s  [%s]", got, remarks(list), tt.want, tt.remarks)
			}
		})
	}
}
