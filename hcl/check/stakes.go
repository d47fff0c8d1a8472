package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/hcl/schema"
	"ha/vrrp"
)

// Stake is something on which the place of a node in the election of a VIP depends: a track block, or an element of
// require or prefer, of the VIP or of its sync group.
type Stake struct {
	Track  vrrp.Track     // all but the keys of Check, Pool and BFD, which the compiler knows
	Check  schema.Address // empty for others
	Pool   schema.Address
	BFD    schema.Address
	Target netip.AddrPort // of Check
	Label  string         // as messages call it: track "uplink", pool.web
	At     hcl.Range      // what decides: the weight, or the element of the list
	Block  *decode.Track  // nil for require and prefer
	Shared bool           // of the sync group
}

// Thing says what is tracked, so that two stakes in one thing can be told.
func (s Stake) Thing() string {
	switch {
	case s.Check != "" && !s.Target.IsValid():
		return string(s.Check) // about the node itself
	case s.Check != "" && s.Target.Port() == 0: // a ping
		return fmt.Sprintf("%s of %s", s.Check, s.Target.Addr())
	case s.Check != "":
		return fmt.Sprintf("%s of %s", s.Check, s.Target)
	case s.Pool != "":
		if s.Track.AtLeast > 1 {
			return fmt.Sprintf("%d servers of %s", s.Track.AtLeast, s.Pool)
		}
		return string(s.Pool)
	}
	if s.BFD != "" {
		return string(s.BFD)
	}
	return s.Track.Interface
}

// Tracking knows what the VIPs of a configuration depend on.
type Tracking struct{ v *view }

// NewTracking indexes a configuration.
func NewTracking(cfg *decode.Config) Tracking { return Tracking{newView(cfg)} }

// Stakes lists what a VIP depends on, on one node: its own, then that of its sync group, then what it prefers.
func (t Tracking) Stakes(vip *decode.PerNode[decode.VIP], node string) []Stake {
	return t.v.stakes(vip, node)
}

func (v *view) stakes(p *decode.PerNode[decode.VIP], node string) []Stake {
	vip := p.On(node)
	list := v.staked(vip.Head, vip.Tracks, vip.Require, false)
	var shared *decode.SyncGroup
	if g := v.groupOf(p.Address); g != nil {
		shared = g.On(node)
		list = append(list, v.staked(shared.Head, shared.Tracks, shared.Require, true)...)
	}
	list = append(list, v.weighed(p, vip.Head, vip.Prefer, false)...)
	if shared != nil {
		list = append(list, v.weighed(p, shared.Head, shared.Prefer, true)...)
	}
	for i := range list {
		v.quorate(&list[i], node)
	}
	return list
}

// quorate lets a stake in a pool go by the quorum, where the pool has one and the track block names no number of servers.
func (v *view) quorate(s *Stake, node string) {
	pool := v.pools[string(s.Pool)]
	if pool == nil || !slices.Contains(pool.Nodes, node) || s.Block != nil && s.Block.AtLeast.Set {
		return
	}
	if pool.On(node).Quorum != nil {
		s.Track.AtLeast = 0
	}
}

// staked are the track blocks and the required things of one block.
func (v *view) staked(h decode.Head, tracks []decode.Track, require []decode.Arg[schema.Dependency], shared bool) []Stake {
	var list []Stake
	for i := range tracks {
		t := &tracks[i]
		if t.Broken {
			continue
		}
		s := Stake{
			Track: vrrp.Track{
				Name: t.Address, Interface: t.Interface.Val,
				Weight: uint8(t.Weight.Val), Raise: uint8(t.Raise.Val), Factor: int16(t.Factor.Val), Reverse: t.Reverse.Val,
			},
			Check: t.Check.Val, Pool: t.Pool.Val, BFD: t.BFD.Val, Target: t.Target.Val, Label: t.Object.Header(), At: t.Weighs().At, Block: t, Shared: shared,
		}
		if s.Pool != "" {
			s.Track.AtLeast = int(max(t.AtLeast.Val, 1))
		}
		list = append(list, v.aimed(s))
	}
	for _, r := range require {
		list = append(list, v.depend(h, "require", r, shared))
	}
	return list
}

// depend is the stake of an element of require or prefer, without weights.
func (v *view) depend(h decode.Head, word string, d decode.Arg[schema.Dependency], shared bool) Stake {
	s := Stake{
		Track: vrrp.Track{Name: h.Address + "." + word + "." + d.Val.String(), Interface: d.Val.Interface},
		Label: fmt.Sprintf("%s %s", word, d.Val), At: d.At, Shared: shared,
	}
	switch {
	case d.Val.Block == "":
	case v.checks[string(d.Val.Block)] != nil:
		s.Check = d.Val.Block
	case v.pools[string(d.Val.Block)] == nil:
		s.BFD = d.Val.Block
	default:
		s.Pool, s.Track.AtLeast = d.Val.Block, 1
	}
	return v.aimed(s)
}

// aimed fills in the target of a check that no track block gives.
func (v *view) aimed(s Stake) Stake {
	c := v.checks[string(s.Check)]
	if c == nil {
		return s
	}
	if !s.Target.IsValid() {
		s.Target = c.Own()
	}
	return s
}
