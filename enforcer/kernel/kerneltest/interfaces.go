package kerneltest

import (
	"cmp"

	"golang.org/x/sys/unix"

	"ha/planner"
)

// changeInterface makes, edits or takes away an interface of a kind that ha makes. The lock is held.
func (f *Fake) changeInterface(a planner.Action, key planner.InterfaceKey, v planner.Interface, ours bool) error {
	name := string(key)
	_, there := f.state.Links[name]
	parent, stands := f.state.Links[v.Parent]
	if v.Kind != "" { // needs none
		parent, stands = planner.Link{Running: true, MTU: 1500}, true
	}
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
		return f.edit(key, v, parent)
	case planner.Replace:
		f.removeLink(name)
		if !stands {
			return unix.ENODEV
		}
	case planner.Create, planner.Adopt, planner.Release:
	}
	master, ok := f.vrf(v)
	switch {
	case f.endTaken(v):
		return unix.EEXIST
	case f.otherKind(v):
		return unix.EBUSY
	case f.macTaken(v):
		return unix.EADDRINUSE
	case !ok:
		return unix.ENODEV
	}
	f.state.Interfaces[key] = v
	if ours {
		f.state.Marked[key] = true
	}
	f.setLink(name, planner.Link{Up: v.Up, Running: parent.Running, MTU: parent.MTU, MAC: cmp.Or(v.MAC, parent.MAC), Master: master, Group: v.Group})
	if v.Local.IsValid() && v.Kind != planner.EndSIT {
		f.state.Sysctls[conf(4, name, "rp_filter")] = "2"
	}
	return nil
}

// edit sets up an interface, and its VRF and group.
func (f *Fake) edit(key planner.InterfaceKey, v planner.Interface, parent planner.Link) error {
	master, ok := f.vrf(v)
	if !ok {
		return unix.ENODEV
	}
	have, link := f.state.Interfaces[key], f.state.Links[string(key)]
	have.Up, have.VRF, have.Group = true, v.VRF, v.Group
	link.Up, link.Running, link.Master, link.Group = true, parent.Running, master, v.Group
	f.state.Interfaces[key] = have
	f.setLink(string(key), link)
	return nil
}

// vrf is the index of the VRF of an interface, 0 for none; false: there is no such one.
func (f *Fake) vrf(v planner.Interface) (int, bool) {
	if v.VRF == "" {
		return 0, true
	}
	l, there := f.state.Links[v.VRF]
	return l.Index, there && l.VRF
}

// endTaken tells whether there is a tunnel of that kind with the same end.
func (f *Fake) endTaken(v planner.Interface) bool {
	for _, other := range f.state.Interfaces {
		if v.Local.IsValid() && other.Kind == v.Kind && other.Local == v.Local {
			return true
		}
	}
	return false
}

// otherKind tells whether the parent has an interface of the other kind on it: the kernel lets one kind hear first.
func (f *Fake) otherKind(v planner.Interface) bool {
	for _, other := range f.state.Interfaces {
		if v.Kind == "" && other.Kind == "" && other.Parent == v.Parent && (other.IPVLAN == "") != (v.IPVLAN == "") {
			return true
		}
	}
	return false
}

// macTaken tells whether the parent, or another interface on it, has the MAC address already.
func (f *Fake) macTaken(v planner.Interface) bool {
	for _, other := range f.state.Interfaces {
		if v.Kind == "" && other.Kind == "" && other.Parent == v.Parent && other.MAC == v.MAC && v.IPVLAN == "" {
			return true
		}
	}
	return v.Kind == "" && v.IPVLAN == "" && f.state.Links[v.Parent].MAC == v.MAC
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
