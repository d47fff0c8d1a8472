package translate

import (
	"net/netip"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

// Part is what one node's file becomes. The blocks stand in the order of the file.
type Part struct {
	Node      string // the label of its node block
	Variables []*layout.Block
	Nodes     []*layout.Block
	Settings  []*layout.Block
	Statics   []*layout.Block
	Sessions  []*layout.Block
	Checks    []*layout.Block
	Notifies  []*layout.Block
	VIPs      []*layout.Block
	Groups    []*layout.Block
	Pools     []*layout.Block
	Secrets   []Secret
	Left      []string // comments and lines that belong to no block
}

// Secret is a secret that was taken out of the configuration.
type Secret struct{ Name, Value string }

// Translate makes the part of a node. node is its name, or empty: then its router_id is, else fallback.
func Translate(c *meaning.Config, a *account.Account, node, fallback string) *Part {
	t := &translator{
		c: c, a: a, told: map[*keepalived.Statement]bool{}, quoted: map[*keepalived.Statement]bool{}, ended: map[*keepalived.Statement]bool{}, names: names{}, vips: map[string]string{}, scripts: map[string]string{},
		files: map[string]string{}, processes: map[string]string{}, sessions: map[string]string{}, owners: map[netip.Addr]*keepalived.Statement{}, listened: map[netip.Addr]bool{},
		part: &Part{Node: node}, language: newLanguage(), shared: map[string]*sharedCheck{}, probed: map[*meaning.Server][]probe{}, calls: map[string]string{}, weights: map[string]*keepalived.Statement{},
	}
	t.node(fallback)
	t.mail()
	t.settings()
	t.tracked()
	for _, x := range c.Services {
		for _, l := range x.Listen {
			t.listened[l.Addr()] = true
		}
	}
	for _, i := range c.Instances {
		t.vip(i)
	}
	t.ipvs() // it may follow a VIP
	t.statics()
	t.groups()
	t.pools()
	t.secretFolder()
	t.idle(c.Root)
	t.rest()
	return t.part
}

type translator struct {
	c    *meaning.Config
	a    *account.Account
	part *Part
	told map[*keepalived.Statement]bool // statements whose comments stand somewhere
	// quoted are statements that stand as a comment, or for which others stand.
	quoted map[*keepalived.Statement]bool
	lines  int                            // that stand as comments so far
	ended  map[*keepalived.Statement]bool // blocks whose last comments stand somewhere

	language                                  language
	names                                     names
	vips, scripts, files, processes, sessions map[string]string                    // keepalived's name to ours
	owners                                    map[netip.Addr]*keepalived.Statement // of addresses
	listened                                  map[netip.Addr]bool                  // addresses of virtual servers
	shared                                    map[string]*sharedCheck
	probed                                    map[*meaning.Server][]probe
	mailed                                    string                           // the block that sends mail; empty for none
	always                                    []string                         // blocks that tell of everything
	weights                                   map[string]*keepalived.Statement // of what is tracked
	calls                                     map[string]string                // blocks of programs by what they run
}

// idle books what was understood and is used by nothing: the pause between neighbour advertisements where there is no
// IPv6, the weight of a script that nobody tracks.
func (t *translator) idle(b *keepalived.Block) {
	for _, s := range b.Statements {
		if t.a.Of(s).Fate == "" {
			t.a.Set(s, words.Needless, "nothing here uses it")
		}
		if s.Block != nil {
			t.idle(s.Block)
		}
	}
}

// names gives each kind of block names that are identifiers and stand once.
type names map[string]map[string]int

// taken tells whether a name is given.
func (n names) taken(kind, name string) bool { return n[kind][name] > 0 }

func (n names) take(kind, wanted string) string {
	if n[kind] == nil {
		n[kind] = map[string]int{}
	}
	base := layout.Name(wanted)
	if base == "" {
		base = layout.Name(kind)
	}
	name := base
	for n[kind][name] > 0 { // the number goes on where it was left
		n[kind][base]++
		name = base + "_" + itoa(n[kind][base])
	}
	n[kind][name] = 1
	return name
}

// node makes the block of the machine.
func (t *translator) node(fallback string) {
	id := t.c.Globals.RouterID
	name := t.part.Node
	if name == "" && id.Set() {
		name = id.V
	}
	if name == "" {
		name = fallback
	}
	t.part.Node = t.names.take("node", name)
	b := t.block("node", t.part.Node)
	if id.Set() && id.V != t.part.Node {
		b.Above = append(b.Above, "router_id "+account.Comment(id.V))
	}
	for _, s := range t.c.Root.Find("global_defs") {
		t.lead(b, s)
	}
	t.lead(b, id.At)
	if id.Set() {
		t.a.Converted(id.At, b.Head())
	}
	if own := t.ownAddress(); own.Set() {
		b.arg("address", layout.Quote(own.V.String())).Origin = own.At
	}
	if d := t.c.Globals.DefaultInterface; d.Set() {
		b.arg("interface", layout.Quote(d.V), d.At)
	}
	t.part.Nodes = append(t.part.Nodes, b.Block)
}

// ownAddress is an address that adverts leave from, which is the node's own. IPv4 goes first.
func (t *translator) ownAddress() meaning.Value[netip.Addr] {
	var own meaning.Value[netip.Addr]
	for _, i := range t.c.Instances {
		if i.Source.Set() && (!own.Set() || own.V.Is6() && i.Source.V.Is4()) && !i.Source.V.IsLinkLocalUnicast() {
			own = i.Source
		}
	}
	for _, i := range t.c.Instances {
		for _, a := range i.Addresses {
			if a.Prefix.Addr() == own.V {
				return meaning.Value[netip.Addr]{}
			}
		}
	}
	return own
}

// secretFolder declares where secrets are, when there are any.
func (t *translator) secretFolder() {
	if len(t.part.Secrets) == 0 {
		return
	}
	b := t.block("variable", "secrets")
	b.arg("type", "string")
	b.arg("default", layout.Quote("/etc/ha/secrets"))
	b.arg("description", layout.Quote("The folder with the secrets, on every node."))
	t.part.Variables = append(t.part.Variables, b.Block)
}

// secret takes a secret out of the configuration and returns the reference to it.
func (t *translator) secret(name, value string) string {
	name = t.names.take("secret", name) + ".key"
	t.part.Secrets = append(t.part.Secrets, Secret{name, value})
	return `secret("file:${var.secrets}/` + name + `")`
}
