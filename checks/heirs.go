package checks

import "net/netip"

// Heirs tells which checks of a set go on where another set had the same probe under another key: only their judgement
// differs, an interval or a fall, so that what was known of the target still holds. The result is by key of next, and
// holds no key that old has, too.
func Heirs(old, next []Config) map[string]string {
	type probed struct {
		kind   string
		target netip.AddrPort
	}
	keys, by := make(map[string]bool, len(old)), map[probed][]Config{}
	for _, c := range old {
		keys[c.Key] = true
	}
	var fresh []Config
	for _, c := range next {
		if !keys[c.Key] {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	for _, c := range old {
		at := probed{c.Kind, c.Target}
		by[at] = append(by[at], c)
	}
	heirs := map[string]string{}
	for _, c := range fresh {
		for _, before := range by[probed{c.Kind, c.Target}] {
			if sameProbe(before, c) {
				heirs[c.Key] = before.Key
				break
			}
		}
	}
	return heirs
}
