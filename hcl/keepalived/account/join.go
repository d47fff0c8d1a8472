package account

// Join makes one account of those of several nodes, which are named in their order. The accounts themselves are used up.
func Join(nodes []string, list []*Account) *Account {
	if len(list) == 1 {
		return list[0]
	}
	all := &Account{entries: list[0].entries}
	for i, a := range list {
		for _, f := range a.files {
			f.node = nodes[i]
			all.files = append(all.files, f)
		}
		for _, r := range a.remarks {
			r.Node = nodes[i]
			all.remarks = append(all.remarks, r)
		}
		if i == 0 {
			continue
		}
		for s, e := range a.entries { // a statement belongs to one file
			all.entries[s] = e
		}
	}
	return all
}

// Rewrite changes what statements have become, for what stands elsewhere in the result after all.
func (a *Account) Rewrite(change func(became string) string) {
	for _, e := range a.entries {
		for i, text := range e.Became {
			e.Became[i] = change(text)
		}
	}
}
