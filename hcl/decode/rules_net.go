package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

func datagramsFit(o *Object, why string) hcl.Diagnostics {
	switch o.Labels[0] {
	case "ping":
		if get[int64](o, "port").Val != 0 {
			return fault(o, "HA2352", "port", "a ping has no port", why, "Remove the port.")
		}
	case "udp":
		u, required := bindUDP(o), get[bool](o, "require_reply")
		if required.Set && !required.Val && u.RequireReply {
			return fault(o, "HA2352", "require_reply", "no reply is required, and it is said what it must be", why,
				"Remove require_reply, or what is said about the reply.")
		}
		if u.ReplyMax.Set && u.ReplyMax.Val < u.ReplyMin.Val {
			return fault(o, "HA2352", "reply_max", fmt.Sprintf("reply_max %d is below reply_min %d, so no reply is right", u.ReplyMax.Val, u.ReplyMin.Val),
				"", "Raise reply_max.", diag.See("reply_min", u.ReplyMin.At))
		}
	}
	return nil
}
