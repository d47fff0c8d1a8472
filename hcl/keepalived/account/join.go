package account

import "ha/hcl/keepalived"

// Join makes one account of those of several nodes, which are named in their order. Their statements get
// new numbers, and the accounts themselves are used up.
func Join(nodes []string, list []*Account) *Account {
	if len(list) == 1 {
		return list[0]
	}
	all := &Account{}
	for i, a := range list {
		for _, f := range a.files {
			f.node = nodes[i]
			all.files = append(all.files, f)
		}
		for _, r := range a.remarks {
			r.Node = nodes[i]
			all.remarks = append(all.remarks, r)
		}
		before := len(all.entries)
		a.walk(func(_ string, s *keepalived.Statement, _ int) { s.Number += before })
		all.entries = append(all.entries, a.entries...)
	}
	return all
}

// Rewrite changes what statements have become, for what stands elsewhere in the result after all.
func (a *Account) Rewrite(change func(became string) string) {
	for n := range a.entries {
		e := &a.entries[n]
		for i, text := range e.Became {
			e.Became[i] = change(text)
		}
	}
}
