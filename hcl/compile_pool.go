package hcl

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ha/checks"
	"ha/checks/path"
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/hcl/schema"
	"ha/planner"
)

// pools compiles the pools of a director and the checks of their servers.
func (k *compiler) pools() {
	for _, p := range k.cfg.Pools {
		if !k.here(p.Nodes) {
			continue
		}
		pool := p.On(k.node.Name)
		out := planner.Pool{Name: pool.Address, Source: sourceOf(p.Def), Listeners: listenersOf(pool), DownAtStop: pool.DownAtStop.Val}
		if len(pool.Servers) > 0 {
			out.Servers = make([]planner.PoolServer, 0, len(pool.Servers))
		}
		for _, s := range pool.Servers {
			out.Servers = append(out.Servers, serverOf(pool, s))
			server := &out.Servers[len(out.Servers)-1]
			server.Checks, server.Weighs = k.checksOf(pool, s)
			server.Inhibit, server.Tier = pool.Inhibited(s), tierOf(s)
			server.DrainMS, server.SlowStartMS = millis(s.Drain, pool.Drain), millis(s.SlowStart, pool.SlowStart)
		}
		balance(&out, pool)
		k.out.Plan.Pools = append(k.out.Plan.Pools, out)
		k.intent(pool.Object, pool.Address)
	}
	k.follow()
}

// millis is an argument of a server in milliseconds, as in the pool where the server says nothing.
func millis(own, pools decode.Arg[time.Duration]) int64 {
	if own.Set {
		return own.Val.Milliseconds()
	}
	return pools.Val.Milliseconds()
}

// checksOf returns the keys of the checks that a server must pass: those that its pool and it refer to, then those
// that stand inside them. Some of them move its weight.
func (k *compiler) checksOf(pool *decode.Pool, s *decode.Server) ([]string, []planner.Weigh) {
	n := len(pool.Checks) + len(pool.Inline) + len(s.Checks) + len(s.Inline)
	if n == 0 && !s.BFD.Set {
		return nil, nil
	}
	var weighs []planner.Weigh
	keys := make([]string, 0, n+1)
	add := func(c *decode.Check, name string) {
		var key string
		if c.DataPath.Val {
			for _, key = range k.onDataPath(c, name, pool, s) {
				keys = addOnce(keys, key)
			}
		} else {
			at := netip.AddrPortFrom(s.Addr.Val.Addr(), check.ProbePort(pool, s))
			key = k.check(c, name, at, path.Through{})
			keys = addOnce(keys, key)
		}
		if c.Weight != nil {
			weighs = append(weighs, weighOf(c, key))
		}
	}
	for _, refs := range [][]decode.Arg[schema.Address]{pool.Checks, s.Checks} {
		for _, ref := range refs {
			address := string(ref.Val)
			if c := k.shared[address]; c != nil {
				add(c, address)
			}
		}
	}
	for _, c := range pool.Inline {
		add(c, "")
	}
	for _, c := range s.Inline {
		add(c, "")
	}
	if s.BFD.Set {
		keys = append(keys, string(s.BFD.Val)) // sessions have verdicts, too
	}
	return keys, weighs
}

// check adds a check of one target, unless an equal one is there, and returns its key. Shared is the address of a
// check of the top level; empty for one inside a pool or server. With a server to go through, the one to probe is a listener.
func (k *compiler) check(c *decode.Check, shared string, server netip.AddrPort, through path.Through) string {
	if c.Watched() {
		server = netip.AddrPort{}
	}
	target := server
	if c.Probed.Set && target.IsValid() {
		target = netip.AddrPortFrom(c.Probed.Val, server.Port())
	}
	if c.Port.Val != 0 {
		target = netip.AddrPortFrom(target.Addr(), uint16(c.Port.Val))
	}
	at := target.String()
	if c.Kind == "ping" && target.IsValid() { // once for all ports
		target = netip.AddrPortFrom(target.Addr(), 0)
		at = target.Addr().String()
	}
	suffix, known := k.suffixes[c]
	if !known {
		suffix = keySuffix(c)
		k.suffixes[c] = suffix
		if shared != "" {
			k.used = append(k.used, shared)
		}
	}
	key := c.Kind
	if !server.IsValid() { // of the node itself
		target = server
	} else {
		key += " " + at
	}
	if through.Is() {
		key += " " + through.String()
	}
	key += suffix
	if k.keys[key] {
		return key
	}
	k.keys[key] = true
	name := shared
	if name == "" {
		name = strings.TrimSuffix(c.Address, ".check."+c.Kind) + " check \"" + c.Kind + "\""
	}
	k.out.Checks = append(k.out.Checks, checks.Config{
		Key: key, Name: name, Kind: c.Kind, Target: target, From: fromOf(c), Through: through, Interval: c.Interval.Val, Timeout: c.Timeout.Val,
		Rise: int(c.Rise.Val), Fall: int(c.Fall.Val), Jitter: int(c.Jitter.Val), IntervalDown: c.Slow.Val,
		RetryDelay: c.RetryDelay(), Warmup: c.Warmup.Val, Initial: initialOf(c), Weight: weightOf(c), Arguments: argumentsOf(c),
	})
	return key
}

// keySuffix lists the arguments of a check that are not the default: interval=2s fall=2. Together with kind and
// target they tell whether two checks are the same one.
func keySuffix(c *decode.Check) string {
	var b strings.Builder
	o := c.Object
	for i := range o.Cells {
		arg := o.Arg(i)
		if arg.Name == "port" || arg.Name == "target" || arg.Name == "address" || arg.Name == "fall" && c.Watched() || !arg.For(o.Labels) || o.Cells[i].Val == nil {
			continue
		}
		text := arg.Kind.Print(o.Cells[i].Val)
		if o.Default(i) == nil || text != arg.Kind.Print(o.Default(i)) {
			b.WriteString(" " + arg.Name + "=" + text)
		}
	}
	for _, kid := range o.Kids {
		b.WriteString(" " + kid.Schema.Type + "={")
		for i := range kid.Cells {
			if v := kid.Cells[i].Val; v != nil {
				b.WriteString(" " + kid.Arg(i).Name + "=" + kid.Arg(i).Kind.Print(v))
			}
		}
		b.WriteString(" }")
	}
	if c.Watched() && c.Fall.Val != 1 { // another default than the others have
		fmt.Fprintf(&b, " fall=%d", c.Fall.Val)
	}
	return b.String()
}
