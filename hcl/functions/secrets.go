package functions

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"ha/hcl/schema"
)

// secret makes a reference to a secret. The reference is marked, so that it goes into no argument but those for
// secrets.
func secret() function.Function {
	return function.New(&function.Spec{
		Description: `Refers to a secret that the node reads: "file:/path", "env:NAME" or "cred:NAME", a systemd credential.`,
		Params:      []function.Parameter{{Name: "reference", Type: cty.String, Description: "where the secret is"}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if schema.CheckSecretRef(args[0].AsString()) != nil {
				return cty.DynamicVal, function.NewArgErrorf(0, `must be "file:/path", "env:NAME" or "cred:NAME"`)
			}
			return args[0].Mark(schema.SecretMark{}), nil
		},
	})
}
