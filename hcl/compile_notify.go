package hcl

import (
	"fmt"
	"maps"
	"slices"

	"ha/hcl/decode"
	"ha/hcl/schema"
	"ha/planner"
)

// channels compiles the ways of telling what happens on a director. Each is a channel of its own, about the objects that
// refer to its block.
func (k *compiler) channels() {
	about := k.told()
	for _, p := range k.cfg.Notifies {
		objects := about[p.Address]
		if len(objects) == 0 {
			continue
		}
		n := p.On(k.node.Name)
		k.intent(n.Object, n.Address)
		for _, c := range channelsOf(n) {
			c.About = objects
			k.out.Plan.Channels = append(k.out.Plan.Channels, c)
		}
	}
}

// told are the objects of the node that each notify block is about, sorted; and the sync groups of the node for the plan.
func (k *compiler) told() map[string][]string {
	normal := k.cfg.Settings.On(k.node.Name).Notify
	about := map[string]map[string]bool{}
	note := func(object string, given bool, refs []decode.Arg[schema.Address]) {
		if !given {
			refs = normal
		}
		for _, ref := range refs {
			if about[string(ref.Val)] == nil {
				about[string(ref.Val)] = map[string]bool{}
			}
			about[string(ref.Val)][object] = true
		}
	}
	for _, p := range k.cfg.VIPs {
		if k.here(p.Nodes) {
			vip := p.On(k.node.Name)
			note(p.Address, given(vip.Object), vip.Notify)
		}
	}
	for _, p := range k.cfg.SyncGroups {
		if k.concerns(p.Base) {
			g := p.On(k.node.Name)
			k.out.Plan.SyncGroups = append(k.out.Plan.SyncGroups, p.Address)
			note(p.Address, given(g.Object), g.Notify)
		}
	}
	for _, p := range k.cfg.Pools {
		if k.here(p.Nodes) {
			notePool(p.On(k.node.Name), note)
		}
	}
	lists := map[string][]string{}
	for name, objects := range about {
		lists[name] = slices.Sorted(maps.Keys(objects))
	}
	return lists
}

// notePool notes who is told about a pool: as a whole, or server by server where one has its own word.
func notePool(pool *decode.Pool, note func(object string, given bool, refs []decode.Arg[schema.Address])) {
	if !slices.ContainsFunc(pool.Servers, func(s *decode.Server) bool { return given(s.Object) }) {
		note(pool.Address, given(pool.Object), pool.Notify)
		return
	}
	note(pool.Address+".quorum", given(pool.Object), pool.Notify)
	for _, s := range pool.Servers {
		if given(s.Object) {
			note(s.Address, true, s.Notify)
		} else {
			note(s.Address, given(pool.Object), pool.Notify)
		}
	}
}

// given tells whether a block says itself who is told; an empty list says nobody.
func given(o *decode.Object) bool { return o.Cell("notify").State == decode.Set }

// channelsOf are the channels of a block, named after it and the kind.
func channelsOf(n *decode.Notify) []planner.Channel {
	var list []planner.Channel
	count := map[string]int{}
	add := func(head decode.Head, on []decode.Arg[string], c planner.Channel) {
		kind := c.Kind()
		count[kind]++
		c.Name = n.Address + "/" + kind
		if i := count[kind]; i > 1 {
			c.Name = fmt.Sprintf("%s-%d", c.Name, i)
		}
		if on == nil {
			on = n.On
		}
		for _, what := range on {
			c.On = append(c.On, planner.Happening(what.Val))
		}
		c.Source = sourceOf(head.Def)
		list = append(list, c)
	}
	for _, s := range n.Scripts {
		add(s.Head, s.On, planner.Channel{Script: toldBy(s)})
	}
	for _, f := range n.FIFOs {
		fifo := &planner.NotifyFIFO{Path: f.Path.Val, User: f.User.Val, Group: f.Group.Val, JSON: f.Format.Val == "json"}
		if f.Reader != nil {
			fifo.Reader = toldBy(*f.Reader)
		}
		add(f.Head, f.On, planner.Channel{FIFO: fifo})
	}
	for _, m := range n.Mails {
		add(m.Head, m.On, planner.Channel{Mail: &planner.NotifyMail{
			Server: m.Server.Val, TLS: m.TLS.Val, CA: m.CA.Val, From: m.From.Val, To: texts(m.To), Helo: m.Helo.Val, User: m.User.Val,
			Password: string(m.Password.Val), DigestMS: m.Digest.Val.Milliseconds(),
		}})
	}
	for _, w := range n.Webhooks {
		hook := &planner.NotifyWebhook{
			URL: w.URL.Val, SecretURL: string(w.SecretURL.Val), Token: string(w.Token.Val), Key: string(w.Key.Val), CA: w.CA.Val,
			DigestMS: w.Digest.Val.Milliseconds(),
		}
		if len(w.Headers) > 0 {
			hook.Headers = map[string]string{}
		}
		for name, v := range w.Headers {
			hook.Headers[name] = v.Val
		}
		add(w.Head, w.On, planner.Channel{Webhook: hook})
	}
	return list
}

func toldBy(s decode.NotifyScript) *planner.NotifyScript {
	return &planner.NotifyScript{
		Command: texts(s.Command), User: s.User.Val, Group: s.Group.Val, TimeoutMS: s.Timeout.Val.Milliseconds(), Arguments: s.Arguments.Val == "keepalived",
	}
}

// texts are the values of a list.
func texts(args []decode.Arg[string]) []string {
	list := make([]string, 0, len(args))
	for _, a := range args {
		list = append(list, a.Val)
	}
	return list
}
