package kerneltest

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// PutByHand makes or overwrites an object as somebody else would: without ha's mark. It panics where a kernel would
// refuse, because then the test is wrong.
func (f *Fake) PutByHand(key planner.Key, value any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := planner.Change{Action: planner.Create, Key: key, After: value}
	if f.exists(key) {
		c.Action = planner.Replace
	}
	f.must(c)
}

// DeleteByHand takes an object away as somebody else would. It panics when there is none.
func (f *Fake) DeleteByHand(key planner.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.must(planner.Change{Action: planner.Delete, Key: key})
}

// must carries out what somebody else does. The lock is held.
func (f *Fake) must(c planner.Change) {
	err := kernel.Check(c)
	if err == nil {
		err = kernel.Refuse(c, f.carryOut(c, false))
	}
	if err != nil {
		panic(fmt.Sprintf("by hand: %v", err))
	}
}

// exists tells whether there is an object of that key.
func (f *Fake) exists(key planner.Key) (ok bool) {
	key, _ = kernel.Normal(key, nil)
	switch k := key.(type) {
	case planner.InterfaceKey:
		_, ok = f.state.Interfaces[k]
	case planner.AddressKey:
		_, ok = f.state.Addresses[k]
	case planner.RouteKey:
		_, ok = f.state.Routes[k]
	case planner.RuleKey:
		_, ok = f.state.Rules[k]
	case planner.FilterKey:
		_, ok = f.state.Filters[k]
	case planner.SysctlKey:
		_, ok = f.state.Sysctls[k]
	case planner.VirtualServerKey:
		_, ok = f.state.VirtualServers[k]
	case planner.RealServerKey:
		_, ok = f.state.RealServers[k]
	case planner.SyncDaemonKey:
		_, ok = f.state.SyncDaemons[k]
	}
	return ok
}

// SetLink makes a link, or changes its state. The index is given by the fake when it is 0; addresses stay. Setting a link
// down has the kernel's consequences: its IPv4 routes go without a word, its IPv6 addresses and routes with one.
func (f *Fake) SetLink(name string, l planner.Link) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setLink(name, l)
}

func (f *Fake) setLink(name string, l planner.Link) {
	old, ok := f.state.Links[name]
	if !ok {
		for key, v := range linkSysctls(name) {
			f.state.Sysctls[key] = v
		}
	}
	l.Addresses = old.Addresses
	if l.Index == 0 {
		l.Index = old.Index
	}
	for l.Index == 0 {
		l.Index = f.freeIndex()
	}
	f.state.Links[name] = l
	if old.Up && !l.Up {
		f.downFallout(name)
	}
	f.link(name)
}

func (f *Fake) freeIndex() int {
	highest := 0
	for _, l := range f.state.Links {
		highest = max(highest, l.Index)
	}
	return highest + 1
}

// downFallout is what goes when a link goes down.
func (f *Fake) downFallout(name string) {
	f.dropRoutesThrough(name, true)
	for _, key := range sorted(f.state.Routes) {
		if onlyThrough(f.state.Routes[key], name) {
			f.dropRoute(key)
			f.gone(key)
		}
	}
	for _, key := range sorted(f.state.Addresses) {
		if key.Device == name && key.Prefix.Addr().Is6() {
			f.dropAddress(key)
		}
	}
}

// RemoveLink takes a link away with all that hangs on it. Some of the news comes after the link's own, as in the kernel.
func (f *Fake) RemoveLink(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.removeLink(name)
}

func (f *Fake) removeLink(name string) {
	f.downFallout(name)
	for key, v := range f.state.Routes {
		if v.Through(name) {
			f.dropRoute(key) // with other ways as well: fib_sync_down_dev
		}
	}
	var rest []planner.AddressKey
	for _, key := range sorted(f.state.Addresses) {
		if key.Device == name {
			rest = append(rest, key)
		}
	}
	f.tell(kernel.LinkGone{Name: name})
	for _, key := range rest {
		f.dropAddress(key)
	}
	delete(f.state.Links, name)
	f.forgetInterface(name)
	for key := range linkSysctls(name) {
		delete(f.state.Sysctls, key)
	}
}

// SetSysctl makes a sysctl, also one that the fake does not know.
func (f *Fake) SetSysctl(key planner.SysctlKey, v planner.Sysctl) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Sysctls[key] = v
}

// SetNoIPVS makes a kernel without IPVS, which says so in these words; empty gives it IPVS again, with what it held.
func (f *Fake) SetNoIPVS(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.NoIPVS = why
}

// SetStats says what Stats answers for a real server.
func (f *Fake) SetStats(key planner.RealServerKey, s kernel.RealServerStats) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats[key] = s
}

// FailAfter lets n more changes be carried out and refuses the one behind them with errno, once. Further calls queue up:
// each counts from where the one before it failed.
func (f *Fake) FailAfter(n int, errno syscall.Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails = append(f.fails, failure{after: n, errno: errno})
}

// Applied returns the changes that were carried out, in order, without those that somebody else made.
func (f *Fake) Applied() []planner.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.applied)
}

// Lifetime is what Renew gave an address last; 0 is for ever.
func (f *Fake) Lifetime(key planner.AddressKey) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lifetimes[key]
}

// Expire ends the lifetime of every address that has one, as a kernel does when nobody renews it.
func (f *Fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range sorted(f.lifetimes) {
		if f.lifetimes[key] > 0 && f.exists(key) {
			f.must(planner.Change{Action: planner.Delete, Key: key})
		}
	}
}
