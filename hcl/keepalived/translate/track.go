package translate

import (
	"fmt"
	"time"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

// tracked makes the checks and sessions that VIPs refer to.
func (t *translator) tracked() {
	for _, x := range t.c.Scripts {
		t.weights["script "+x.Name] = x.Weight.At
		t.script(x)
	}
	for _, x := range t.c.Files {
		t.weights["file "+x.Name] = x.Weight.At
		t.file(x)
	}
	for _, x := range t.c.Processes {
		t.weights["process "+x.Name] = x.Weight.At
		t.process(x)
	}
	for _, x := range t.c.Sessions {
		t.weights["bfd "+x.Name] = x.Weight.At
		t.session(x)
	}
}

func (t *translator) script(x *meaning.Script) {
	name := t.names.take("script", x.Name)
	t.scripts[x.Name] = name
	b := t.block("check", "script", name)
	t.lead(b, x.At)
	t.a.Converted(x.At, b.path)
	b.duration("interval", within(t, atLeast(x.Interval, 100*time.Millisecond), 0, time.Hour, "the interval", x.At), 5*time.Second)
	b.duration("timeout", within(t, atLeast(x.Timeout, 10*time.Millisecond), 0, 10*time.Minute, "the timeout", x.At), 3*time.Second)
	b.number("rise", within(t, x.Rise, 1, 100, "rise", x.At), 1)
	b.number("fall", within(t, x.Fall, 1, 100, "fall", x.At), 3)
	t.program(b, x.Command, x.User)
	t.left(&b.Below, x.At)
	t.part.Checks = append(t.part.Checks, b.Block)
}

func (t *translator) file(x *meaning.File) {
	name := t.names.take("file", x.Name)
	t.files[x.Name] = name
	b := t.block("check", "file", name)
	t.lead(b, x.At)
	t.a.Converted(x.At, b.path)
	b.arg("file", layout.Quote(x.Path.V), x.Path.At)
	t.left(&b.Below, x.At)
	t.part.Checks = append(t.part.Checks, b.Block)
}

func (t *translator) process(x *meaning.Process) {
	name := t.names.take("process", x.Name)
	t.processes[x.Name] = name
	b := t.block("check", "process", name)
	t.lead(b, x.At)
	t.a.Converted(x.At, b.path)
	t.delays(b, x)
	argv := x.Command.V
	match := ""
	switch {
	case x.Match.V == "initial" || x.Match.V == "partial":
		match = "begins"
		if x.Match.V == "initial" {
			t.a.Remark(x.Match.At, "match-initial", account.Loss, "the last parameter may not be longer than the word that is given", "the result compares whole words")
		}
	case x.Full.V || x.Match.V == "exact" || len(argv) > 1:
		match = "command"
	case len(argv[0]) > 15:
		t.a.Remark(x.Command.At, "name-cut", account.Notice, "the kernel keeps 15 characters of the name of a process", "the result compares those")
		argv = []string{argv[0][:15]}
	}
	b.arg("process", layout.Quotes(argv), x.Command.At)
	if match != "" && !(match == "command" && len(argv) > 1) {
		b.arg("match", layout.Quote(match), x.Match.At, x.Full.At)
	} else {
		t.defaulted(x.Match.At)
		t.defaulted(x.Full.At)
	}
	b.number("at_least", x.Quorum, 1)
	if x.QuorumMax.V >= 0 {
		b.arg("at_most", itoa(x.QuorumMax.V), x.QuorumMax.At)
	}
	t.left(&b.Below, x.At)
	t.part.Checks = append(t.part.Checks, b.Block)
}

// delays makes rise and fall of delays: the second probe in a row decides.
func (t *translator) delays(b *block, x *meaning.Process) {
	up, down := x.UpDelay, x.DownDelay
	longest := max(up.V, down.V)
	if longest == 0 {
		t.defaulted(up.At)
		t.defaulted(down.At)
		return
	}
	b.arg("interval", layout.Duration(max(longest.Round(100*time.Millisecond), 100*time.Millisecond)), up.At, down.At)
	if up.V > 0 {
		b.arg("rise", "2", up.At)
	}
	if down.V > 0 {
		b.arg("fall", "2", down.At)
	}
}

// session makes a BFD session.
func (t *translator) session(x *meaning.Session) {
	name := t.names.take("bfd", x.Name)
	t.sessions[x.Name] = name
	b := t.block("bfd", name)
	t.lead(b, x.At)
	t.a.Converted(x.At, b.path)
	b.arg("peer", layout.Quote(x.Peer.V.String()), x.Peer.At)
	if x.Source.Set() {
		b.arg("source", layout.Quote(x.Source.V.String()), x.Source.At)
	}
	least := max(x.TTL.V-max(x.MaxHops.V, 0), 1)
	if x.MaxHops.V == 255 || x.MaxHops.V == -1 {
		least = 1
	}
	b.flag("multihop", x.Multihop.V, false, x.Multihop.At)
	switch {
	case x.Multihop.V && 255-least > 1:
		b.arg("hops", itoa(min(255-least, 254)), x.MaxHops.At)
	case x.Multihop.V || least == 255:
		t.defaulted(x.MaxHops.At)
	default:
		b.arg("min_ttl", itoa(least), x.MaxHops.At)
	}
	b.flag("passive", x.Passive.V, false, x.Passive.At)
	b.duration("min_tx", t.pace(x.MinTX, x), 300*time.Millisecond)
	b.duration("min_rx", t.pace(x.MinRX, x), 300*time.Millisecond)
	b.number("multiplier", x.Multiplier, 3)
	b.duration("idle_tx", within(t, x.IdleTX, time.Second, time.Minute, "idle_tx", x.At), time.Second)
	t.left(&b.Below, x.At)
	t.part.Sessions = append(t.part.Sessions, b.Block)
}

func (t *translator) pace(v meaning.Value[time.Duration], x *meaning.Session) meaning.Value[time.Duration] {
	return within(t, v, 10*time.Millisecond, time.Minute, "the time between packets", x.At)
}

// tracks makes the track blocks of a VIP, or of a sync group, where there is no instance.
func (t *translator) tracks(b *block, list []*meaning.Tracked, i *meaning.Instance) {
	for _, x := range list {
		switch {
		case i != nil && i.Priority.V == 255 && (x.Weight != 0 || x.Kind == meaning.OfFile):
			t.a.Ignore(x.At, "weight-of-owner", "the owner of the addresses (priority 255) has no weights", "keepalived drops the entry; so does the result")
		case i != nil && x.Kind == meaning.Interface && x.Name == i.Interface.V && x.Weight == 0 && !i.TrackPrimary.Set():
			t.a.Set(x.At, words.Default, "the interface of a VIP is always tracked")
		case x.Kind == meaning.OfFile && x.Weight == 0:
			t.a.Lost(x.At, "not-supported", "a file that is tracked without a weight is not supported", "any number but 0 would be a failure; the result does not track it")
		default:
			t.trackBlock(b, x)
		}
	}
	if i == nil {
		return
	}
	for _, word := range []string{"track_interface", "track_script", "track_file", "track_process", "track_bfd"} {
		for _, s := range t.containers(i.At, word) {
			t.lead(b, s)
		}
	}
}

func (t *translator) trackBlock(b *block, x *meaning.Tracked) {
	in := b.inner("track", t.names.take("track of "+b.path, x.Name))
	t.lead(in, x.At)
	t.a.Converted(x.At, in.path)
	switch x.Kind {
	case meaning.Interface:
		in.arg("interface", layout.Quote(x.Name))
	case meaning.OfScript:
		in.arg("check", "check.script."+t.scripts[x.Name])
	case meaning.OfFile:
		in.arg("check", "check.file."+t.files[x.Name])
	case meaning.OfProcess:
		in.arg("check", "check.process."+t.processes[x.Name])
	case meaning.OfSession:
		in.arg("bfd", "bfd."+t.sessions[x.Name])
	}
	t.weigh(in, x)
}

// weigh says what a failure costs. Keepalived's positive weight is had while all is well; reverse turns that around.
func (t *translator) weigh(in *block, x *meaning.Tracked) {
	weight := min(max(x.Weight, -253), 253)
	switch {
	case x.Kind == meaning.OfFile:
		in.arg("factor", itoa(x.Weight))
	case weight < 0 && !x.Reverse || weight > 0 && x.Reverse:
		in.arg("weight", itoa(max(weight, -weight)))
	case weight != 0:
		in.arg("raise", itoa(max(weight, -weight)))
	}
	if x.Reverse {
		in.arg("reverse", "true")
	}
	if at := t.weights[string(x.Kind)+" "+x.Name]; at != nil {
		t.a.Converted(at, in.path+fmt.Sprintf(": weight %d", x.Weight))
	}
}

// groups makes the sync groups.
func (t *translator) groups() {
	for _, g := range t.c.Groups {
		b := t.block("sync_group", t.names.take("sync_group", g.Name))
		t.lead(b, g.At)
		t.a.Converted(g.At, b.path)
		var members []layout.Elem
		for _, m := range g.Members {
			members = append(members, t.elem("vip."+t.vips[m.V], m.At))
			t.a.Converted(m.At, b.path+": vips")
		}
		b.list("vips", members, t.containers(g.At, "group")...)
		t.notify(b, g.Name, g.Calls, g.Alert)
		t.tracks(b, g.Tracked, nil)
		t.left(&b.Below, g.At)
		t.part.Groups = append(t.part.Groups, b.Block)
	}
}
