package functions

import (
	"crypto/md5"  // #nosec G501 -- offered to users for compatibility, not used for security
	"crypto/sha1" // #nosec G505 -- the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// oneText makes a function from text to text.
func oneText(doc string, f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params:      []function.Parameter{{Name: "text", Type: cty.String, Description: "the text"}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(s), nil
		},
	})
}

// hash makes one of the hash functions.
func hash(name string) function.Function {
	sums := map[string]func(string) string{
		"md5":          func(s string) string { b := md5.Sum([]byte(s)); return hex.EncodeToString(b[:]) },  // #nosec G401
		"sha1":         func(s string) string { b := sha1.Sum([]byte(s)); return hex.EncodeToString(b[:]) }, // #nosec G401
		"sha256":       func(s string) string { b := sha256.Sum256([]byte(s)); return hex.EncodeToString(b[:]) },
		"sha512":       func(s string) string { b := sha512.Sum512([]byte(s)); return hex.EncodeToString(b[:]) },
		"base64sha256": func(s string) string { b := sha256.Sum256([]byte(s)); return base64.StdEncoding.EncodeToString(b[:]) },
	}
	doc := "Returns the " + name + " sum of a text in hexadecimal digits."
	if name == "base64sha256" {
		doc = "Returns the sha256 sum of a text in base64."
	}
	return oneText(doc, func(s string) (string, error) { return sums[name](s), nil })
}

func base64Encode() function.Function {
	return oneText("Writes the bytes of a text in base64.", func(s string) (string, error) {
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	})
}

func base64Decode() function.Function {
	return oneText("Returns the text that is written in base64.", func(s string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", function.NewArgErrorf(0, "this is not base64: %s", err)
		}
		if !utf8.Valid(b) {
			return "", function.NewArgErrorf(0, "the decoded bytes are not UTF-8, so they are no text")
		}
		return string(b), nil
	})
}
