// Package nft keeps one nftables table, `inet ha`, in which addresses that accept nothing and interfaces that are to be quiet
// stand as elements of sets; the rules about them are always the same. No other table is read or touched.
//
//	rules.go    the table: its sets, chains and rules
//	entry.go    elements: an address, an address on an interface, an interface
//	conn.go     reading the table, and changing it in one transaction
//
// The table exists while it holds anything. One that somebody changed (rules flushed or added, a chain removed) reads as empty,
// and the next change makes it anew with what it should hold. What is called `ha` and was not made by ha is [ErrForeign].
package nft
