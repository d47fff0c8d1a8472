package main

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ha/enforcer/control"
)

// poolView says how pools are shown: with connections and reasons, or with what was counted.
type poolView struct {
	stats, rate bool
	width       int // of the terminal, at which reasons are cut; 0 cuts nothing
}

// print writes a pool as people know it from ipvsadm, and why each server stands as it does.
func (v poolView) print(b *strings.Builder, now time.Time, p control.PoolStatus) {
	b.WriteString("\n" + p.Name)
	if len(p.Servers) > 0 {
		up := 0
		for i := range p.Servers {
			if p.Servers[i].State == "up" {
				up++
			}
		}
		b.WriteString("  " + strconv.Itoa(up) + " of " + strconv.Itoa(len(p.Servers)) + " servers up")
	}
	b.WriteString("\n")
	t := table{indent: "  ", right: v.numbers(), width: v.width}
	if v.counting() {
		t.row(v.head()...)
	}
	for i := range p.Listeners {
		l := &p.Listeners[i]
		name := l.Address + " " + l.Scheduler
		if l.Persistence > 0 {
			name += " persistent " + span(l.Persistence)
		}
		if !l.Installed {
			name += "  (not in IPVS)"
		}
		if v.counting() {
			t.row(append([]string{name}, v.counted(l.Counters)...)...)
			continue
		}
		b.WriteString("  " + name + "\n")
	}
	if !v.counting() {
		b.WriteString(quorumText(p))
		t.row(v.head()...)
	}
	for i := range p.Servers {
		t.row(v.server(&p.Servers[i], stateText(now, &p.Servers[i]))...)
	}
	if p.Sorry != nil {
		t.row(v.server(p.Sorry, sorryText(p.Sorry))...)
	}
	t.write(b)
}

func (v poolView) counting() bool { return v.stats || v.rate }

// head are the titles of the columns; those of counters are ipvsadm's.
func (v poolView) head() []string {
	switch {
	case v.stats:
		return []string{"listener, -> server", "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"}
	case v.rate:
		return []string{"listener, -> server", "CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"}
	}
	return []string{"-> server", "forward", "weight", "active", "inactive", "state"}
}

// numbers tells which columns stand to the right.
func (v poolView) numbers() []bool {
	if v.counting() {
		return []bool{false, true, true, true, true, true}
	}
	return []bool{false, false, false, true, true, false}
}

// server is the row of a server.
func (v poolView) server(s *control.ServerStatus, state string) []string {
	name := "-> " + s.Name + " " + s.Address
	if v.counting() {
		return append([]string{name}, v.counted(s.Counters)...)
	}
	return []string{name, s.Forwarding, weightText(s), strconv.Itoa(int(s.Active)), strconv.Itoa(int(s.Inactive)), state}
}

// stateText says how a server stands and why.
func stateText(now time.Time, s *control.ServerStatus) string {
	text := s.State
	if !s.Since.IsZero() {
		text += " for " + span(now.Sub(s.Since))
	}
	if s.Why != "" {
		text += ": " + clean(s.Why)
	}
	if s.StandsBy {
		text += ", stands by in tier " + strconv.Itoa(int(s.Tier))
	}
	return text
}

// sorryText says whether the sorry server is needed.
func sorryText(s *control.ServerStatus) string {
	if s.State == "up" {
		return "stands in for the servers"
	}
	return "stands by until the quorum is lost"
}

// weightText is the weight that IPVS has, and the configured one where that is another.
func weightText(s *control.ServerStatus) string {
	configured := strconv.Itoa(int(s.Weight))
	switch {
	case !s.Shown:
		return "- (of " + configured + ")"
	case s.Now != uint32(s.Weight):
		return strconv.Itoa(int(s.Now)) + " (of " + configured + ")"
	}
	return configured
}

func (v poolView) counted(c control.Counters) []string {
	if v.rate {
		return []string{
			amount(c.ConnectionRate), amount(c.PacketRateIn), amount(c.PacketRateOut), amount(c.ByteRateIn), amount(c.ByteRateOut),
		}
	}
	return []string{amount(c.Connections), amount(c.PacketsIn), amount(c.PacketsOut), amount(c.BytesIn), amount(c.BytesOut)}
}

// amount is a number of at most eight digits, as ipvsadm writes it: 99999999, 100000K.
func amount(n uint64) string {
	const longest = 99_999_999
	for _, unit := range []string{"", "K", "M", "G", "T"} {
		if n <= longest {
			return strconv.FormatUint(n, 10) + unit
		}
		n /= 1000
	}
	return strconv.FormatUint(n, 10) + "P"
}

// quorumText says how a pool stands where that is not what its servers say by themselves: it has no quorum, or a sorry server, or
// its checks rest.
func quorumText(p control.PoolStatus) string {
	text := ""
	switch {
	case p.Quorum == "down":
		text = "  no quorum: " + clean(p.Why) + "\n"
	case p.Quorum == "unknown" && p.Sorry != nil:
		text = "  no quorum yet: " + clean(p.Why) + "\n"
	case p.Quorum == "up" && p.Sorry != nil:
		text = "  quorum: " + clean(p.Why) + "\n"
	}
	if p.Rests {
		text += "  checks rest: the VIPs are elsewhere\n"
	}
	return text
}

// table are rows whose columns stand under each other, two spaces apart. The last column is as long as it is, or cut at the
// width.
type table struct {
	indent string
	right  []bool // columns that stand to the right
	width  int
	rows   [][]string
	widest []int
}

func (t *table) row(cells ...string) {
	for i, cell := range cells {
		if i == len(t.widest) {
			t.widest = append(t.widest, 0)
		}
		t.widest[i] = max(t.widest[i], utf8.RuneCountInString(cell))
	}
	t.rows = append(t.rows, cells)
}

func (t *table) write(b *strings.Builder) {
	var line strings.Builder
	for _, cells := range t.rows {
		line.Reset()
		line.WriteString(t.indent)
		for i, cell := range cells {
			gap := strings.Repeat(" ", t.widest[i]-utf8.RuneCountInString(cell))
			switch {
			case t.right[i]:
				line.WriteString(gap + cell)
			case i < len(cells)-1:
				line.WriteString(cell + gap)
			default:
				line.WriteString(cell)
			}
			if i < len(cells)-1 {
				line.WriteString("  ")
			}
		}
		b.WriteString(cut(strings.TrimRight(line.String(), " "), t.width) + "\n")
	}
}

// cut shortens a line to a width, and shows that it did; 0 is any width.
func cut(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}
