package check

import (
	"fmt"
	"time"

	"ha/hcl/schema"
)

// lifetimes: the addresses of a node that dies stand until another one has taken over.
func lifetimes(v *view) {
	for _, p := range v.cfg.VIPs {
		vip := p.Base
		takeover := time.Duration(vip.DownAdverts.Val+1) * vip.Interval.Val // with the longest skew
		if vip.Broken || !vip.Lifetime.Set || vip.Lifetime.Val == 0 || vip.Lifetime.Val >= takeover {
			continue
		}
		v.warn("HA4049", vip.Lifetime.At, fmt.Sprintf("a lifetime of %s is shorter than a takeover, which takes up to %s",
			schema.FormatDuration(vip.Lifetime.Val), schema.FormatDuration(takeover)),
			"The addresses of a node that is killed or hangs leave before another one has them.",
			"Leave lifetime out, or set it to more than "+schema.FormatDuration(takeover)+".", about(vip.Head)...)
	}
}
