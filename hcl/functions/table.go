// Package functions holds the functions of the language: Terraform's names for those whose result depends on nothing
// but their arguments, files below the configuration's folder, and arithmetic on addresses. What changes from run to
// run (time, random numbers, environment, network, other programs) is left out on purpose: the same files must give the
// same plan. Work and memory of each call are bounded.
package functions

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Table returns all functions by name. Files are read below root; with an empty root functions that read files fail.
// onRead is told each file that is read and the digest of its content, so that it can enter that of the configuration;
// it may be nil, and may be called by several goroutines.
func Table(root string, onRead func(name string, sum [sha256.Size]byte)) map[string]function.Function {
	table := pure()
	maps.Copy(table, fromFiles(root, onRead, table))
	return table
}

// Names returns the names of all functions in order, for suggestions and for the reference page.
func Names() []string {
	return slices.Sorted(maps.Keys(Table("", nil)))
}

// entry is a function with what is checked before it works and, where the library has none, its description.
type entry struct {
	f     function.Function
	doc   string // empty: that of the library
	check func(args []cty.Value) error
}

// pure are the functions that read no files.
func pure() map[string]function.Function {
	table := map[string]function.Function{
		// These take expressions instead of values and make nothing.
		"try": tryfunc.TryFunc.WithNewDescriptions("Returns the value of the first argument that can be evaluated without an error.", []string{"expressions"}),
		"can": tryfunc.CanFunc.WithNewDescriptions("Tells whether its argument can be evaluated without an error.", []string{"expression"}),
	}
	for _, group := range []map[string]entry{texts(), collections(), numbers(), encodings(), networks()} {
		for name, e := range group {
			table[name] = bounded(name, e)
		}
	}
	return table
}

func texts() map[string]entry {
	return map[string]entry{
		"chomp":       {f: stdlib.ChompFunc},
		"endswith":    {f: endsWith()},
		"format":      {f: stdlib.FormatFunc, check: checkFormat, doc: `Puts values into a text where it says so, as printf does: format("web%02d", 7) is "web07".`},
		"formatlist":  {f: stdlib.FormatListFunc, check: checkFormat, doc: `Does what format does for each element of a list: formatlist("%s:80", ["a", "b"]) is ["a:80", "b:80"].`},
		"indent":      {f: stdlib.IndentFunc, check: checkIndent},
		"join":        {f: stdlib.JoinFunc, check: checkJoin},
		"lower":       {f: stdlib.LowerFunc},
		"regex":       {f: stdlib.RegexFunc},
		"regexall":    {f: stdlib.RegexAllFunc, check: checkTextLength},
		"replace":     {f: replace(), check: checkReplace},
		"split":       {f: stdlib.SplitFunc, check: checkSplit},
		"startswith":  {f: startsWith()},
		"strcontains": {f: containsText()},
		"strlen":      {f: stdlib.StrlenFunc},
		"strrev":      {f: stdlib.ReverseFunc},
		"substr":      {f: stdlib.SubstrFunc},
		"title":       {f: stdlib.TitleFunc},
		"trim":        {f: stdlib.TrimFunc},
		"trimprefix":  {f: stdlib.TrimPrefixFunc},
		"trimspace":   {f: stdlib.TrimSpaceFunc},
		"trimsuffix":  {f: stdlib.TrimSuffixFunc, doc: "Removes the given suffix from the end of the given string, if present."},
		"upper":       {f: stdlib.UpperFunc},
	}
}

func collections() map[string]entry {
	return map[string]entry{
		"alltrue":         {f: allTrue()},
		"anytrue":         {f: anyTrue()},
		"chunklist":       {f: stdlib.ChunklistFunc},
		"coalesce":        {f: stdlib.CoalesceFunc},
		"coalescelist":    {f: stdlib.CoalesceListFunc},
		"compact":         {f: stdlib.CompactFunc},
		"concat":          {f: stdlib.ConcatFunc, check: checkSum},
		"contains":        {f: stdlib.ContainsFunc},
		"distinct":        {f: stdlib.DistinctFunc, check: checkQuadratic},
		"element":         {f: stdlib.ElementFunc},
		"flatten":         {f: stdlib.FlattenFunc, check: checkWeight},
		"index":           {f: indexOf()},
		"keys":            {f: stdlib.KeysFunc},
		"length":          {f: length()},
		"lookup":          {f: stdlib.LookupFunc},
		"merge":           {f: stdlib.MergeFunc},
		"one":             {f: one()},
		"range":           {f: stdlib.RangeFunc, check: checkRange},
		"reverse":         {f: stdlib.ReverseListFunc},
		"setintersection": {f: stdlib.SetIntersectionFunc, check: checkWeight},
		"setproduct":      {f: stdlib.SetProductFunc, check: checkProduct},
		"setsubtract":     {f: stdlib.SetSubtractFunc, check: checkWeight},
		"setunion":        {f: stdlib.SetUnionFunc, check: checkWeight},
		"slice":           {f: stdlib.SliceFunc},
		"sort":            {f: stdlib.SortFunc},
		"tobool":          {f: stdlib.MakeToFunc(cty.Bool)},
		"tolist":          {f: stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), doc: "Makes a list of a value, or raises an error if that is impossible."},
		"tomap":           {f: stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), doc: "Makes a map of a value, or raises an error if that is impossible."},
		"tonumber":        {f: stdlib.MakeToFunc(cty.Number)},
		"toset":           {f: stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), check: checkWeight, doc: "Makes a set of a value, or raises an error if that is impossible."},
		"tostring":        {f: stdlib.MakeToFunc(cty.String), check: checkNumbers},
		"values":          {f: stdlib.ValuesFunc},
		"zipmap":          {f: stdlib.ZipmapFunc},
	}
}

func numbers() map[string]entry {
	return map[string]entry{
		"abs":      {f: stdlib.AbsoluteFunc},
		"ceil":     {f: stdlib.CeilFunc},
		"floor":    {f: stdlib.FloorFunc},
		"log":      {f: stdlib.LogFunc, check: checkReal(func(a, b float64) float64 { return math.Log(a) / math.Log(b) })},
		"max":      {f: stdlib.MaxFunc},
		"min":      {f: stdlib.MinFunc},
		"parseint": {f: stdlib.ParseIntFunc, check: checkDigits},
		"pow":      {f: stdlib.PowFunc, check: checkReal(math.Pow)},
		"signum":   {f: stdlib.SignumFunc},
		"sum":      {f: sum()},
	}
}

func encodings() map[string]entry {
	return map[string]entry{
		"base64decode": {f: base64Decode()},
		"base64encode": {f: base64Encode()},
		"base64sha256": {f: hash("base64sha256")},
		"csvdecode":    {f: stdlib.CSVDecodeFunc, check: checkTextLength},
		"jsondecode":   {f: stdlib.JSONDecodeFunc, check: checkNesting},
		"jsonencode":   {f: stdlib.JSONEncodeFunc, check: checkWeight},
		"md5":          {f: hash("md5")},
		"sha1":         {f: hash("sha1")},
		"sha256":       {f: hash("sha256")},
		"sha512":       {f: hash("sha512")},
		"secret":       {f: secret()},
		"urlencode":    {f: encoding.URLEncodeFunc, doc: "Escapes a text for use in the query of a URL."},
		"yamldecode":   {f: yaml.YAMLDecodeFunc, doc: "Parses a text as YAML and returns its value.", check: checkNesting},
		"yamlencode":   {f: yaml.YAMLEncodeFunc, doc: "Writes a value as YAML.", check: checkWeight},
	}
}

func networks() map[string]entry {
	return map[string]entry{
		"cidrcontains": {f: cidrContains()},
		"cidrhost": {
			f: cidr.HostFunc, check: checkPrefix,
			doc: `Returns the address with a number inside of a prefix: cidrhost("192.0.2.0/24", 10) is "192.0.2.10". Negative numbers count from the end.`,
		},
		"cidrnetmask": {
			f: cidr.NetmaskFunc, check: checkPrefix4,
			doc: `Returns the netmask of an IPv4 prefix: cidrnetmask("192.0.2.0/24") is "255.255.255.0".`,
		},
		"cidrsubnet": {
			f: cidr.SubnetFunc, check: checkPrefix,
			doc: `Returns a part of a prefix that is longer by some bits: cidrsubnet("10.0.0.0/8", 8, 2) is "10.2.0.0/16".`,
		},
		"cidrsubnets": {
			f: cidr.SubnetsFunc, check: checkPrefix,
			doc: `Returns parts of a prefix that follow each other, each longer by so many bits: cidrsubnets("10.0.0.0/8", 8, 8).`,
		},
		"hostport":    {f: hostPort()},
		"ipadd":       {f: ipAdd()},
		"ipversion":   {f: ipVersion()},
		"reverse_ptr": {f: reversePtr()},
	}
}

// bounded wraps a function: what it would make is judged before it works, and what it made afterwards, so that values
// cannot grow from call to call without end.
func bounded(name string, e entry) function.Function {
	doc := e.doc
	if doc == "" {
		doc = e.f.Description()
	}
	check := func(args []cty.Value) error {
		if e.check == nil {
			return nil
		}
		return e.check(plainArgs(args))
	}
	return function.New(&function.Spec{
		Description: doc,
		Params:      described(e.f.Params()),
		VarParam:    e.f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			ty, err := e.f.ReturnTypeForValues(args)
			if isPanic(err) {
				return cty.DynamicPseudoType, notKnown(name, args)
			}
			return ty, err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if err := check(args); err != nil { // Type is not asked again when it needs no values
				return cty.DynamicVal, err
			}
			v, err := e.f.Call(args)
			if isPanic(err) {
				return cty.DynamicVal, notKnown(name, args)
			}
			if err != nil {
				return cty.DynamicVal, err
			}
			return v, checkResult(v)
		},
	})
}

// described gives parameters a description that have none; the name says what they are.
func described(params []function.Parameter) []function.Parameter {
	params = slices.Clone(params)
	for i := range params {
		if params[i].Description == "" {
			params[i].Description = params[i].Name
		}
	}
	return params
}

// isPanic tells whether an error is what the library makes of a panic; its text is a stack trace.
func isPanic(err error) bool {
	var p function.PanicError
	return errors.As(err, &p)
}

// notKnown judges a panic of the library. With a value that is not known, the placeholder after an earlier error, some of
// its set functions panic; their result is not known either, and that is no error. Everything else is our mistake.
func notKnown(name string, args []cty.Value) error {
	if slices.ContainsFunc(args, func(v cty.Value) bool { return !v.IsWhollyKnown() }) {
		return nil
	}
	return fmt.Errorf("%s cannot work with these values; this is a mistake in ha, please report it with the call", name)
}
