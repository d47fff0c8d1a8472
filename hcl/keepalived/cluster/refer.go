package cluster

import (
	"strings"

	"ha/hcl/keepalived/layout"
)

// refer lets references in a block of a node mean what blocks are called in the result.
func (m *merger) refer(node int, b *layout.Block) {
	for _, a := range b.Args {
		a.Value = m.referred(node, a.Value)
		for i := range a.List {
			a.List[i].Value = m.referred(node, a.List[i].Value)
		}
	}
	for _, inner := range b.Blocks {
		m.refer(node, inner)
	}
}

// referred is an expression with references and secrets as they are called in the result. What stands in quotes is a text,
// except for the names of secrets.
func (m *merger) referred(node int, expr string) string {
	known := m.names[node]
	if len(known) == 0 || !strings.ContainsAny(expr, ".{") {
		return expr
	}
	if strings.Contains(expr, secretFolder) {
		return renamed(expr, func(name string) string { return orSelf(known["secret "+name], name) })
	}
	var b strings.Builder
	for i := 0; i < len(expr); {
		switch {
		case expr[i] == '"':
			end := quoted(expr, i)
			b.WriteString(expr[i:end])
			i = end
		case isWord(expr[i]):
			end := i
			for end < len(expr) && (isWord(expr[end]) || expr[end] == '.') {
				end++
			}
			b.WriteString(m.reference(known, expr[i:end]))
			i = end
		default:
			b.WriteByte(expr[i])
			i++
		}
	}
	return b.String()
}

// reference is a reference as it is called in the result: check.http.login.
func (m *merger) reference(known map[string]string, ref string) string {
	dot := strings.LastIndexByte(ref, '.')
	if dot < 0 {
		return ref
	}
	if name := known[ref[:dot]+" "+ref[dot+1:]]; name != "" {
		return ref[:dot+1] + name
	}
	return ref
}

// quoted is where a text ends that begins at a quote.
func quoted(expr string, at int) int {
	for i := at + 1; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(expr)
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func orSelf(name, self string) string {
	if name == "" {
		return self
	}
	return name
}
