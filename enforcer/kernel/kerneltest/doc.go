// Package kerneltest is a kernel for tests: [Fake] refuses what a real one refuses and tells what a real one tells, and
// [Conform] and [ConformIPVS] hold both to the same suite.
//
//	kernel.go         what a kernel can do
//	fake.go           the fake: reading and applying
//	addresses.go routes.go rules.go ipvs.go sysctls.go   what it refuses, and what follows from a change
//	hand.go           what somebody else does to it: links, deletions, failures
//	events.go         what it tells
//	file.go           a fake that outlives its process
//	conform*.go       the suite
package kerneltest
