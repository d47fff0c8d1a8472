package meaning

import (
	"slices"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// ipvs reads what is about IPVS as a whole.
func (r *reader) ipvs(g *Globals, s *keepalived.Statement) bool {
	if s.Keyword != "lvs_timeouts" {
		return false
	}
	if len(s.Words) < 2 {
		r.a.Ignore(s, "missing-value", "lvs_timeouts has no timeout", "keepalived ignores the line")
		return true
	}
	r.a.Set(s, words.Default, "0 leaves a timeout as it is")
	for pair := range slices.Chunk(s.Words, 2) {
		r.timeout(g, s, pair)
	}
	return true
}

// timeout reads a pair: tcp 900.
func (r *reader) timeout(g *Globals, s *keepalived.Statement, pair []string) {
	const most = 31 * 24 * time.Hour
	i := slices.Index([]string{"tcp", "tcpfin", "udp"}, pair[0])
	if i < 0 || len(pair) < 2 {
		r.a.Remark(s, "bad-value", account.Notice, printable(pair[0])+" is no timeout of IPVS with its value", "keepalived passes over it; so does the result")
		return
	}
	switch d, ok := decimal(pair[1], time.Second); {
	case !ok || d < 0 || d > most:
		r.bad(s, pair[1], "a number of seconds from 0 to 2678400")
	case d >= time.Second:
		g.Timeouts[i] = Value[time.Duration]{d.Truncate(time.Second), s}
	}
}
