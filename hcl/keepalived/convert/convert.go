package convert

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/cluster"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/translate"
	"ha/hcl/keepalived/words"
)

// Input is a keepalived.conf.
type Input struct {
	Node string // whose it is; empty: its router_id tells, or the name of the file
	Path string
}

// Options say how.
type Options struct {
	OneFile bool // all blocks in one file
	// Surroundings are what the file is read in; nil: those of this machine.
	Surroundings func(id string) keepalived.Options
	// Version is that of the running program, for the check of the result.
	Version string
}

// File is a file of the result.
type File struct {
	Name    string // within the folder, with slashes
	Content []byte
	Secret  bool // nobody else may read it
}

// Result is what the files of all nodes have become. Without Files they could not be converted, and the account says why.
type Result struct {
	Nodes   []string // their names, in the order of the input
	Files   []File
	Account *account.Account // of all that was read
}

// Report is the account as a document.
func (r *Result) Report() account.Report { return r.Account.Report(strings.Join(r.Nodes, ", ")) }

// Run converts the file of a node, as [Cluster] does.
func Run(in Input, o Options) (*Result, error) { return Cluster([]Input{in}, o) }

// Cluster converts the files of the nodes of a cluster, at least one, into one configuration. An error is that of reading a
// file, [ErrTwice], or a mistake of the conversion itself.
func Cluster(inputs []Input, o Options) (*Result, error) {
	table := words.New()
	files := make([]*source, len(inputs))
	for i, in := range inputs {
		s, err := understand(in, table, o)
		if err != nil {
			return nil, err
		}
		files[i] = s
	}
	if err := name(files); err != nil {
		return nil, err
	}
	var nodes []cluster.Node
	var accounts []*account.Account
	result := &Result{}
	for _, s := range files {
		part := translate.Translate(s.model, s.account, s.Node, s.fallback)
		nodes, accounts = append(nodes, cluster.Node{Part: part, Account: s.account}), append(accounts, s.account)
		result.Nodes = append(result.Nodes, part.Node)
	}
	part := cluster.Merge(nodes)
	result.Account = account.Join(result.Nodes, accounts)
	if worst, _ := result.Account.Worst(); worst == account.Fatal {
		return result, nil
	}
	var err error
	if result.Files, err = settle(assemble(part, o.OneFile), result, o); err != nil {
		return nil, err
	}
	for _, s := range part.Secrets {
		result.Files = append(result.Files, File{Name: "secrets/" + s.Name, Content: []byte(s.Value + "\n"), Secret: true})
	}
	if len(part.Secrets) > 0 {
		result.Files = append(result.Files, File{Name: "secrets/.gitignore", Content: []byte("*\n")})
	}
	return result, nil
}

// understand reads a file.
func understand(in Input, table *words.Table, o Options) (*source, error) {
	if o.Surroundings == nil {
		o.Surroundings = keepalived.System
	}
	surroundings := o.Surroundings(in.Node)
	surroundings.Opens = func(parent, keyword string) bool {
		_, _, opens := table.Opens(parent, keyword)
		return opens
	}
	root, remarks, err := keepalived.Read(in.Path, surroundings)
	if err != nil {
		return nil, err
	}
	a := account.New(root, remarks)
	fallback := strings.TrimSuffix(filepath.Base(in.Path), filepath.Ext(in.Path))
	return &source{Input: in, model: meaning.Understand(root, a, table), account: a, fallback: fallback}, nil
}

// assemble puts blocks into files, each with what belongs together.
func assemble(p *translate.Part, one bool) []*layout.File {
	groups := []*layout.File{
		{Name: "nodes.hcl", Blocks: append(append(p.Variables, p.Nodes...), p.Settings...), Below: p.Left},
		{Name: "static.hcl", Blocks: p.Statics},
		{Name: "checks.hcl", Blocks: append(p.Sessions, p.Checks...)},
		{Name: "notify.hcl", Blocks: p.Notifies},
		{Name: "vips.hcl", Blocks: append(p.VIPs, p.Groups...)},
		{Name: "pools.hcl", Blocks: p.Pools},
	}
	if one {
		all := &layout.File{Name: "ha.hcl", Below: p.Left}
		for _, g := range groups {
			all.Blocks = append(all.Blocks, g.Blocks...)
		}
		groups = []*layout.File{all}
	}
	if n := len(p.Pools); n > poolsPerFile && !one {
		groups = groups[:len(groups)-1]
		for i := 0; i < n; i += poolsPerFile {
			groups = append(groups, &layout.File{Name: fmt.Sprintf("pools-%02d.hcl", i/poolsPerFile+1), Blocks: p.Pools[i:min(i+poolsPerFile, n)]})
		}
	}
	return slices.DeleteFunc(groups, func(f *layout.File) bool { return len(f.Blocks)+len(f.Below) == 0 })
}

// poolsPerFile keeps files at a size that the language reads.
const poolsPerFile = 2000

// internal is the error for a result that is not as it has to be: a mistake of ours, whatever the input.
func internal(format string, args ...any) error {
	return fmt.Errorf("this is a mistake in ha convert, please report it with the file: "+format, args...)
}
