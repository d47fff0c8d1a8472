package nft

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"syscall"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

var (
	// ErrAbsent says that the kernel has no nf_tables: not built in, not loaded, and not loadable on request.
	ErrAbsent = errors.New("this kernel has no nf_tables")
	// ErrForeign says that somebody else has a table of that name.
	ErrForeign = errors.New("there is a table inet " + Table + " that was not made by ha")
)

// Options choose which kernel is meant and how long to wait for it.
type Options struct {
	Namespace string        // path of a network namespace; empty is the caller's own
	Timeout   time.Duration // bounds a whole reading or change; 0 is 5 s
}

// Read returns what the table holds; nothing where there is no table, or one that is not whole.
func Read(o Options) ([]Entry, error) {
	var entries []Entry
	err := o.with(func(c *nftables.Conn) (err error) {
		entries, _, err = read(c)
		return err
	})
	return entries, err
}

// Op adds an entry, or removes it.
type Op struct {
	Entry  Entry
	Remove bool
}

// Change adds and removes entries, in order, in one transaction, and returns what became of each. Adding what is there is
// [fs.ErrExist], removing what is not [fs.ErrNotExist]; the others happen all the same, or none of them does.
func Change(o Options, ops []Op) []error {
	errs := make([]error, len(ops))
	err := o.with(func(c *nftables.Conn) error {
		entries, there, err := read(c)
		if err != nil {
			return err
		}
		have, changed := map[Entry]bool{}, false
		for _, e := range entries {
			have[e] = true
		}
		for i, op := range ops {
			switch {
			case op.Remove == have[op.Entry]:
				changed = true
			case op.Remove:
				errs[i] = fs.ErrNotExist
			default:
				errs[i] = fs.ErrExist
			}
			if op.Remove {
				delete(have, op.Entry)
			} else {
				have[op.Entry] = true
			}
		}
		if !changed {
			return nil
		}
		return write(c, there, have)
	})
	for i := range errs {
		if err != nil {
			errs[i] = err
		}
	}
	return errs
}

// with opens a socket for one operation. After an operation that failed answers may be left in it, so none is kept.
func (o Options) with(do func(*nftables.Conn) error) error {
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	options := []nftables.ConnOption{
		nftables.AsLasting(),
		nftables.WithSockOptions(func(c *netlink.Conn) error { return c.SetDeadline(time.Now().Add(o.Timeout)) }),
	}
	if o.Namespace != "" {
		ns, err := os.Open(o.Namespace)
		if err != nil {
			return fmt.Errorf("opening network namespace %s: %w", o.Namespace, err)
		}
		defer ns.Close() //nolint:errcheck // only read from
		options = append(options, nftables.WithNetNSFd(int(ns.Fd())))
	}
	if err := present(); err != nil {
		return err
	}
	c, err := nftables.New(options...)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.CloseLasting())
}

// present asks for a socket of the kind that the library opens. Where the kernel has none, the library finds out for itself only
// outside of namespaces; inside of one it goes on without a socket.
func present() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		return ErrAbsent
	}
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	return unix.Close(fd)
}

// read reads the table, and whether there is one.
func read(c *nftables.Conn) (entries []Entry, there bool, err error) {
	tables, err := c.ListTablesOfFamily(nftables.TableFamilyINet)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP) { // nfnetlink without this part (nfnetlink_rcv_msg)
		return nil, false, ErrAbsent
	}
	if err != nil {
		return nil, false, err
	}
	t := table()
	if i := slices.IndexFunc(tables, func(have *nftables.Table) bool { return have.Name == Table }); i < 0 {
		return nil, false, nil
	} else if tables[i].Flags != 0 { // dormant
		return nil, true, nil
	}
	have, err := c.GetSets(t)
	if err != nil {
		return nil, true, err
	}
	for _, want := range sets(t) {
		if !slices.ContainsFunc(have, func(s *nftables.Set) bool { return s.Name == want.Name && s.KeyType.Bytes == want.KeyType.Bytes }) {
			return nil, true, ErrForeign
		}
	}
	whole, err := intact(c, t)
	if err != nil || !whole {
		return nil, true, err
	}
	for _, s := range sets(t) {
		elements, err := c.GetSetElements(s)
		if err != nil {
			return nil, true, err
		}
		for _, element := range elements {
			e, err := entryOf(s.Name, element.Key)
			if err != nil {
				return nil, true, err
			}
			entries = append(entries, e)
		}
	}
	return entries, true, nil
}

// intact tells whether the chains and rules are those that ha made.
func intact(c *nftables.Conn, t *nftables.Table) (bool, error) {
	all, err := c.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, err
	}
	all = slices.DeleteFunc(all, func(c *nftables.Chain) bool { return c.Table == nil || c.Table.Name != Table })
	wanted := chains(t)
	if len(all) != len(wanted) {
		return false, nil
	}
	for _, want := range wanted {
		i := slices.IndexFunc(all, func(c *nftables.Chain) bool { return c.Name == want.Name })
		if i < 0 || !sameHook(all[i], want.Chain) {
			return false, nil
		}
		rules, err := c.GetRules(t, want.Chain)
		if err != nil {
			return false, err
		}
		if !slices.EqualFunc(rules, want.rules, sameRule) {
			return false, nil
		}
	}
	return true, nil
}

func sameHook(have, want *nftables.Chain) bool {
	return have.Hooknum != nil && have.Priority != nil && have.Policy != nil && have.Type == want.Type && *have.Hooknum == *want.Hooknum &&
		*have.Priority == *want.Priority && *have.Policy == *want.Policy
}

// sameRule compares what the kernel shows of a rule. The number of a set counts only while it is written.
func sameRule(have, want *nftables.Rule) bool {
	for _, e := range have.Exprs {
		if l, ok := e.(*expr.Lookup); ok {
			l.SetID = 0
		}
	}
	return reflect.DeepEqual(have.Exprs, want.Exprs)
}

// together is how many elements a message tells of: its attributes hold at most 64 KiB.
const together = 500

// write makes the table hold these entries, all in one transaction. It is made anew each time: rules and elements change at one
// moment, and there is none in which anything passes.
func write(c *nftables.Conn, there bool, entries map[Entry]bool) error {
	t := table()
	if there {
		c.DelTable(t)
	}
	if len(entries) == 0 {
		return c.Flush()
	}
	elements := map[string][]nftables.SetElement{}
	for e := range entries {
		elements[e.set()] = append(elements[e.set()], e.element())
	}
	c.AddTable(t)
	for _, s := range sets(t) {
		if err := c.AddSet(s, nil); err != nil {
			return err
		}
		for part := range slices.Chunk(elements[s.Name], together) {
			if err := c.SetAddElements(s, part); err != nil {
				return err
			}
		}
	}
	for _, ch := range chains(t) {
		c.AddChain(ch.Chain)
		for _, r := range ch.rules {
			r.Table, r.Chain = t, ch.Chain
			c.AddRule(r)
		}
	}
	return c.Flush()
}
