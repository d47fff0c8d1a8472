// Package planner decides what a node's kernel should hold and how to get there.
//
// It is pure: values in, values out. A [Plan] says what one node must do, [Facts] say what
// configuration cannot know (who is Active, which checks pass), [State] says which kernel objects exist.
//
//	desired := Resolve(plan, facts)               the objects that must exist right now
//	changes := Diff(desired, live, owned)         ordered, each with reason, impact and time
//
// The package reads no clock, starts no goroutine and knows neither HCL, VRRP, checks nor netlink.
package planner
