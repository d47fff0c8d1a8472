// Package keepalived reads keepalived.conf: the language of keepalived 1.1 to 2.4 as its programs understand it, with what
// they make of mistakes.
//
//	files -> logical lines -> conditions, definitions, loops -> substitution -> includes -> braces -> words -> a tree
//
// Nothing is ever an end: keepalived goes on after most mistakes, so [Read] returns all that it could understand, and a
// [Remark] for everything that it could not. What a keyword means is not known here, except whether it opens a block.
package keepalived
