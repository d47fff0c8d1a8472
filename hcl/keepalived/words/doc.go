// Package words is the vocabulary of keepalived.conf as data: every keyword of keepalived 1.1 to 2.4 and every option of
// an entry, in which block it stands, since when, and what becomes of it in a configuration of ha. Who converts asks
// [Table]; KEYWORDS.md is made from it.
package words
