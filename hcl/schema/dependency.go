package schema

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Dependency is something that works or has failed on a node: an interface by its name, or a block by reference. Exactly
// one is set.
type Dependency struct {
	Interface string
	Block     Address // check.tcp.db, pool.web
}

// String is the name or the reference.
func (d Dependency) String() string {
	if d.Interface != "" {
		return d.Interface
	}
	return string(d.Block)
}

// Depends is a [Dependency]: the name of an interface in quotes, or a reference to a block of one of some types.
type Depends struct {
	To []string // block types: check, pool
}

// Type is dynamic: what a reference evaluates to is the value of its block.
func (Depends) Type() cty.Type { return cty.DynamicPseudoType }

// Parse takes names of interfaces, and values of blocks for references that are computed.
func (k Depends) Parse(v cty.Value) (any, error) {
	if a, ok := RefOf(v); ok {
		if err := k.Accept(a); err != nil {
			return nil, err
		}
		return k.Referred(a), nil
	}
	if v.Type() != cty.String {
		return nil, wrong(CodeNotRef, "is %s, not %s", Describe(v), k.Words())
	}
	name, err := Interface().Parse(v)
	if err != nil {
		return nil, err
	}
	return Dependency{Interface: name.(string)}, nil
}

// Accept tells whether an address is of a kind of block that k refers to.
func (k Depends) Accept(address string) *ValueError {
	for _, to := range k.To {
		if refersTo(address, to) {
			return nil
		}
	}
	return wrong(CodeNotRef, "is %s, a %s; %s is wanted here", address, typeOf(address), k.Words())
}

// Referred is the value of a reference.
func (Depends) Referred(address string) any { return Dependency{Block: Address(address)} }

// Print is the interface in quotes, or the reference.
func (Depends) Print(v any) string {
	d, _ := v.(Dependency)
	if d.Interface != "" {
		return quote(d.Interface)
	}
	return string(d.Block)
}

// Words names the kind.
func (k Depends) Words() string {
	return fmt.Sprintf("the name of an interface, or a reference to one of: a %s", strings.Join(k.To, ", a "))
}
