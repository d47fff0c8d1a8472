package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// Fake is a kernel in memory. It is safe for concurrent use. It holds no clock: a lifetime given by Renew is noted and
// never ends by itself (see [Fake.Lifetime] and [Fake.Expire]).
type Fake struct {
	mu        sync.Mutex
	state     planner.State
	lifetimes map[planner.AddressKey]time.Duration
	stats     map[planner.RealServerKey]kernel.RealServerStats
	applied   []planner.Change
	fails     []failure
	watchers  map[*watcher]bool
}

// failure is an errno that waits for its turn.
type failure struct {
	after int // changes that go well before it
	errno syscall.Errno
}

// New makes a machine with IPVS and two links that are up: lo with 127.0.0.1/8 and ::1/128, and eth0.
func New() *Fake {
	f := &Fake{state: planner.State{
		Interfaces:     map[planner.InterfaceKey]planner.Interface{},
		Addresses:      map[planner.AddressKey]planner.Address{},
		Routes:         map[planner.RouteKey]planner.Route{},
		Rules:          map[planner.RuleKey]planner.Rule{},
		Filters:        map[planner.FilterKey]planner.Filter{},
		Sysctls:        map[planner.SysctlKey]planner.Sysctl{},
		VirtualServers: map[planner.VirtualServerKey]planner.VirtualServer{},
		RealServers:    map[planner.RealServerKey]planner.RealServer{},
		SyncDaemons:    map[planner.SyncDaemonKey]planner.SyncDaemon{},
		Marked:         map[planner.Key]bool{},
		Links:          map[string]planner.Link{},
	}}
	f.init()
	maps.Copy(f.state.Sysctls, systemSysctls())
	f.SetLink("lo", planner.Link{Up: true, Running: true, MTU: 65536, MAC: "00:00:00:00:00:00"})
	f.SetLink("eth0", planner.Link{Up: true, Running: true, MTU: 1500, MAC: "02:00:00:00:00:01"})
	f.PutByHand(address("lo", "127.0.0.1/8"), planner.Address{Scope: planner.ScopeHost})
	f.PutByHand(address("lo", "::1/128"), planner.Address{})
	return f
}

// init makes what is never saved.
func (f *Fake) init() {
	f.lifetimes = map[planner.AddressKey]time.Duration{}
	f.stats = map[planner.RealServerKey]kernel.RealServerStats{}
	f.watchers = map[*watcher]bool{}
}

// Read returns everything that the query asks for.
func (f *Fake) Read(ctx context.Context, q kernel.Query) (planner.State, error) {
	if err := ctx.Err(); err != nil {
		return planner.State{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.state.Clone()
	for name, l := range s.Links {
		l.Addresses = slices.Clone(l.Addresses)
		s.Links[name] = l
	}
	s.Routes = f.routes(q)
	maps.DeleteFunc(s.Marked, func(k planner.Key, _ bool) bool {
		r, ok := k.(planner.RouteKey)
		_, listed := s.Routes[r]
		return ok && !listed
	})
	s.Sysctls = f.sysctls(q.Sysctls)
	f.withoutIPVS(&s)
	f.withoutFilters(&s)
	return s, nil
}

// withoutIPVS empties what a kernel without IPVS does not have.
func (f *Fake) withoutIPVS(s *planner.State) {
	if f.state.NoIPVS != "" {
		s.VirtualServers, s.RealServers, s.SyncDaemons = nil, nil, nil
	}
}

// ReadIPVS returns virtual and real servers, and the daemons that synchronise connections.
func (f *Fake) ReadIPVS(ctx context.Context) (planner.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.state.Clone()
	s := planner.State{VirtualServers: all.VirtualServers, RealServers: all.RealServers, SyncDaemons: all.SyncDaemons, NoIPVS: all.NoIPVS}
	f.withoutIPVS(&s)
	return s, ctx.Err()
}

// ReadRoutes returns the routes of the tables asked for.
func (f *Fake) ReadRoutes(ctx context.Context, q kernel.Query) (planner.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := planner.State{Routes: f.routes(q), Marked: map[planner.Key]bool{}}
	for key := range s.Routes {
		if f.state.Marked[key] {
			s.Marked[key] = true
		}
	}
	return s, ctx.Err()
}

// ReadSysctls returns the sysctls that there are.
func (f *Fake) ReadSysctls(ctx context.Context, keys []planner.SysctlKey) (map[planner.SysctlKey]planner.Sysctl, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sysctls(keys), ctx.Err()
}

// Stats returns what [Fake.SetStats] said, and zeros for the other real servers. The counters of a service are the sums of its
// servers.
func (f *Fake) Stats(ctx context.Context) (kernel.Counters, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.NoIPVS != "" {
		return kernel.Counters{}, fmt.Errorf("%s (%w)", f.state.NoIPVS, errors.ErrUnsupported)
	}
	c := kernel.Counters{
		Services: make(map[planner.VirtualServerKey]ipvs.Stats, len(f.state.VirtualServers)),
		Servers:  make(map[planner.RealServerKey]kernel.RealServerStats, len(f.state.RealServers)),
	}
	for key := range f.state.VirtualServers {
		c.Services[key] = ipvs.Stats{}
	}
	for key := range f.state.RealServers {
		c.Servers[key] = f.stats[key]
		c.Services[key.Service] = c.Services[key.Service].Plus(f.stats[key].Totals)
	}
	return c, ctx.Err()
}

// Rivals names one, so that it can be seen who is told of it.
func (f *Fake) Rivals() []string { return []string{"kube-proxy (pid 812)"} }

// Connections returns the part of [Fake.Stats] that is about the real servers of some services.
func (f *Fake) Connections(ctx context.Context, services []planner.VirtualServerKey) (map[planner.RealServerKey]kernel.RealServerStats, error) {
	c, err := f.Stats(ctx)
	maps.DeleteFunc(c.Servers, func(k planner.RealServerKey, _ kernel.RealServerStats) bool {
		return !slices.Contains(services, k.Service)
	})
	return c.Servers, err
}

// Apply carries out one change, or refuses it as a kernel would.
func (f *Fake) Apply(ctx context.Context, c planner.Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := kernel.Check(c); err != nil {
		return err
	}
	if c.Action == planner.Adopt || c.Action == planner.Release {
		return nil
	}
	err := ctx.Err()
	if err == nil {
		err = f.nextFailure()
	}
	if err == nil {
		err = f.carryOut(c, true)
	}
	if err == nil {
		f.applied = append(f.applied, c)
	}
	return kernel.Refuse(c, err)
}

// ApplyBatch carries out changes one after the other.
func (f *Fake) ApplyBatch(ctx context.Context, changes []planner.Change) []error {
	errs := make([]error, len(changes))
	for i, c := range changes {
		errs[i] = f.Apply(ctx, c)
	}
	return errs
}

// Renew creates the addresses that are missing and notes the lifetime of all.
func (f *Fake) Renew(ctx context.Context, keys []planner.AddressKey, values map[planner.AddressKey]planner.Address,
	lifetime time.Duration,
) []error {
	errs := make([]error, len(keys))
	for i, key := range keys {
		c := planner.Change{Action: planner.Create, Key: key, After: values[key]}
		err := f.Apply(ctx, c)
		if errors.Is(err, unix.EEXIST) && f.has(key) {
			err = f.renewOptions(key, values[key])
		}
		if errs[i] = err; err == nil {
			f.mu.Lock()
			f.lifetimes[key] = lifetime
			f.mu.Unlock()
		}
	}
	return errs
}

func (f *Fake) has(key planner.AddressKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.state.Addresses[key]
	return ok
}

// carryOut does what a change says: ours leaves the mark, others' do not. The lock is held.
func (f *Fake) carryOut(c planner.Change, ours bool) error {
	key, after := kernel.Normal(c.Key, c.After)
	switch key := key.(type) {
	case planner.InterfaceKey:
		v, _ := after.(planner.Interface)
		return f.changeInterface(c.Action, key, v, ours)
	case planner.AddressKey:
		if c.Action == planner.Replace {
			return f.replaceAddress(key, after.(planner.Address), ours)
		}
		if c.Action == planner.Delete {
			return f.deleteAddress(key)
		}
		if c.Action == planner.Update {
			return f.editAddress(key, after.(planner.Address), ours)
		}
		return f.createAddress(key, after.(planner.Address), ours)
	case planner.RouteKey:
		if c.Action == planner.Delete {
			return f.deleteRoute(key)
		}
		return f.writeRoute(c.Action, key, after.(planner.Route), ours)
	case planner.RuleKey:
		return f.changeRule(c.Action, key, ours)
	case planner.FilterKey:
		return f.changeFilter(c.Action, key)
	case planner.SysctlKey:
		return f.writeSysctl(key, after.(planner.Sysctl))
	case planner.VirtualServerKey:
		v, _ := after.(planner.VirtualServer)
		return f.changeVirtualServer(c.Action, key, v)
	case planner.SyncDaemonKey:
		v, _ := after.(planner.SyncDaemon)
		return f.changeSync(c.Action, key, v)
	case planner.RealServerKey:
		v, _ := after.(planner.RealServer)
		return f.changeRealServer(c.Action, key, v)
	}
	return fmt.Errorf("%T is no object of the kernel", c.Key)
}

// nextFailure is the errno that is due, if any.
func (f *Fake) nextFailure() error {
	if len(f.fails) == 0 {
		return nil
	}
	if f.fails[0].after > 0 {
		f.fails[0].after--
		return nil
	}
	errno := f.fails[0].errno
	f.fails = f.fails[1:]
	return errno
}
