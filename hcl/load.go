package hcl

import (
	hcl2 "github.com/hashicorp/hcl/v2"

	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/functions"
	"ha/hcl/schema"
	"ha/hcl/source"
)

// Inputs are what a run adds to the files.
type Inputs struct {
	Vars     []string // flags --var: name=value
	VarFiles []string // flags --var-file: paths
	Environ  []string // as os.Environ returns it; HA_VAR_name gives a variable its value
	// Version is that of the running program, for cluster.required_version; empty for a build from source.
	Version string
}

// Config is a configuration without errors.
type Config struct {
	variables []eval.Variable
	decoded   *decode.Config
	digest    Digest
}

// Load reads a folder and reports all that is wrong with it: sorted, each cause once. Config is nil when one of the
// diagnostics is an error.
func Load(dir string, in Inputs) (*Config, []diag.Diagnostic) {
	files, found := source.Load(dir)
	vars, varDiags := variables(dir, in)
	found = append(found, varDiags...)
	c, diags := understand(files, vars, in.Version)
	found = append(found, diags...)
	list := diag.Collect(found, sources{files: files, vars: vars})
	if errors, _ := diag.Count(list); errors > 0 {
		return nil, list
	}
	return c, list
}

// understand takes parsed files through evaluation, decoding and the checks across the cluster.
func understand(files *source.Files, vars *eval.Assignments, version string) (*Config, hcl2.Diagnostics) {
	root := schema.Root()
	read := &reads{}
	evaluated, found := eval.Expand(files, root, eval.Inputs{Variables: vars, Functions: functions.Table(files.Root, read.add)})
	decoded, diags := decode.All(evaluated, root, !found.HasErrors() && !files.Broken())
	found = append(found, diags...)
	whole := !found.HasErrors() && !files.Broken()
	found = append(found, check.All(decoded, whole, version)...)
	return &Config{variables: evaluated.Variables, decoded: decoded, digest: digestOf(files, read)}, found
}

// variables collects the values of input variables: later ones win.
func variables(dir string, in Inputs) (*eval.Assignments, hcl2.Diagnostics) {
	vars := &eval.Assignments{}
	found := vars.AddAutoFiles(dir)
	vars.AddEnvironment(in.Environ)
	for _, path := range in.VarFiles {
		found = append(found, vars.AddFile(path)...)
	}
	for _, text := range in.Vars {
		found = append(found, vars.AddFlag(text)...)
	}
	return vars, found
}

// sources finds the bytes that a diagnostic points into.
type sources struct {
	files *source.Files
	vars  *eval.Assignments
}

// Bytes returns the bytes of a file of the configuration, of a file of variables, or of a flag.
func (s sources) Bytes(name string) []byte {
	if b := s.files.Bytes(name); b != nil {
		return b
	}
	for _, f := range s.vars.Files {
		if f.Name == name {
			return f.Bytes
		}
	}
	return nil
}

// Blocks returns the headers of the blocks around a place.
func (s sources) Blocks(at hcl2.Range) []string { return s.files.Blocks(at) }
