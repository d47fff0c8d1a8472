// Package account keeps the books of a conversion: of every statement of keepalived.conf what became of it, and remarks on
// what somebody should know. Secrets never stand in it.
package account
