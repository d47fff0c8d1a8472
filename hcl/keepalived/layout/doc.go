// Package layout writes HCL: files of blocks, arguments and comments in the one layout that `ha fmt` leaves as it is.
package layout
