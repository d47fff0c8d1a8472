package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/nft"
	"ha/planner"
)

// ReadFilters reads the filters alone, all of them ha's own and marked so. Where packets cannot be filtered only NoFilters is
// set.
func (k *Kernel) ReadFilters(ctx context.Context) (planner.State, error) {
	s := planner.State{Marked: make(map[planner.Key]bool)}
	return s, k.readFilters(ctx, &s)
}

// readFilters fills in the filters, or why there are none.
func (k *Kernel) readFilters(ctx context.Context, s *planner.State) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := nft.Read(k.filtering())
	switch {
	case errors.Is(err, nft.ErrAbsent), errors.Is(err, nft.ErrForeign):
		s.NoFilters = err.Error()
		return nil
	case err != nil:
		return fmt.Errorf("reading the table inet %s: %w", nft.Table, err)
	}
	s.Filters = make(map[planner.FilterKey]planner.Filter, len(entries))
	for _, e := range entries {
		s.Filters[planner.FilterKey(e)] = planner.Filter{}
		s.Marked[planner.FilterKey(e)] = true
	}
	return nil
}

func (k *Kernel) filtering() nft.Options {
	return nft.Options{Namespace: k.options.Namespace, Timeout: k.options.Timeout}
}

// changeFilters carries out checked changes of filters, all in one transaction. There is nothing in a filter to edit: update
// and replace only want it to be there.
func (k *Kernel) changeFilters(ctx context.Context, changes []planner.Change, errs []error) {
	ops := make([]nft.Op, len(changes))
	for i, c := range changes {
		ops[i] = nft.Op{Entry: nft.Entry(c.Key.(planner.FilterKey)), Remove: c.Action == planner.Delete}
	}
	if err := ctx.Err(); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return
	}
	for i, err := range nft.Change(k.filtering(), ops) {
		edits := changes[i].Action == planner.Update || changes[i].Action == planner.Replace
		switch {
		case edits && errors.Is(err, fs.ErrExist):
			err = nil
		case errors.Is(err, fs.ErrExist):
			err = unix.EEXIST
		case errors.Is(err, fs.ErrNotExist):
			err = unix.ENOENT
		}
		errs[i] = err
	}
}

// checkFilter refuses what would be read back under another key.
func checkFilter(k planner.FilterKey) error {
	local := k.Addr.Is6() && k.Addr.IsLinkLocalUnicast()
	switch {
	case k.Addr.Zone() != "" || k.Addr.Is4In6():
		return errors.New("the address is not a plain IPv4 or IPv6 address")
	case !k.Addr.IsValid() || local:
		return checkInterfaceName(planner.InterfaceKey(k.Device))
	case k.Device != "":
		return errors.New("only link-local addresses have an interface")
	}
	return nil
}

func filterVerdicts() []verdict {
	const build = "this kernel's nf_tables lacks what the table needs: CONFIG_NF_TABLES_INET"
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "it is already filtered: somebody was faster; read again"},
		{unix.ENOENT, fs.ErrNotExist, "it is not filtered, or " + build},
		{unix.EOPNOTSUPP, errors.ErrUnsupported, build},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, build},
		{unix.EPERM, fs.ErrPermission, "this needs CAP_NET_ADMIN: run as root"},
	}
}
