package kerneltest

import (
	"golang.org/x/sys/unix"

	"ha/planner"
)

// changeInterface makes, sets up or takes away a macvlan. The lock is held.
func (f *Fake) changeInterface(a planner.Action, key planner.InterfaceKey, v planner.Interface, ours bool) error {
	name := string(key)
	_, there := f.state.Links[name]
	parent, stands := f.state.Links[v.Parent]
	switch {
	case a == planner.Create && !stands:
		return unix.ENODEV
	case a == planner.Create && there:
		return unix.EEXIST
	case a != planner.Create && !there:
		return unix.ENODEV
	}
	switch a {
	case planner.Delete:
		f.removeLink(name)
		return nil
	case planner.Update:
		have := f.state.Interfaces[key]
		have.Up = true
		f.state.Interfaces[key] = have
		link := f.state.Links[name]
		link.Up, link.Running = true, parent.Running
		f.setLink(name, link)
		return nil
	case planner.Replace:
		f.removeLink(name)
		if !stands {
			return unix.ENODEV
		}
	case planner.Create, planner.Adopt, planner.Release:
	}
	if f.macTaken(v) {
		return unix.EADDRINUSE
	}
	f.state.Interfaces[key] = v
	if ours {
		f.state.Marked[key] = true
	}
	f.setLink(name, planner.Link{Up: v.Up, Running: parent.Running, MTU: parent.MTU, MAC: v.MAC})
	return nil
}

// macTaken tells whether the parent, or another interface on it, has the MAC address already.
func (f *Fake) macTaken(v planner.Interface) bool {
	for _, other := range f.state.Interfaces {
		if other.Parent == v.Parent && other.MAC == v.MAC {
			return true
		}
	}
	return f.state.Links[v.Parent].MAC == v.MAC
}

// forgetInterface takes along what is virtual of a link that goes: itself, and what stands on it.
func (f *Fake) forgetInterface(name string) {
	delete(f.state.Interfaces, planner.InterfaceKey(name))
	delete(f.state.Marked, planner.InterfaceKey(name))
	for _, key := range sorted(f.state.Interfaces) {
		if f.state.Interfaces[key].Parent == name {
			f.removeLink(string(key))
		}
	}
}
