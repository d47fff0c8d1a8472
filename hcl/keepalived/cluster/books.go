package cluster

import "strings"

// rebook is where in the result something of a node stands: under another name, or in the overlay of the node. The longest
// way that is known decides: vip "web" → track "link": weight = 10.
func (m *merger) rebook(node int, became string) string {
	known := m.books[node]
	for end := len(became); end > 0; end = max(strings.LastIndex(became[:end], ": "), strings.LastIndex(became[:end], " → ")) {
		if now, ok := known[became[:end]]; ok {
			return now + m.referred(node, became[end:])
		}
	}
	return m.referred(node, became)
}
