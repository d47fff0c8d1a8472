// Package translate says in HCL what a keepalived.conf means: one node's part of a cluster, as blocks that package layout
// prints. Comments go where what they are about goes; what cannot be said stays as a comment. Every statement that
// becomes something is booked in the account.
package translate
