// Package convert is the door for those who come from keepalived: [Run] makes a folder of HCL of a keepalived.conf, checks
// it as `ha validate` would, and gives an account of every line.
package convert
