package schema

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// CodeNotSecret is a secret that stands in the configuration instead of a reference to it.
const CodeNotSecret = "HA2216"

// SecretMark marks what the function secret makes: a text that refers to a secret. The mark keeps it out of every
// argument but those of the kind [Secret].
type SecretMark struct{}

// SecretRef refers to a secret that is resolved on the node: file:/etc/ha/web.key, env:NAME, cred:NAME.
type SecretRef string

// Secret is a reference to a secret. Its Go value is a [SecretRef]; the configuration never holds the secret itself.
type Secret struct{}

// Type is string.
func (Secret) Type() cty.Type { return cty.String }

// Parse takes the text of a reference, without its mark.
func (Secret) Parse(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		return nil, wrong(CodeNotSecret, "is no reference")
	}
	ref := v.AsString()
	if err := CheckSecretRef(ref); err != nil {
		return nil, err
	}
	return SecretRef(ref), nil
}

// CheckSecretRef says what is wrong with a reference; nil when nothing is.
func CheckSecretRef(ref string) error {
	kind, name, _ := strings.Cut(ref, ":")
	ok := false
	switch kind {
	case "file":
		ok = strings.HasPrefix(name, "/") && oneLine(name) == nil
	case "env":
		ok = isIdentifier(name)
	case "cred":
		ok = name != "" && !strings.ContainsAny(name, "/") && oneLine(name) == nil && name != "." && name != ".."
	}
	if ok {
		return nil
	}
	e := wrong(CodeNotSecret, "is no reference")
	e.Help = `References are "file:/path", "env:NAME" and "cred:NAME".`
	return e
}

// Print is the call that makes the reference.
func (Secret) Print(v any) string { s, _ := v.(SecretRef); return "secret(" + quote(string(s)) + ")" }

// Words names the kind.
func (Secret) Words() string { return "a reference to a secret" }
