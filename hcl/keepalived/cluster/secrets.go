package cluster

import (
	"regexp"
	"slices"
	"strings"

	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/translate"
)

// secretFolder stands before the name of a secret in a reference to it.
const secretFolder = "${var.secrets}/"

// renamed is an expression with other names for the secrets that it refers to.
func renamed(expr string, name func(string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(expr, secretFolder)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			end = len(rest)
		}
		b.WriteString(secretFolder + name(rest[:end]))
		expr = rest[end:]
	}
}

// keyNumber is the end of the name of a secret that is one of several keys.
var keyNumber = regexp.MustCompile(`^(.*)(-[0-9]+)$`)

// secret gives the secrets of all nodes names: those of the VIPs that they belong to, and of what is the same one.
func (m *merger) secret() {
	for k, n := range m.nodes {
		for _, s := range n.Part.Secrets {
			base := strings.TrimSuffix(s.Name, ".key")
			number := ""
			vip := m.names[k]["vip "+base]
			if parts := keyNumber.FindStringSubmatch(base); vip == "" && parts != nil {
				vip, base, number = m.names[k]["vip "+parts[1]], parts[1], parts[2]
			}
			name := orSelf(vip, base) + number + ".key"
			if value, taken := m.secrets[name]; taken && value != s.Value {
				name = orSelf(vip, base) + "_" + n.Part.Node + number + ".key"
			}
			m.secrets[name] = s.Value
			if name != s.Name {
				m.names[k]["secret "+s.Name] = name
			}
		}
	}
}

// usedSecrets are the secrets that the result refers to. Those of nodes that have the same one are one.
func (m *merger) usedSecrets() {
	p, used := m.out, map[string]bool{}
	var look func(list []*layout.Block)
	look = func(list []*layout.Block) {
		for _, b := range list {
			for _, a := range b.Args {
				renamed(a.Text(), func(name string) string { used[name] = true; return name })
			}
			look(b.Blocks)
		}
	}
	look(slices.Concat(p.Nodes, p.Settings, p.Statics, p.Sessions, p.Checks, p.Notifies, p.VIPs, p.Groups, p.Pools))
	for name := range used {
		p.Secrets = append(p.Secrets, translate.Secret{Name: name, Value: m.secrets[name]})
	}
	slices.SortFunc(p.Secrets, func(a, b translate.Secret) int { return strings.Compare(a.Name, b.Name) })
}
