package translate

import (
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

// events are what keywords of keepalived are told at.
func events(keyword string) []string {
	switch keyword {
	case "notify_master":
		return []string{"active"}
	case "notify_backup":
		return []string{"backup"}
	case "notify_fault":
		return []string{"fault"}
	case "notify_stop":
		return []string{"stop"}
	case "notify_deleted":
		return []string{"deleted"}
	case "notify_master_rx_lower_pri":
		return []string{"lower_priority"}
	case "notify_up":
		return []string{"up"}
	case "notify_down":
		return []string{"down"}
	case "quorum_up", "quorum_down":
		return []string{keyword}
	}
	return nil // notify: all
}

// notify says who is told of a VIP or a group: its own programs, mail, and what tells of everything.
func (t *translator) notify(b *block, name string, calls []*meaning.Call, alert meaning.Value[bool]) {
	var refs []string
	if len(calls) > 0 {
		refs = append(refs, "notify."+t.programs(name, calls, b.path))
	}
	if t.mailed != "" && alert.V {
		refs = append(refs, "notify."+t.mailed)
		t.a.Converted(alert.At, b.path+": notify")
	} else {
		t.a.Set(alert.At, words.Default, "no mail is sent about it")
	}
	t.refer(b, refs)
}

func (t *translator) refer(b *block, refs []string) {
	if len(refs) == 0 {
		return
	}
	b.arg("notify", "["+strings.Join(append(refs, t.always...), ", ")+"]")
}

// programs makes a block with programs, or returns the name of one that has the same.
func (t *translator) programs(name string, calls []*meaning.Call, path string) string {
	key := ""
	for _, c := range calls {
		key += fmt.Sprintf("%s %q %v\x00", c.Event, c.Command.V.Argv, c.User.V)
	}
	if same := t.calls[key]; same != "" {
		for _, c := range calls {
			t.a.Converted(c.At, path+": notify = [notify."+same+"]")
			t.told[c.At] = t.told[c.At] || c.At.Beside == "" && len(c.At.Above) == 0
		}
		return same
	}
	name = t.names.take("notify", name)
	t.calls[key] = name
	b := t.block("notify", name)
	for _, c := range calls {
		in := b.inner("script")
		t.lead(in, c.At)
		t.a.Converted(c.At, in.path)
		if on := events(c.Event); on != nil {
			in.arg("on", layout.Quotes(on))
		}
		t.program(in, c.Command, c.User)
		if c.Event == "notify" {
			in.arg("arguments", layout.Quote("keepalived"))
		}
	}
	t.part.Notifies = append(t.part.Notifies, b.Block)
	return name
}

// serverCalls says who is told of a pool and its servers. Programs that are not those of all its servers have no place.
func (t *translator) serverCalls(b *block, list []*meaning.Server, told []*meaning.Call) {
	var refs []string
	calls, alike := sameCalls(list)
	if !alike {
		calls = nil
	}
	if calls = slices.Concat(calls, told); len(calls) > 0 {
		refs = append(refs, "notify."+t.programs(b.Labels[0], calls, b.path))
	}
	for _, y := range list {
		for _, c := range y.Calls {
			if alike {
				t.a.Converted(c.At, b.path+": notify")
			} else {
				t.a.Lost(c.At, "not-supported", c.Event+" of one server of several is not supported", "a program is told of all servers of a pool, and finds in HA_ADDRESS which one it is about")
			}
		}
	}
	alert := slices.ContainsFunc(list, func(y *meaning.Server) bool { return y.Alert.V })
	for _, y := range list {
		if t.mailed != "" && alert {
			t.a.Converted(y.Alert.At, b.path+": notify")
		} else {
			t.a.Set(y.Alert.At, words.Default, "no mail is sent about it")
		}
	}
	if t.mailed != "" && alert {
		refs = append(refs, "notify."+t.mailed)
	}
	t.refer(b, refs)
}

// sameCalls are the programs of servers, when all have the same.
func sameCalls(list []*meaning.Server) (calls []*meaning.Call, alike bool) {
	for i, y := range list {
		if i == 0 {
			calls = y.Calls
			continue
		}
		same := func(a, b *meaning.Call) bool {
			return a.Event == b.Event && slices.Equal(a.Command.V.Argv, b.Command.V.Argv) && a.User.V == b.User.V
		}
		if !slices.EqualFunc(calls, y.Calls, same) {
			return nil, false
		}
	}
	return calls, true
}

// mail makes the block that sends mail.
func (t *translator) mail() {
	m := t.c.Mail
	if m == nil {
		return
	}
	var to []layout.Elem
	for _, x := range m.To {
		if _, err := mail.ParseAddress(x.V); err != nil {
			t.a.Remark(x.At, "mail-address", account.Loss, "this is not a mail address", "ha sends mail to addresses with a domain; the result is without it")
			t.a.Set(x.At, words.Unsupported, "this is not a mail address")
			continue
		}
		to = append(to, t.elem(layout.Quote(x.V), x.At))
		t.a.Converted(x.At, "notify: mail.to")
	}
	if len(to) == 0 {
		return
	}
	t.mailed = t.names.take("notify", "mail")
	b := t.block("notify", t.mailed)
	in := b.inner("mail")
	if m.NoFaults.V {
		in.arg("on", layout.Quotes([]string{"active", "backup", "stop", "deleted", "up", "down"}), m.NoFaults.At)
	}
	in.arg("server", layout.Quote(t.mailServer(m.Server)), m.Server.At)
	in.arg("tls", layout.Quote("none"))
	from := m.From
	if _, err := mail.ParseAddress(from.V); err != nil {
		host := strings.ReplaceAll(t.part.Node, "_", "-")
		local := "root"
		if from.V != "" {
			local = layout.Name(from.V)
			t.a.Remark(from.At, "mail-address", account.Notice, "the sender has no domain", "the result has that of the node: "+local+"@"+host)
		}
		from.V = local + "@" + host
	}
	in.arg("from", layout.Quote(from.V), from.At)
	var containers []*keepalived.Statement
	for _, g := range t.c.Root.Find("global_defs") {
		containers = append(containers, t.containers(g, "notification_email")...)
	}
	in.list("to", to, containers...)
	in.text("helo", m.Helo, "")
	t.part.Notifies = append(t.part.Notifies, b.Block)
}

// mailServer is the server with its port, which is 25 where none is given.
func (t *translator) mailServer(v meaning.Value[string]) string {
	port := "25"
	if len(v.At.Words) > 1 {
		port = v.At.Words[1]
	}
	return net.JoinHostPort(v.V, port)
}

// pipes makes the blocks of FIFOs, which tell of everything.
func (t *translator) pipes(settings *block) {
	states := []string{"active", "backup", "fault", "stop", "deleted", "lower_priority"}
	servers := []string{"up", "down"}
	for i, p := range t.c.Globals.Pipes {
		if !p.Path.Set() {
			if p.Reader != nil {
				t.a.Set(p.Reader.At, account.Ignored, "there is no pipe that it could read")
			}
			continue
		}
		if !strings.HasPrefix(p.Path.V, "/") {
			t.a.Lost(p.Path.At, "relative-path", "the path of the pipe does not begin at the root", "the result has no pipe")
			continue
		}
		name := t.names.take("notify", []string{"fifo", "vrrp_fifo", "lvs_fifo"}[i])
		b := t.block("notify", name)
		in := b.inner("fifo")
		on := [][]string{slices.Concat(states, servers), states, servers}[i]
		if t.c.Globals.Priorities.V && i < 2 {
			on = append(slices.Clone(on), "priority")
			t.a.Converted(t.c.Globals.Priorities.At, in.path+": on")
		}
		in.arg("on", layout.Quotes(on))
		in.arg("path", layout.Quote(p.Path.V), p.Path.At)
		if p.Owner.Name != "" {
			in.arg("user", layout.Quote(p.Owner.Name))
		}
		if p.Owner.Group != "" {
			in.arg("group", layout.Quote(p.Owner.Group))
		}
		if p.Reader != nil {
			reader := in.inner("reader")
			t.lead(reader, p.Reader.At)
			t.program(reader, p.Reader.Command, p.Reader.User)
		}
		t.part.Notifies = append(t.part.Notifies, b.Block)
		t.always = append(t.always, "notify."+name)
	}
	if len(t.always) > 0 {
		settings.arg("notify", "["+strings.Join(t.always, ", ")+"]")
	}
}
