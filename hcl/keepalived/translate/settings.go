package translate

import (
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// settings makes what holds for the node as a whole: delays of interfaces, and how addresses are announced.
func (t *translator) settings() {
	b := t.block("settings")
	if len(t.c.Instances) > 0 {
		t.globalAnnounce(b)
	}
	for _, d := range t.c.Delays {
		in := b.inner("link", d.Device)
		t.lead(in, d.At)
		t.a.Converted(d.At, in.path)
		if d.Down > 0 {
			in.arg("down_delay", layout.Duration(max(d.Down.Round(time.Millisecond), time.Millisecond)), d.At)
		}
		if d.Up > 0 {
			in.arg("up_delay", layout.Duration(max(d.Up.Round(time.Millisecond), time.Millisecond)), d.At)
		}
	}
	taken := names{}
	for _, p := range t.c.Paces {
		in := b.inner("pace_group", taken.take("pace_group", strings.Join(p.Devices, "_")))
		t.lead(in, p.At)
		t.a.Converted(p.At, in.path)
		in.arg("interfaces", layout.Quotes(p.Devices))
		t.paces(in, p.Pace)
		t.left(&in.Below, p.At)
	}
	t.pipes(b)
	if len(b.Blocks)+len(b.Args) > 0 {
		t.part.Settings = append(t.part.Settings, b.Block)
	}
}

// globalAnnounce makes the block about announcements, where they are not what ha does by itself.
func (t *translator) globalAnnounce(b *block) {
	g := t.c.Globals
	in := b.inner("announce")
	t.announce(in, g.Announce, meaning.Announce{
		Count: meaning.Value[int]{V: 3}, Delay: meaning.Value[time.Duration]{V: 5 * time.Second}, RefreshCount: meaning.Value[int]{V: 1},
	})
	t.paces(in, g.Pace)
	t.elsewhere(in, g.Announce)
	if len(in.Args) == 0 {
		b.Blocks = b.Blocks[:len(b.Blocks)-1]
	}
}

// ownAnnounce makes the block of one VIP, with what it says for itself.
func (t *translator) ownAnnounce(b *block, i *meaning.Instance) {
	in := b.inner("announce")
	t.announce(in, i.Announce, t.c.Globals.Announce)
	t.elsewhere(in, i.Announce)
	if len(in.Args) == 0 {
		b.Blocks = b.Blocks[:len(b.Blocks)-1]
	}
}

// announce writes what is set, or is other than what holds without a word.
func (t *translator) announce(in *block, a, def meaning.Announce) {
	at := (*keepalived.Statement)(nil) // a value beyond bounds was set by a statement
	global := in.path == "settings → announce"
	own := func(set bool) bool { return set || global }
	if own(a.Count.Set()) {
		in.number("count", within(t, a.Count, 1, 100, "the number of announcements", at), def.Count.V)
	}
	if own(a.Delay.Set()) {
		in.duration("delay", within(t, atLeast(a.Delay, 10*time.Millisecond), 0, time.Hour, "the delay of announcements", at), def.Delay.V)
	}
	if a.Refresh.Set() {
		in.duration("refresh", within(t, atLeast(a.Refresh, time.Second), 0, 24*time.Hour, "the period of announcements", at), def.Refresh.V)
	}
	if own(a.RefreshCount.Set()) {
		in.number("refresh_count", within(t, a.RefreshCount, 1, 100, "the number of announcements", at), def.RefreshCount.V)
	}
	if a.LowerCount.Set() {
		in.arg("lower_count", itoa(within(t, a.LowerCount, 0, 100, "the number of announcements", at).V), a.LowerCount.At)
	}
	if a.LowerDelay.Set() {
		delay := within(t, atLeast(a.LowerDelay, 10*time.Millisecond), 0, time.Hour, "the delay of announcements", at)
		in.arg("lower_delay", layout.Duration(delay.V), a.LowerDelay.At)
	}
}

// paces writes the pauses between announcements. Where there is none between neighbour advertisements, that of ARP would
// hold for them, too.
func (t *translator) paces(in *block, pace [2]meaning.Value[time.Duration]) {
	bound := func(v meaning.Value[time.Duration]) meaning.Value[time.Duration] {
		return within(t, atLeast(v, 10*time.Microsecond), 0, time.Second, "the pause between announcements", v.At)
	}
	if pace[0].Set() {
		in.arg("pace", layout.Duration(bound(pace[0]).V), pace[0].At)
	}
	switch {
	case pace[1].Set() && pace[1].V == pace[0].V:
		t.defaulted(pace[1].At)
	case pace[1].Set():
		in.arg("na_pace", layout.Duration(bound(pace[1]).V), pace[1].At)
	case pace[0].Set():
		in.arg("na_pace", layout.Duration(0))
	}
}

// elsewhere writes how often other interfaces are told.
func (t *translator) elsewhere(in *block, a meaning.Announce) {
	if !a.Elsewhere.Set() {
		return
	}
	in.arg("elsewhere", layout.Duration(atLeast(meaning.Value[time.Duration]{V: a.Elsewhere.V.Round(time.Second), At: a.Elsewhere.At}, time.Second).V), a.Elsewhere.At)
	if a.ElsewhereAll {
		in.arg("elsewhere_on", layout.Quote("all"))
	}
}
