package decode

import (
	"net/netip"
	"time"

	"ha/hcl/schema"
)

// Pool is a `pool` block on one node.
type Pool struct {
	Head
	Listen      []Arg[netip.AddrPort]
	Protocol    Arg[string]
	Scheduler   Arg[string]
	Forwarding  Arg[string]
	Persistence Arg[time.Duration]
	Checks      []Arg[schema.Address]
	Inline      []*Check // check blocks
	Servers     []*Server
}

// Server is a `server` block of a pool.
type Server struct {
	Head
	Addr   Arg[netip.AddrPort]
	Weight Arg[int64]
	Checks []Arg[schema.Address]
	Inline []*Check
	BFD    Arg[schema.Address]
}

// Check is a `check` block, of the top level or inside a pool or server.
type Check struct {
	Head
	Kind       string // tcp, http, script, file, process
	Interval   Arg[time.Duration]
	Timeout    Arg[time.Duration]
	Rise       Arg[int64]
	Fall       Arg[int64]
	Jitter     Arg[int64]
	Port       Arg[int64] // 0: the server's
	Target     Arg[netip.AddrPort]
	Path       Arg[string]
	Method     Arg[string]
	Host       Arg[string]
	Headers    map[string]Arg[string]
	Status     []Arg[schema.StatusRange]
	TLS        Arg[bool]
	SkipVerify Arg[bool]
	Contains   Arg[string]
	Command    []Arg[string]
	User       Arg[string]
	Group      Arg[string]
	File       Arg[string]
	Content    Arg[string]
	Text       Arg[string]
	Process    []Arg[string]
	Match      Arg[string] // unset: name for one word, command for several
	AtLeast    Arg[int64]
	AtMost     Arg[int64] // unset: any number
}

func bindPool(o *Object) *Pool {
	p := &Pool{
		Head: headOf(o), Listen: list[netip.AddrPort](o, "listen"), Protocol: get[string](o, "protocol"),
		Scheduler: get[string](o, "scheduler"), Forwarding: get[string](o, "forwarding"),
		Persistence: get[time.Duration](o, "persistence"), Checks: Refs(o, "checks"), Inline: inline(o),
	}
	for _, k := range o.Blocks("server") {
		p.Servers = append(p.Servers, &Server{
			Head: headOf(k), Addr: get[netip.AddrPort](k, "address"), Weight: get[int64](k, "weight"), Checks: Refs(k, "checks"),
			Inline: inline(k), BFD: get[schema.Address](k, "bfd"),
		})
	}
	return p
}

// inline are the check blocks inside a block.
func inline(o *Object) []*Check {
	var out []*Check
	for _, k := range o.Kids {
		if k.Schema.Type == "check" {
			out = append(out, bindCheck(k))
		}
	}
	return out
}

// Local tells whether a check of this kind can be about the node itself, and so needs no target.
func (c *Check) Local() bool { return c.Kind == "script" || c.Watched() }

// Watched tells whether a check of this kind hears of changes by itself, and is always about the node itself.
func (c *Check) Watched() bool { return c.Kind == "file" || c.Kind == "process" }

func bindCheck(o *Object) *Check {
	c := &Check{
		Head: headOf(o), Kind: o.Labels[0],
		Interval: get[time.Duration](o, "interval"), Timeout: get[time.Duration](o, "timeout"),
		Rise: get[int64](o, "rise"), Fall: get[int64](o, "fall"), Jitter: get[int64](o, "jitter"), Port: get[int64](o, "port"),
		Target: get[netip.AddrPort](o, "target"),
	}
	if c.Kind == "script" {
		c.Command, c.User, c.Group = list[string](o, "command"), get[string](o, "user"), get[string](o, "group")
	}
	if c.Watched() && !c.Fall.Set {
		c.Fall.Val = 1
	}
	if c.Kind == "file" {
		c.File, c.Content, c.Text = get[string](o, "file"), get[string](o, "content"), get[string](o, "text")
	}
	if c.Kind == "process" {
		c.Process, c.Match = list[string](o, "process"), get[string](o, "match")
		c.AtLeast, c.AtMost = get[int64](o, "at_least"), get[int64](o, "at_most")
	}
	if c.Kind != "http" {
		return c
	}
	c.Path, c.Method, c.Host = get[string](o, "path"), get[string](o, "method"), get[string](o, "host")
	c.Headers, c.Status = texts(o, "headers"), list[schema.StatusRange](o, "status")
	c.TLS, c.SkipVerify, c.Contains = get[bool](o, "tls"), get[bool](o, "skip_verify"), get[string](o, "contains")
	return c
}
