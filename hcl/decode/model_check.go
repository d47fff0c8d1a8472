package decode

import (
	"net/netip"
	"time"
)

// Check is a `check` block, of the top level or inside a pool or server.
type Check struct {
	Head
	Kind     string // tcp, http, script, file, process
	Interval Arg[time.Duration]
	Timeout  Arg[time.Duration]
	Rise     Arg[int64]
	Fall     Arg[int64]
	Jitter   Arg[int64]
	Slow     Arg[time.Duration] // interval_down; unset: Interval
	Retry    Arg[time.Duration] // retry_delay; see RetryDelay
	Warmup   Arg[time.Duration] // unset: the checks decide
	Initial  Arg[string]
	Port     Arg[int64] // 0: the server's
	Target   Arg[netip.AddrPort]
	Probed   Arg[netip.Addr] // unset: the server's, or the target's
	DataPath Arg[bool]       // ask the listeners by way of the server
	From     From
	Weight   *Weight // nil: the answer says nothing of it
	HTTP
	SMTP
	TLS
	DNS
	UDP
	Login
	Service Arg[string] // of grpc
	Command []Arg[string]
	User    Arg[string]
	Group   Arg[string]
	File    Arg[string]
	Content Arg[string]
	Text    Arg[string]
	Process []Arg[string]
	Match   Arg[string] // unset: name for one word, command for several
	AtLeast Arg[int64]
	AtMost  Arg[int64] // unset: any number
}

// Local tells whether a check of this kind can be about the node itself, and so needs no target.
func (c *Check) Local() bool { return c.Kind == "script" || c.Watched() }

// Own is the target that the check says itself: its target, or the address that it probes where it needs no server's port.
func (c *Check) Own() netip.AddrPort {
	if port := uint16(c.Port.Val); !c.Target.Val.IsValid() && c.Probed.Set && (port != 0 || c.Kind == "ping") {
		return netip.AddrPortFrom(c.Probed.Val, port)
	}
	return c.Target.Val
}

// Watched tells whether a check of this kind hears of changes by itself, and is always about the node itself.
func (c *Check) Watched() bool { return c.Kind == "file" || c.Kind == "process" }

// RetryDelay is how soon a failure is confirmed or not. Over the network that is known early; a script, a file or a process may
// need time to change, and is asked each interval.
func (c *Check) RetryDelay() time.Duration {
	if !c.Retry.Set && c.Local() {
		return c.Interval.Val
	}
	return c.Retry.Val
}

func bindCheck(o *Object) *Check {
	c := &Check{
		Head: headOf(o), Kind: o.Labels[0],
		Interval: get[time.Duration](o, "interval"), Timeout: get[time.Duration](o, "timeout"),
		Rise: get[int64](o, "rise"), Fall: get[int64](o, "fall"), Jitter: get[int64](o, "jitter"), Port: get[int64](o, "port"),
		Slow: get[time.Duration](o, "interval_down"), Retry: get[time.Duration](o, "retry_delay"), Warmup: get[time.Duration](o, "warmup"),
		Initial: get[string](o, "initial"),
		Target:  get[netip.AddrPort](o, "target"), Probed: get[netip.Addr](o, "address"), DataPath: get[bool](o, "data_path"), From: fromIn(o), Weight: weightIn(o),
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
	switch c.Kind {
	case "http":
		c.HTTP = bindHTTP(o)
	case "smtp":
		c.SMTP = SMTP{Helo: get[string](o, "helo"), StartTLS: get[bool](o, "starttls")}
	case "dns":
		c.DNS = bindDNS(o)
	case "udp":
		c.UDP = bindUDP(o)
	case "grpc":
		c.Host, c.Service = get[string](o, "host"), get[string](o, "service")
	case "redis", "postgresql", "mysql":
		c.Login = bindLogin(o)
	}
	c.TLS = bindTLS(o)
	return c
}
