package meaning

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// ipvs reads what is about IPVS as a whole.
func (r *reader) ipvs(g *Globals, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "lvs_flush":
		r.flag(&g.Flush, s, true)
		return true
	case "lvs_flush_on_stop", "lvs_flush_onstop":
		how := "flush"
		if firstOf(s) == "VS" {
			how = "remove"
		}
		put(r, &g.FlushAtStop, s, how)
		return true
	case "lvs_sync_daemon":
		r.sync(g, s)
		return true
	case "lvs_timeouts":
	default:
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

// sync reads IF [inst INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDR], and the older IF INSTANCE [ID]. The first one holds.
func (r *reader) sync(g *Globals, s *keepalived.Statement) {
	switch {
	case len(s.Words) == 0:
		r.a.Ignore(s, "missing-value", s.Keyword+" has no interface", "keepalived ignores the line")
		return
	case g.Sync != nil:
		r.a.Ignore(s, "set-twice", fmt.Sprintf("line %d sets it already", g.Sync.At.Line), "keepalived takes the first one; so does the result")
		return
	}
	if !isDevice(s.Words[0]) {
		r.bad(s, s.Words[0], "the name of an interface")
		return
	}
	y := &Sync{At: s, Interface: s.Words[0], ID: -1}
	g.Sync = y
	number := func(to *int, text string, low, high int) {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			r.a.Remark(s, "bad-value", account.Notice, fmt.Sprintf("%s is not a number from %d to %d", printable(text), low, high), "keepalived passes over it; so does the result")
			return
		}
		*to = n
	}
	words := s.Words[1:]
	if len(words) > 0 && !slices.Contains([]string{"inst", "id", "maxlen", "port", "ttl", "group"}, words[0]) {
		y.Instance = words[0]
		if len(words) > 1 {
			number(&y.ID, words[1], 0, 255)
		}
		return
	}
	for pair := range slices.Chunk(words, 2) {
		if len(pair) < 2 {
			r.a.Remark(s, "bad-value", account.Notice, printable(pair[0])+" has no value", "keepalived passes over it; so does the result")
			return
		}
		switch pair[0] {
		case "inst":
			y.Instance = pair[1]
		case "id":
			number(&y.ID, pair[1], 0, 255)
		case "maxlen":
			number(&y.MaxLength, pair[1], 1, 65507)
		case "port":
			number(&y.Port, pair[1], 1, 65535)
		case "ttl":
			number(&y.TTL, pair[1], 1, 255)
		case "group":
			if a, err := netip.ParseAddr(pair[1]); err == nil && a.IsMulticast() {
				y.Group = a
				continue
			}
			r.a.Remark(s, "bad-value", account.Notice, printable(pair[1])+" is no multicast group", "keepalived passes over it; so does the result")
		default:
			r.a.Remark(s, "bad-value", account.Notice, printable(pair[0])+" says nothing about the synchronisation of connections", "keepalived passes over it; so does the result")
		}
	}
}

// syncOf reads lvs_sync_daemon_interface, with which an instance decides who tells.
func (r *reader) syncOf(i *Instance, s *keepalived.Statement) {
	g := &r.config.Globals
	before := g.Sync
	r.sync(g, s)
	if g.Sync != before {
		g.Sync.Instance = i.Name
	}
}
