// Package meaning is what a keepalived.conf means, as keepalived would have understood it: typed, with inheritance and
// global defaults applied, and without what keepalived passes over. Everything odd is remarked in the account, at its line.
// Nothing is known here of how ha says it.
package meaning
