package planner

import "slices"

// behaviour compares what is configured with what was, one change per configured thing.
func (c *comparer) behaviour() []Change {
	before := make(map[string]Intent)
	if c.before != nil {
		for _, intent := range c.before.plan.Intents {
			first(before, intent.Name, intent)
		}
	}
	var out []Change
	stays := make(map[string]bool)
	for _, now := range c.ix.plan.Intents {
		former := now.Name
		if old, renamed := c.renames[now.Name]; renamed {
			former = old
		}
		was, known := before[former]
		stays[former] = true
		if !known {
			out = append(out, c.intended(Change{Action: Create, Name: now.Name, Source: now.Source}, ReasonAdded, argFields(nil, now.Args)))
			continue
		}
		fields := c.renamed(argFields(was.Args, now.Args))
		if former != now.Name {
			fields = append([]Field{{Path: "name", Before: former, After: now.Name}}, fields...)
		}
		if len(fields) > 0 {
			change := c.intended(Change{Action: Update, Name: now.Name, Source: now.Source}, ReasonChanged, fields)
			change = c.contended(change, former, was.Args, now.Args)
			out = append(out, c.deafened(change, was.Args, now.Args))
		}
	}
	if c.before == nil {
		return out
	}
	for _, was := range c.before.plan.Intents {
		if !stays[was.Name] {
			out = append(out, c.intended(Change{Action: Delete, Name: was.Name, Source: was.Source}, ReasonRemoved, argFields(was.Args, nil)))
		}
	}
	return out
}

// intended completes a behaviour change. Clients notice it only where the thing serves them.
func (c *comparer) intended(change Change, code string, fields []Field) Change {
	change.Layer, change.Cause, change.When = Behaviour, CauseConfig, Now
	change.Fields = fields
	change.Reasons = []Reason{{Code: code, Fields: paths(fields)}}
	if !c.inService(change.Name) {
		for i := range change.Fields {
			change.Fields[i].Impact = ImpactNone
		}
		return change
	}
	if change.Action == Update {
		for _, f := range fields {
			change.Impact = max(change.Impact, f.Impact)
		}
		return change
	}
	for i := range change.Fields {
		change.Fields[i].Impact = ImpactNone // the whole is counted, not its parts
	}
	if change.Action == Delete && c.isVIP(change.Name) {
		change.Impact = ImpactOutage
	}
	return change
}

// deafened is a changed VIP that is not Active here: what keeps its node from hearing the others makes it Active beside them.
func (c *comparer) deafened(change Change, before, after []Arg) Change {
	if !c.isVIP(change.Name) || c.inService(change.Name) {
		return change
	}
	for _, list := range [][]Arg{before, after} {
		for _, arg := range list {
			i := slices.IndexFunc(change.Fields, func(f Field) bool { return f.Path == arg.Path })
			if arg.Deaf && i >= 0 {
				change.Fields[i].Impact = max(change.Fields[i].Impact, arg.Impact)
				change.Impact = max(change.Impact, arg.Impact)
			}
		}
	}
	return change
}

func (c *comparer) isVIP(name string) bool {
	return c.ix.VIP(name) != nil || c.before.VIP(name) != nil
}

// inService tells whether clients are served by a configured thing here: a VIP while it is Active, a pool while
// an address it listens on is, everything else always.
func (c *comparer) inService(name string) bool {
	if c.isVIP(name) {
		return c.active(name)
	}
	pool := c.ix.Pool(name)
	if pool == nil {
		pool = c.before.Pool(name)
	}
	if pool == nil {
		return true
	}
	for _, l := range pool.Listeners {
		vip := c.ix.VIPOf(l.Key.Addr.Addr())
		if vip == "" {
			vip = c.before.VIPOf(l.Key.Addr.Addr())
		}
		if vip == "" || c.active(vip) {
			return true
		}
	}
	return false
}

// argFields merges two lists of arguments, both sorted by path, into the fields that differ.
func argFields(before, after []Arg) []Field {
	var out []Field
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Path < after[0].Path:
			out = append(out, Field{Path: before[0].Path, Before: before[0].Value, Impact: before[0].Impact, Source: before[0].Source})
			before = before[1:]
		case len(before) == 0 || after[0].Path < before[0].Path:
			out = append(out, Field{Path: after[0].Path, After: after[0].Value, Impact: after[0].Impact, Source: after[0].Source})
			after = after[1:]
		default:
			if before[0].Value != after[0].Value {
				out = append(out, Field{
					Path: after[0].Path, Before: before[0].Value, After: after[0].Value,
					Impact: after[0].Impact, Source: after[0].Source,
				})
			}
			before, after = before[1:], after[1:]
		}
	}
	return out
}
