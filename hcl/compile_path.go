package hcl

import (
	"net/netip"
	"slices"

	"ha/checks/path"
	"ha/hcl/check"
	"ha/hcl/decode"
)

// onDataPath adds a check of each listener by way of a server, and returns their keys. Where an answer holds a weight, that of the
// last listener counts.
func (k *compiler) onDataPath(c *decode.Check, shared string, pool *decode.Pool, s *decode.Server) []string {
	through := path.Through{Server: s.Addr.Val.Addr(), How: path.DR}
	if way, tunnel := pool.Way(s); way.Val == "tunnel" {
		through.How = path.IPIP
		if tunnel != nil {
			through.How, through.Port = tunnel.Type.Val, uint16(tunnel.Port.Val)
		}
	}
	keys := make([]string, 0, len(pool.Listen))
	for _, l := range pool.Listen {
		at := l.Val
		if at.Port() == 0 { // every port: that of the server
			at = netip.AddrPortFrom(at.Addr(), check.ProbePort(pool, s))
		}
		keys = addOnce(keys, k.check(c, shared, at, through))
	}
	return keys
}

// addOnce appends a key that is not there yet.
func addOnce(keys []string, key string) []string {
	if slices.Contains(keys, key) {
		return keys
	}
	return append(keys, key)
}
