package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"ha/enforcer"
	"ha/enforcer/netlab"
	"ha/planner"
)

// prefix begins the names of the lab's namespaces, by which `ip netns exec` enters them and leftovers are found.
const prefix = "ha-lab-"

// Member is a node of the cluster as it was compiled.
type Member struct {
	Name      string
	Address   netip.Addr // its own
	Interface string     // the device that VIPs of the node use
	Config    enforcer.Config
}

// Options say what to run.
type Options struct {
	Cluster string
	Members []Member
	Exe     string    // the program to start as `EXE enforce …`
	Out     io.Writer // what happens, line by line; the live view has its own
}

// Lab is a running cluster.
type Lab struct {
	options Options
	lock    *flock.Flock
	dir     string // state directories and sockets
	lan     *netlab.LAN
	nodes   []*node
	client  *client
	started time.Time
	noIPVS  string // why nothing is balanced here; empty where it is
}

// New builds the network, starts every node and applies its plan. Close must follow, also after an error of a later
// call; on an error of New nothing is left.
func New(ctx context.Context, o Options) (l *Lab, err error) {
	l = &Lab{options: o, started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if err := l.alone(); err != nil {
		return l, err
	}
	if l.dir, err = os.MkdirTemp("", prefix+"run-"); err != nil {
		return l, err
	}
	names := prefix
	if netlab.Missing("named") != nil {
		names = "" // in a user namespace: no names for `ip netns`, and the kernel removes all when the lab ends
	}
	if l.lan, err = netlab.NewLAN(names); err != nil {
		return l, fmt.Errorf("building the network (root is needed, or a user namespace: unshare -Urnm): %w", err)
	}
	if err := netlab.Missing("ipvs"); err != nil {
		l.noIPVS = err.Error()
		fmt.Fprintf(o.Out, "%s: VIPs and checks work, nothing is balanced\n", l.noIPVS)
	}
	nets := networks(o.Members)
	for _, m := range o.Members {
		if err := l.add(m, nets.of(m.Address)); err != nil {
			return l, err
		}
	}
	for _, stray := range strays(o.Members) {
		if err := l.add(stray, nets.of(stray.Address)); err != nil {
			return l, err
		}
	}
	if l.client, err = newClient(l.lan, nets, l.targets(), l.noIPVS == ""); err != nil {
		return l, err
	}
	for _, n := range l.nodes { // all before the first enforcer, whose checks would find them dead
		if err := n.serve(); err != nil {
			return l, fmt.Errorf("starting %s: %w", n.Name, err)
		}
	}
	for _, n := range l.nodes {
		if err := n.start(ctx); err != nil {
			return l, fmt.Errorf("starting %s: %w", n.Name, err)
		}
	}
	l.client.start()
	return l, nil
}

// alone makes sure that this is the only lab of the machine, and removes what an earlier one left when it was killed:
// its namespaces with the processes in them, and its files.
func (l *Lab) alone() error {
	l.lock = flock.New(filepath.Join(os.TempDir(), fmt.Sprintf("%s%d.lock", prefix, os.Getuid())))
	mine, err := l.lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", l.lock.Path(), err)
	}
	if !mine {
		l.lock = nil
		return errors.New("another lab runs on this machine; end it first")
	}
	swept, err := netlab.Sweep(prefix)
	if err != nil {
		return fmt.Errorf("removing what an earlier lab left: %w", err)
	}
	if len(swept) > 0 {
		fmt.Fprintf(l.options.Out, "removed what an earlier lab left: %v\n", swept)
	}
	old, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"run-*"))
	if err != nil {
		return err
	}
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// add puts a node on the LAN.
func (l *Lab) add(m Member, network netip.Prefix) error {
	host, err := l.lan.AddAs(m.Name, m.Interface, netip.PrefixFrom(m.Address, network.Bits()))
	if err != nil {
		return err
	}
	l.nodes = append(l.nodes, &node{
		Member: m, lab: l, host: host, ports: servingPorts(m, l.options.Members),
		state: filepath.Join(l.dir, m.Name), socket: filepath.Join(l.dir, m.Name+".sock"),
	})
	return nil
}

// Close stops everything and removes it.
func (l *Lab) Close() error {
	if l == nil {
		return nil
	}
	var errs []error
	if l.client != nil {
		l.client.stop()
	}
	for _, n := range l.nodes {
		errs = append(errs, n.end())
	}
	if l.lan != nil {
		errs = append(errs, l.lan.Close())
	}
	if l.dir != "" {
		errs = append(errs, os.RemoveAll(l.dir))
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Close())
	}
	return errors.Join(errs...)
}

// node finds a node by name.
func (l *Lab) node(name string) (*node, error) {
	for _, n := range l.nodes {
		if n.Name == name {
			return n, nil
		}
	}
	var names []string
	for _, n := range l.nodes {
		names = append(names, n.Name)
	}
	return nil, fmt.Errorf("there is no node %q; nodes are %v", name, names)
}

// targets is what the client probes: every TCP listener of a pool, and VIPs without one.
func (l *Lab) targets() []target {
	var list []target
	seen := map[netip.Addr]bool{}
	for _, m := range l.options.Members {
		for _, p := range m.Config.Plan.Pools {
			for _, li := range p.Listeners {
				t := target{pool: p.Name, addr: li.Key.Addr}
				if li.Key.Protocol != planner.TCP || slices.Contains(list, t) {
					continue
				}
				list = append(list, t)
				seen[t.addr.Addr()] = true
			}
		}
	}
	for _, m := range l.options.Members {
		for _, v := range m.Config.Plan.VIPs {
			for _, a := range v.Addresses {
				addr := a.Key.Prefix.Addr()
				if seen[addr] || addr.IsLinkLocalUnicast() {
					continue
				}
				seen[addr] = true
				list = append(list, target{pool: v.Name, addr: netip.AddrPortFrom(addr, closedPort)})
			}
		}
	}
	return list
}

// networkSet is the subnet of each family that holds all addresses of the cluster.
type networkSet map[bool]netip.Prefix

// networks finds the smallest subnet of each family, at most a /24 or a /64, that all addresses of the cluster share.
func networks(members []Member) networkSet {
	var all []netip.Addr
	for _, m := range members {
		all = append(all, m.Address)
		for _, v := range m.Config.Plan.VIPs {
			for _, a := range v.Addresses {
				all = append(all, a.Key.Prefix.Addr())
			}
		}
		for _, p := range m.Config.Plan.Pools {
			for _, s := range p.Servers {
				all = append(all, s.Address.Addr())
			}
		}
	}
	set := networkSet{}
	for _, a := range all {
		if a.IsLinkLocalUnicast() {
			continue
		}
		bits := 24
		if a.Is6() {
			bits = 64
		}
		p, known := set[a.Is6()]
		if !known {
			p = netip.PrefixFrom(a, bits).Masked()
		}
		for !p.Contains(a) {
			p = netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
		}
		set[a.Is6()] = p
	}
	return set
}

func (s networkSet) of(a netip.Addr) netip.Prefix { return s[a.Is6()] }

// strays are real servers of pools that are no nodes: the lab gives each a host of its own, without an enforcer.
func strays(members []Member) []Member {
	known := map[netip.Addr]bool{}
	for _, m := range members {
		known[m.Address] = true
	}
	var list []Member
	for _, m := range members {
		for _, p := range m.Config.Plan.Pools {
			for _, s := range p.Servers {
				if a := s.Address.Addr(); !known[a] {
					known[a] = true
					list = append(list, Member{Name: s.Name, Address: a, Interface: "eth0"})
				}
			}
		}
	}
	return list
}

// servingPorts are the ports on which pools expect a node to answer.
func servingPorts(m Member, members []Member) []uint16 {
	var ports []uint16
	for _, other := range members {
		for _, p := range other.Config.Plan.Pools {
			for _, s := range p.Servers {
				if s.Address.Addr() == m.Address && !slices.Contains(ports, s.Address.Port()) {
					ports = append(ports, s.Address.Port())
				}
			}
		}
	}
	return ports
}

// raw is a member's configuration as the API takes it.
func (m Member) raw() (json.RawMessage, error) { return json.Marshal(m.Config) }

// managed tells whether the member has an enforcer: hosts that only stand in for servers have none.
func (m Member) managed() bool { return m.Config.Plan.Node != "" }
