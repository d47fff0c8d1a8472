package decode

import (
	"errors"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/schema"
)

// parseLabel reads a label that is more than a name.
func parseLabel(kind schema.Kind, text string) (any, *schema.ValueError) {
	v, err := kind.Parse(cty.StringVal(text))
	if err == nil {
		return v, nil
	}
	var ve *schema.ValueError
	if !errors.As(err, &ve) {
		ve = &schema.ValueError{Code: schema.CodeWrongType, Text: err.Error()}
	}
	return nil, ve
}
