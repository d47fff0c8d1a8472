package netlab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
)

// Promise is the environment variable in which a test lane says what its machine has, as a comma list
// (HA_HAVE=netns,ipvs): what is promised and missing fails a test instead of skipping it.
const Promise = "HA_HAVE"

// TB is what Need and NewTestLAN use of a testing.TB; with it this package does not link package testing into
// programs.
type TB interface {
	Helper()
	Cleanup(fn func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Need skips a test, with the reason, on a machine that lacks any of what it needs, and fails it where the lane
// promised it. Words: root, netns (namespaces with veth and bridge), named (such with names under /run/netns), the
// kernel's ipvs, modules (of the kernel, that may be unloaded), dummy, tunnel (IP in IP), macvlan, ipvlan, vrf, mpls and seg6 (routes that wrap packets so), nft (the program and nf_tables), and the programs
// in the table below by their names.
func Need(t TB, what ...string) {
	t.Helper()
	for _, word := range what {
		err := Missing(word)
		switch {
		case err == nil:
		case errors.Is(err, errUnknown):
			t.Fatalf("netlab.Need: %v", err)
		case slices.Contains(strings.Split(os.Getenv(Promise), ","), word):
			t.Fatalf("%s promised %s, but it is missing: %v", Promise, word, err)
		default:
			t.Skipf("needs %s: %v", word, err)
		}
	}
}

var errUnknown = errors.New("nobody knows how to ask for this")

// Missing says why the machine lacks what a word of Need names; nil when it has it.
func Missing(word string) error {
	switch word {
	case "root":
		if uid := os.Geteuid(); uid != 0 {
			return fmt.Errorf("runs as user %d", uid)
		}
		return nil
	case "netns":
		return missingNamespaces()
	case "named":
		return missingNames()
	case "ipvs":
		return missingIPVS()
	case "modules":
		if !slices.Contains(strings.Split(os.Getenv(Promise), ","), word) {
			return fmt.Errorf("only a machine made for tests lets its modules be unloaded, and says so in %s", Promise)
		}
		return nil
	case "dummy":
		return missingLink(&netlink.Dummy{LinkAttrs: attributes("x0")})
	case "tunnel":
		return missingLink(&netlink.Iptun{LinkAttrs: attributes("x0"), Local: net.IPv4(192, 0, 2, 1)})
	case "bond":
		return missingLink(netlink.NewLinkBond(attributes("x0")))
	case "bridge":
		return missingLink(&netlink.Bridge{LinkAttrs: attributes("x0")})
	case "macvlan":
		return missingAbove(func(a netlink.LinkAttrs) netlink.Link {
			return &netlink.Macvlan{LinkAttrs: a, Mode: netlink.MACVLAN_MODE_PRIVATE}
		})
	case "ipvlan":
		return missingAbove(func(a netlink.LinkAttrs) netlink.Link {
			return &netlink.IPVlan{LinkAttrs: a, Mode: netlink.IPVLAN_MODE_L2}
		})
	case "vlan":
		return missingAbove(func(a netlink.LinkAttrs) netlink.Link { return &netlink.Vlan{LinkAttrs: a, VlanId: 100} })
	case "vrf":
		return missingLink(&netlink.Vrf{LinkAttrs: attributes("x0"), Table: 10})
	case "mpls":
		return missingEncap("10.0.0.0/8", &netlink.MPLSEncap{Labels: []int{100}})
	case "seg6":
		return missingEncap("2001:db8::/32", &netlink.SEG6Encap{Mode: nl.SEG6_IPTUN_MODE_ENCAP, Segments: []net.IP{net.ParseIP("fc00::1")}})
	case "busybox", "conntrack", "curl", "etcd", "exim4", "genhash", "ip", "initdb", "ipvsadm", "keepalived", "mariadbd", "nginx", "postgres",
		"qemu-system-x86_64", "redis-server", "systemd-run", "tcpdump", "tshark", "unbound":
		_, err := Program(word)
		return err
	case "nft":
		return missingFilters()
	case "bfdd", "vrrpd": // FRR keeps its daemons out of the way
		_, err := Program("/usr/lib/frr/" + word)
		return err
	}
	return fmt.Errorf("%q: %w", word, errUnknown)
}

// Program finds a program by its name, also where only root's PATH leads.
func Program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	dirs := []string{"/usr/sbin", "/sbin", "/usr/local/sbin"}
	if versions, _ := filepath.Glob("/usr/lib/postgresql/*/bin"); len(versions) > 0 { // Debian installs several side by side
		dirs = append(dirs, versions[len(versions)-1])
	}
	for _, dir := range dirs {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", err
}

// missingNamespaces tries what every kernel test does first.
func missingNamespaces() error {
	l, err := NewLAN("")
	if err != nil {
		return err
	}
	_, err = l.Add("host")
	return errors.Join(err, l.Close())
}

// missingNames tries a name that nobody else uses.
func missingNames() error {
	n, err := NewNamed(fmt.Sprintf("netlab-probe-%d", os.Getpid()))
	if err != nil {
		return err
	}
	return n.Close()
}

// missingFilters asks for nf_tables, through the program that shows it.
func missingFilters() error {
	program, err := Program("nft")
	if err != nil {
		return err
	}
	if out, err := exec.Command(program, "list", "tables").CombinedOutput(); err != nil {
		return fmt.Errorf("nft list tables: %w: %s", err, out)
	}
	return nil
}

// missingIPVS asks for the generic netlink family, which loads the module where the kernel can.
func missingIPVS() error {
	if _, err := netlink.GenlFamilyGet("IPVS"); err != nil {
		return fmt.Errorf("the kernel has no generic netlink family IPVS: %w", err)
	}
	return nil
}

// missingAbove tries a link above one end of a veth pair.
func missingAbove(link func(netlink.LinkAttrs) netlink.Link) error {
	return inScratch(func(h *netlink.Handle) error {
		parent := netlink.NewVeth(attributes("x0"))
		parent.PeerName = "x1"
		if err := h.LinkAdd(parent); err != nil {
			return err
		}
		end, err := h.LinkByName("x0")
		if err != nil {
			return err
		}
		a := attributes("x2")
		a.ParentIndex = end.Attrs().Index
		return h.LinkAdd(link(a))
	})
}

// missingLink tries to make a link of a kind.
func missingLink(link netlink.Link) error {
	return inScratch(func(h *netlink.Handle) error { return h.LinkAdd(link) })
}

// missingEncap tries a route that wraps packets.
func missingEncap(destination string, encap netlink.Encap) error {
	return inScratch(func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		_, to, err := net.ParseCIDR(destination)
		if err != nil {
			return err
		}
		return h.RouteAdd(&netlink.Route{Dst: to, LinkIndex: lo.Attrs().Index, Encap: encap})
	})
}

// inScratch runs fn with a netlink handle of a namespace that is thrown away.
func inScratch(fn func(*netlink.Handle) error) error {
	n, err := New()
	if err != nil {
		return err
	}
	return errors.Join(n.netlink(fn), n.Close())
}
