package enforcer

import (
	"errors"
	"fmt"

	"ha/checks"
	"ha/checks/bfd"
	"ha/planner"
	"ha/vrrp"
)

// Config is what one node runs: the kernel side, the elections and the checks. Its shape is that of hcl.Compiled,
// so that cmd/ha converts one to the other; the compiler keeps them equal.
type Config struct {
	Plan      planner.Plan     `json:"plan"`
	Instances []vrrp.Instance  `json:"instances,omitempty"`
	Paces     []vrrp.PaceGroup `json:"paces,omitempty"` // of announcements
	Checks    []checks.Config  `json:"checks,omitempty"`
	BFD       []bfd.Config     `json:"bfd,omitempty"` // sessions whose names stand where keys of checks do
}

// Validate reports what the enforcer could not run, whoever compiled it: a plan may come from another version. It
// returns every problem, joined.
func (c *Config) Validate() error {
	var errs []error
	if c.Plan.Node == "" {
		errs = append(errs, errors.New("the plan names no node"))
	}
	vips := map[string]bool{}
	for _, v := range c.Plan.VIPs {
		if vips[v.Name] {
			errs = append(errs, fmt.Errorf("%s is there twice", v.Name))
		}
		vips[v.Name] = true
	}
	errs = append(errs, c.validateInstances(vips)...)
	known := map[string]bool{}
	for _, check := range c.Checks {
		if known[check.Key] {
			errs = append(errs, fmt.Errorf("check %q is there twice", check.Key))
		}
		known[check.Key] = true
		if _, err := checks.New(check); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", check.Name, err))
		}
	}
	errs = append(errs, validateBFD(c.BFD)...)
	for _, session := range c.BFD {
		known[session.Name] = true
	}
	errs = append(errs, c.validateWatch()...)
	for _, i := range c.Instances {
		for _, t := range i.Tracks {
			if t.Check != "" && !known[t.Check] {
				errs = append(errs, fmt.Errorf("%s waits for check %q, which is not in the plan", t.Name, t.Check))
			}
		}
	}
	for _, p := range c.Plan.Pools {
		for _, s := range p.Servers {
			for _, key := range s.Checks {
				if !known[key] {
					errs = append(errs, fmt.Errorf("%s server %q waits for check %q, which is not in the plan", p.Name, s.Name, key))
				}
			}
		}
	}
	return errors.Join(errs...)
}

func (c *Config) validateInstances(vips map[string]bool) []error {
	var errs []error
	type router struct {
		device string
		ipv6   bool
		vrid   uint8
	}
	names, routers := map[string]bool{}, map[router]string{}
	for _, i := range c.Instances {
		if names[i.Name] {
			errs = append(errs, fmt.Errorf("instance %s is there twice", i.Name))
		}
		names[i.Name] = true
		if !vips[i.VIP] {
			errs = append(errs, fmt.Errorf("instance %s belongs to %s, which is not in the plan", i.Name, i.VIP))
		}
		r := router{i.Interface, i.Config.IPv6, i.Config.VRID}
		if other, taken := routers[r]; taken {
			errs = append(errs, fmt.Errorf("%s and %s share VRID %d on %s", other, i.Name, i.Config.VRID, i.Interface))
		}
		routers[r] = i.Name
		if i.Via != "" && (i.Via == i.Interface || i.Unicast != nil) {
			errs = append(errs, fmt.Errorf("instance %s sends through %s, which goes with multicast and with another interface below it", i.Name, i.Via))
		}
		if err := checkTransport(i); err != nil {
			errs = append(errs, err)
		}
		if i.Config.VRID == 0 || i.Config.Priority == 0 || i.Config.Interval <= 0 {
			errs = append(errs, fmt.Errorf("instance %s has VRID %d, priority %d, interval %v: each must be above zero",
				i.Name, i.Config.VRID, i.Config.Priority, i.Config.Interval))
		}
	}
	return errs
}
