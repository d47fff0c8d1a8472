// Package planner decides what a node's kernel should hold and how to get there.
//
// It is pure: values in, values out. A [Plan] says what one node must do, [Facts] say what
// configuration cannot know (who is Active, which checks pass), [State] says which kernel objects exist.
//
//	desired := Resolve(plan, facts)                    the objects that must exist right now
//	changes := Diff(desired, live, claims, index)      ordered, each with reason, impact and time
//
// Both serve `ha plan`, which prints what they return, and the enforcer, which carries it out. Their law: apply
// the changes, and the next Diff is empty; undo them, and the state is as it was; and what is foreign is the same
// before and after.
//
// # Where things are
//
//	plan.go facts.go state.go   the model: what is wanted, known, and there
//	address.go                  the options of an address
//	interface.go                virtual interfaces
//	rule.go metrics.go          policy rules; what a route says of its path
//	filter.go                   what does not reach an address, or leave an interface
//	keys.go enums.go json.go    how the model is spelt, one spelling for each thing
//	index.go resolve.go         from a plan to the objects that must exist
//	same.go                     when an object that exists is as wanted
//	ownership.go                what is ours, what is on record about it, what is in the way
//	diff.go steps.go            from two states to ordered changes
//	names.go impact.go          what a change is called, and what clients notice of it
//	apply.go                    what a change means; undo
//	compare.go behaviour.go     a plan against the applied one, in three layers
//	rename.go effect.go         what stays the same under another name; what a plan does, as a digest
//	summary.go wording.go       a plan in numbers and in words
//	render.go sanitise.go       a plan as text
//	document.go canonical.go    a plan as a document
//	planfile.go precondition.go the document as a file, and whether it may still be applied
//
// The package reads no clock, starts no goroutine and knows neither HCL, VRRP, checks nor netlink.
package planner
