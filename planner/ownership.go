package planner

// Claim is how ha came to an object that it keeps.
type Claim uint8

// The claims on an object. An object without one is foreign and never touched.
const (
	Foreign Claim = iota
	Owned         // ha put it there
	Adopted       // it was already exactly as wanted; released, not deleted, when no longer wanted
)

// Claims is what ha has on record about kernel objects. Objects that carry ha's mark in the kernel are owned
// whether or not they are on record.
type Claims struct {
	Objects map[Key]Claim
	// Before holds the value that a sysctl had before ha first wrote it: what a removed sysctl goes back to.
	Before map[SysctlKey]Sysctl
}
