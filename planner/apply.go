package planner

import (
	"fmt"
	"io/fs"
	"maps"
)

// Apply carries out one change on a state, as strictly as the kernel: creating what exists is [fs.ErrExist],
// touching what does not is [fs.ErrNotExist], and a failed change changes nothing. It is the reference for what a
// change means; fakes use it and laws are stated with it. A behaviour change has no kernel object and is an error.
func Apply(s *State, c Change) error {
	var err error
	switch k := c.Key.(type) {
	case InterfaceKey:
		err = s.putInterface(k, c)
	case AddressKey:
		if err = s.room(k, c.Action); err == nil {
			err = put(&s.Addresses, k, c)
		}
	case RouteKey:
		err = put(&s.Routes, k, c)
	case RuleKey:
		err = put(&s.Rules, k, c)
	case FilterKey:
		err = put(&s.Filters, k, c)
	case SysctlKey:
		err = put(&s.Sysctls, k, c)
	case VirtualServerKey:
		if err = put(&s.VirtualServers, k, c); err == nil && c.Action == Delete {
			maps.DeleteFunc(s.RealServers, func(r RealServerKey, _ RealServer) bool { return r.Service == k })
		}
	case SyncDaemonKey:
		err = put(&s.SyncDaemons, k, c)
	case RealServerKey:
		if _, ok := s.VirtualServers[k.Service]; !ok {
			return fmt.Errorf("%s %s: its service: %w", c.Action, k, fs.ErrNotExist)
		}
		err = put(&s.RealServers, k, c)
	default:
		return fmt.Errorf("%s %s: a %s change has no kernel object", c.Action, c.Name, c.Layer)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.Action, c.Key, err)
	}
	s.mark(c)
	return nil
}

// put carries out a change in the map of its kind.
func put[K comparable, V any](objects *map[K]V, k K, c Change) error {
	_, exists := (*objects)[k]
	if c.Action == Create && exists {
		return fs.ErrExist
	}
	if c.Action != Create && !exists {
		return fs.ErrNotExist
	}
	switch c.Action {
	case Create, Update, Replace:
		after, ok := c.After.(V)
		if !ok {
			return fmt.Errorf("the value wanted is a %T, not a %T", c.After, after)
		}
		if *objects == nil {
			*objects = make(map[K]V)
		}
		(*objects)[k] = after
	case Delete:
		delete(*objects, k)
	case Adopt, Release:
	default:
		return fmt.Errorf("unknown action %q", c.Action)
	}
	return nil
}

// room refuses a second prefix length for an IPv6 address on one interface, as ipv6_add_addr does.
func (s *State) room(k AddressKey, a Action) error {
	if a != Create || k.Prefix.Addr().Is4() {
		return nil
	}
	for other := range s.Addresses {
		if inTheWay(k, other) {
			return fmt.Errorf("%s is there: %w", other, fs.ErrExist)
		}
	}
	return nil
}

// inTheWay tells whether the kernel cannot hold both addresses: IPv6 allows one prefix length per address and
// interface, IPv4 any number.
func inTheWay(k, other AddressKey) bool {
	return k.Device == other.Device && k.Prefix.Addr().Is6() && k.Prefix.Addr() == other.Prefix.Addr() && k != other
}

// mark keeps ha's mark with the objects that can carry one.
func (s *State) mark(c Change) {
	switch c.Key.(type) {
	case InterfaceKey, AddressKey, RouteKey, RuleKey, FilterKey:
	default:
		return
	}
	switch c.Action {
	case Create, Update, Replace:
		if s.Marked == nil {
			s.Marked = make(map[Key]bool)
		}
		s.Marked[c.Key] = true
	case Delete:
		delete(s.Marked, c.Key)
	case Adopt, Release: // nothing is written
	}
}

// Undo returns the change that takes c back. What ended meanwhile (connections, neighbours' caches) stays ended.
func Undo(c Change) Change {
	c.Before, c.After = c.After, c.Before
	switch c.Action {
	case Create:
		c.Action = Delete
	case Delete:
		c.Action = Create
	case Adopt:
		c.Action = Release
	case Release:
		c.Action = Adopt
	case Update, Replace:
	}
	fields := make([]Field, len(c.Fields))
	for i, f := range c.Fields {
		fields[i] = Field{Path: f.Path, Before: f.After, After: f.Before}
	}
	c.Fields, c.Effects = fields, nil
	return c
}

// Clone returns a copy that shares no map with s.
func (s State) Clone() State {
	s.Interfaces = maps.Clone(s.Interfaces)
	s.Addresses = maps.Clone(s.Addresses)
	s.Routes = maps.Clone(s.Routes)
	s.Rules = maps.Clone(s.Rules)
	s.Filters = maps.Clone(s.Filters)
	s.Sysctls = maps.Clone(s.Sysctls)
	s.VirtualServers = maps.Clone(s.VirtualServers)
	s.RealServers = maps.Clone(s.RealServers)
	s.SyncDaemons = maps.Clone(s.SyncDaemons)
	s.Marked = maps.Clone(s.Marked)
	s.Links = maps.Clone(s.Links)
	return s
}
