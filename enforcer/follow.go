package enforcer

import (
	"context"
	"slices"
)

// activeServices settles the pools whose services follow VIPs: those that have become Active here before their addresses come, so that no
// connection arrives before its service, and those that no longer are after they have left.
func (w *writer) activeServices(ctx context.Context, vips []string, active bool) {
	turned := slices.DeleteFunc(slices.Clone(vips), func(vip string) bool { return w.facts.Active[vip] != active })
	w.judge(ctx, w.index.Followers(turned...))
}
