package schema

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// AnyRef is a reference to a block of one of several types. Its Go value is an [Address].
type AnyRef struct {
	To []string // block types: vip, sync_group
}

// Type is dynamic: what a reference evaluates to is the value of its block.
func (AnyRef) Type() cty.Type { return cty.DynamicPseudoType }

// Parse takes the value of a block from an evaluation scope, for references that are computed.
func (k AnyRef) Parse(v cty.Value) (any, error) {
	a, ok := RefOf(v)
	if !ok {
		return nil, wrong(CodeNotRef, "is %s, not %s", Describe(v), k.Words())
	}
	if err := k.Accept(a); err != nil {
		return nil, err
	}
	return Address(a), nil
}

// Accept tells whether an address is of a kind of block that k refers to.
func (k AnyRef) Accept(address string) *ValueError {
	for _, to := range k.To {
		if refersTo(address, to) {
			return nil
		}
	}
	return wrong(CodeNotRef, "is %s, a %s; %s is wanted here", address, typeOf(address), k.Words())
}

// Referred is the value of a reference.
func (AnyRef) Referred(address string) any { return Address(address) }

// Print is the address.
func (AnyRef) Print(v any) string { a, _ := v.(Address); return string(a) }

// Words names the kind.
func (k AnyRef) Words() string { return "a reference to a " + strings.Join(k.To, " or a ") }
