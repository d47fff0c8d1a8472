package decode

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
)

// secret decodes a reference to a secret. What is no reference may be the secret itself, so the message points at the
// block and names the line, or only names the place where the line would show as the next one: logs of a pipeline must not
// hold it.
func (r reader) secret(name string, e hcl.Expression) (any, State) {
	v, diags := eval.Evaluate(e, r.ctx)
	if diags.HasErrors() {
		r.report(diags...)
		return nil, Failed
	}
	plain, marks := v.UnmarkDeep()
	if !plain.IsWhollyKnown() {
		return nil, Failed
	}
	if plain.IsNull() {
		return nil, Null
	}
	_, isRef := marks[schema.SecretMark{}]
	if isRef && len(marks) == 1 {
		if ref, err := (schema.Secret{}).Parse(plain); err == nil {
			return ref, Set
		}
	}
	what := name + " is no reference to a secret"
	if variables := eval.SecretOf(v); variables != "" && !isRef {
		what = fmt.Sprintf("%s is made from %s, and a plan holds no secret", name, variables)
	}
	at, line := r.def.Ptr(), e.Range().Start.Line
	switch ty := plain.Type(); {
	case ty != cty.String && ty != cty.Number: // nobody's password
		at = e.Range().Ptr()
	case line <= r.def.End.Line+1:
		at, what = nil, fmt.Sprintf("%s (%s, line %d)", what, r.def.Filename, line)
	default:
		what = fmt.Sprintf("%s (line %d)", what, line)
	}
	r.report(diag.Error(schema.CodeNotSecret, at, what,
		"Configurations and plans are read by many; secrets stay on the node, which reads them itself.",
		r.options(diag.Hide(e.Range()), diag.Help(`Put the secret into a file on each node and write for example `+"`"+name+` = secret("file:/etc/ha/web.key")`+"`"+`; "env:NAME" and "cred:NAME" work, too.`))...))
	return nil, Failed
}
