// Package cluster makes one configuration of what the files of several nodes have become.
//
//	match -> names -> secrets -> agreement -> base and overlays -> books
//
// What is the same on all nodes stands once; what differs stands in overlays, so that each node does what its own file said.
// Only what nodes of one VIP must say alike is made alike, with a remark that names both lines. Blocks are compared as
// text: package translate writes equal things in one way.
package cluster
