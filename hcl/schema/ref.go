package schema

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// RefAttr is the hidden attribute by which the value of a block in an evaluation scope (node.lb1, check.http.login)
// carries the block's address as a string. It cannot be written in HCL, so no argument collides with it. Values of
// blocks with for_each are objects of such objects by key.
const RefAttr = "\x00address"

// RefOf returns the address that the value of a block carries.
func RefOf(v cty.Value) (string, bool) {
	if v == cty.NilVal || v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute(RefAttr) {
		return "", false
	}
	a := v.GetAttr(RefAttr)
	if a.IsMarked() || a.IsNull() || !a.IsKnown() || a.Type() != cty.String {
		return "", false
	}
	return a.AsString(), true
}

// Address is the address of a block: vip.web, vip.web["a"], check.http.login. It is the value of [Ref].
type Address string

// Referring is a kind whose values are references, or may be.
type Referring interface {
	Kind
	Accept(address string) *ValueError
	Referred(address string) any
}

// Ref is a reference to another block, written as a traversal: vip.web. Its Go value is an [Address].
type Ref struct {
	To string // the block type: vip
}

// Type is dynamic: what a reference evaluates to is the value of its block.
func (Ref) Type() cty.Type { return cty.DynamicPseudoType }

// Parse takes the value of a block from an evaluation scope, for references that are computed.
func (k Ref) Parse(v cty.Value) (any, error) {
	if a, ok := RefOf(v); ok {
		if err := k.Accept(a); err != nil {
			return nil, err
		}
		return Address(a), nil
	}
	if v.Type() == cty.String {
		text := v.AsString()
		if refersTo(text, k.To) {
			e := wrong(CodeQuotedRef, "is the text %s; a reference stands without quotes", quote(text))
			e.Help = "Write " + text + "."
			return nil, e
		}
		e := wrong(CodeNotRef, "is the text %s, not %s", quote(text), k.Words())
		e.Help = "Write " + k.Example(text) + "."
		return nil, e
	}
	return nil, wrong(CodeNotRef, "is %s, not %s", Describe(v), k.Words())
}

// Accept tells whether an address is of the kind of block that k refers to.
func (k Ref) Accept(address string) *ValueError {
	if refersTo(address, k.To) {
		return nil
	}
	return wrong(CodeNotRef, "is %s, a %s; a %s is wanted here", address, typeOf(address), k.To)
}

// Referred is the value of a reference.
func (Ref) Referred(address string) any { return Address(address) }

// typeOf is the type of the block with an address.
func typeOf(address string) string {
	if i := strings.IndexAny(address, ".["); i > 0 {
		return address[:i]
	}
	return address
}

// refersTo tells whether an address names a block of a type: vip.web, vip["a b"].
func refersTo(address, blockType string) bool {
	rest, ok := strings.CutPrefix(address, blockType)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// Example is a reference to a block with that name.
func (k Ref) Example(name string) string {
	if k.To == "check" {
		return "check.tcp." + name
	}
	if !isIdentifier(name) {
		return k.To + "[" + quote(name) + "]"
	}
	return k.To + "." + name
}

// Print is the address.
func (Ref) Print(v any) string { a, _ := v.(Address); return string(a) }

// Words names the kind.
func (k Ref) Words() string { return "a reference to a " + k.To }

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
