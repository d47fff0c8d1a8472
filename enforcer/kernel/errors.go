package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/kernel/nft"
	"ha/planner"
)

// Error is a change that the kernel, or this package in its place, refused. It wraps the cause, mostly a
// [syscall.Errno]; errors.Is also finds [fs.ErrExist] where the object is already there, [fs.ErrNotExist] where it, or
// what it hangs on, is not, and [errors.ErrUnsupported] where this kernel cannot hold such an object.
type Error struct {
	Op   string      // create, update, replace, delete, renew
	Key  planner.Key // the object
	Err  error
	Hint string // why that happens and what to do; empty where the errno says all
	kind error  // the errors.Is class; nil for none
}

// Error tells what was done to which object, what the kernel said, and what to do about it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %v", e.Op, e.Key, e.Err)
	if name := errnoName(e.Err); name != "" {
		s += " (" + name + ")"
	}
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is tells the class: fs.ErrExist, fs.ErrNotExist or errors.ErrUnsupported.
func (e *Error) Is(target error) bool { return e.kind != nil && target == e.kind }

// errnoName is the symbol of the errno inside err; empty when there is none.
func errnoName(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return ""
	}
	return unix.ErrnoName(errno)
}

// Refuse makes an [*Error] of what a kernel said about one change; nil stays nil.
func Refuse(c planner.Change, err error) error {
	if err == nil {
		return nil
	}
	op, key := string(c.Action), c.Key
	if key == nil {
		return fmt.Errorf("%s %s: %w", op, c.Name, err)
	}
	e := &Error{Op: op, Key: key, Err: err}
	var errno syscall.Errno
	if errors.Is(err, ipvs.ErrAbsent) {
		e.kind, e.Hint = errors.ErrUnsupported, loadIPVS
		return e
	}
	if errors.Is(err, nft.ErrAbsent) {
		e.kind, e.Hint = errors.ErrUnsupported, "load the module nf_tables, or boot a kernel that has it"
		return e
	}
	if errors.Is(err, nft.ErrForeign) {
		e.Hint = "delete it (`nft delete table inet ha`), or give it another name"
		return e
	}
	if errors.As(err, &errno) {
		e.Hint, e.kind = explain(op, key, errno)
	}
	if v, ok := c.After.(planner.VirtualServer); ok && errno == unix.ENOENT && c.Action != planner.Delete {
		e.Hint = fmt.Sprintf("this kernel has no scheduler %[1]s: load the module ip_vs_%[1]s, or choose another one", v.Scheduler)
		if v.Engine != "" {
			e.Hint = fmt.Sprintf("this kernel has no scheduler %[1]s, or no persistence engine %[2]s: load the modules ip_vs_%[1]s and ip_vs_pe_%[2]s", v.Scheduler, v.Engine)
		}
	}
	return e
}

// verdict is what an errno means for a kind of object.
type verdict struct {
	errno syscall.Errno
	kind  error
	hint  string
}

// explain finds the meaning of an errno for an object.
func explain(op string, key planner.Key, errno syscall.Errno) (hint string, kind error) {
	var known []verdict
	switch key.(type) {
	case planner.InterfaceKey:
		known = interfaceVerdicts()
	case planner.AddressKey:
		known = addressVerdicts()
	case planner.RouteKey:
		known = routeVerdicts()
	case planner.RuleKey:
		known = ruleVerdicts()
	case planner.FilterKey:
		known = filterVerdicts()
	case planner.SyncDaemonKey:
		known = syncVerdicts()
	case planner.SysctlKey:
		known = sysctlVerdicts()
	case planner.VirtualServerKey:
		known = virtualServerVerdicts(op)
	case planner.RealServerKey:
		known = realServerVerdicts()
	}
	for _, v := range append(known, commonVerdicts()...) {
		if v.errno == errno {
			return v.hint, v.kind
		}
	}
	return "", nil
}

func commonVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "it is already there: somebody was faster; read again"},
		{unix.ENOENT, fs.ErrNotExist, "it is not there: somebody took it away; read again"},
		{unix.ESRCH, fs.ErrNotExist, "it is not there: somebody took it away; read again"},
		{unix.ENODEV, fs.ErrNotExist, "there is no such interface"},
		{unix.EPERM, fs.ErrPermission, "this needs CAP_NET_ADMIN: run as root"},
		{unix.ENOBUFS, nil, "the kernel had no memory for it at this moment; try again"},
	}
}

func addressVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "the interface already has this address (IPv6: perhaps with another prefix length)"},
		{unix.EADDRNOTAVAIL, fs.ErrNotExist, "the interface does not have this address with this prefix length and peer"},
		{unix.EINVAL, nil, "the kernel takes its parts for a contradiction: addresses of one subnet on one interface must have the same scope"},
		{unix.EACCES, errors.ErrUnsupported, "IPv6 is switched off on this interface (net.ipv6.conf.*.disable_ipv6)"},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, "this kernel has no support for the address family"},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, "this kernel has no support for the address family"},
	}
}

func routeVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "the table already has a route to this destination with this metric"},
		{unix.ENETUNREACH, nil, "the gateway cannot be reached from any address of this node: add the address first, or set onlink"},
		{unix.EHOSTUNREACH, nil, "the gateway cannot be reached from any address of this node: add the address first, or set onlink"},
		{unix.ENETDOWN, nil, "the interface is down: set it up first"},
		{unix.EINVAL, nil, "the kernel takes the parts of this route for a contradiction: check that the source address stands on this node and the gateway on the device's network"},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, "this kernel cannot hold such a route"},
	}
}

func ruleVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "there is such a rule already"},
		{unix.EINVAL, nil, "the kernel takes the parts of this rule for a contradiction"},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, "this kernel has no policy routing for the address family"},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, "this kernel has no policy routing for the address family"},
	}
}

func sysctlVerdicts() []verdict {
	return []verdict{
		{unix.ENOENT, fs.ErrNotExist, "this kernel has no such sysctl: check the name, the interface in it, and whether its module is loaded"},
		{unix.EINVAL, nil, "the kernel does not take this value for it"},
		{unix.EROFS, fs.ErrPermission, "/proc/sys is mounted read-only here, as in an unprivileged container"},
		{unix.EACCES, fs.ErrPermission, "it cannot be written: run as root, outside of containers"},
	}
}

// virtualServerVerdicts: IPVS gives no text with its errors, so the meanings are from net/netfilter/ipvs/ip_vs_ctl.c.
func virtualServerVerdicts(op string) []verdict {
	hints := []verdict{
		{unix.EINVAL, nil, "IPVS refuses these settings, or the scheduler refuses this kind of service"},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, "this kernel's IPVS has no IPv6"},
		{unix.EPROTONOSUPPORT, errors.ErrUnsupported, "IPVS balances TCP, UDP and SCTP"},
	}
	if op != string(planner.Delete) {
		hints = append(hints, verdict{unix.ENOENT, fs.ErrNotExist, "the scheduler or the persistence engine is unknown, or its module, ip_vs_NAME or ip_vs_pe_NAME, cannot be loaded"})
	}
	return hints
}

func realServerVerdicts() []verdict {
	return []verdict{
		{unix.ESRCH, fs.ErrNotExist, "the virtual server is not there: create it first"},
		{unix.EINVAL, nil, "IPVS refuses this address: another family than the virtual server's needs tunnel forwarding and no sync daemon, at least one address must stand on this node (set lo up), and a GUE tunnel needs a port"},
		{unix.ERANGE, nil, "the lower threshold is above the upper one, or the weight is out of range"},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, "this kernel's IPVS has no IPv6"},
	}
}
