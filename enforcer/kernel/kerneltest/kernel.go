package kerneltest

import (
	"context"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// Kernel is what the enforcer needs of the machine; [kernel.Kernel] and [Fake] have it.
type Kernel interface {
	Read(ctx context.Context, q kernel.Query) (planner.State, error)
	ReadIPVS(ctx context.Context) (planner.State, error)
	ReadFilters(ctx context.Context) (planner.State, error)
	ReadRoutes(ctx context.Context, q kernel.Query) (planner.State, error)
	ReadSysctls(ctx context.Context, keys []planner.SysctlKey) (map[planner.SysctlKey]planner.Sysctl, error)
	Stats(ctx context.Context) (kernel.Counters, error)
	Rivals() []string
	Connections(ctx context.Context, services []planner.VirtualServerKey) (map[planner.RealServerKey]kernel.RealServerStats, error)
	FlushIPVS(ctx context.Context) error
	Apply(ctx context.Context, c planner.Change) error
	ApplyBatch(ctx context.Context, changes []planner.Change) []error
	Renew(ctx context.Context, keys []planner.AddressKey, values map[planner.AddressKey]planner.Address,
		lifetime time.Duration) []error
	Watch(ctx context.Context) (<-chan kernel.Event, error)
}

var (
	_ Kernel = (*kernel.Kernel)(nil)
	_ Kernel = (*Fake)(nil)
)
