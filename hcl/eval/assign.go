package eval

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/source"
)

// EnvironmentPrefix begins the environment variables that give a value to an input variable: HA_VAR_priority=150.
const EnvironmentPrefix = "HA_VAR_"

// AutoSuffix ends the files of variables that are read without being named.
const AutoSuffix = ".auto.havars"

// Assignments are values for input variables. Later ones win; call the methods in the order files that are read by
// themselves, environment, files of flags, flags.
type Assignments struct {
	list []assignment
	// Files are what diagnostics about the values point into: files of variables, and one for each text.
	Files []*source.File
}

// assignment is one value for one variable.
type assignment struct {
	name   string
	kind   assignmentKind
	origin string               // as people see it: file prod.havars, environment, flag
	at     hcl.Range            // the name in a file, the whole text otherwise
	text   *source.File         // of environment and flags
	expr   hclsyntax.Expression // of files
}

type assignmentKind int

const (
	fromFile assignmentKind = iota
	fromEnvironment
	fromFlag
)

// AddAutoFiles reads the *.auto.havars files of a folder in byte order of names.
func (a *Assignments) AddAutoFiles(dir string) hcl.Diagnostics {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // whoever loads the configuration says that the folder cannot be read
	}
	var diags hcl.Diagnostics
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), AutoSuffix) && !strings.HasPrefix(e.Name(), ".") {
			diags = append(diags, a.read(filepath.Join(dir, e.Name()), e.Name())...)
		}
	}
	return diags
}

// AddFile reads a file of variables that a flag names.
func (a *Assignments) AddFile(path string) hcl.Diagnostics { return a.read(path, path) }

func (a *Assignments) read(path, name string) hcl.Diagnostics {
	src, err := readLimited(path)
	if err != nil {
		help := "Check the path and its permissions."
		if errors.Is(err, fs.ErrNotExist) {
			help = "Check the path; it counts from the folder that the command runs in."
		}
		return hcl.Diagnostics{diag.Error("HA3037", nil, fmt.Sprintf("cannot read the variables in %s: %s", name, reason(err)), "", diag.Help(help))}
	}
	return a.AddSource(name, src)
}

// readLimited reads a regular file of at most source.MaxFileSize bytes.
func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder")
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0: // a pipe is what <(…) of a shell gives
		return nil, errors.New("it is a device")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	src, err := io.ReadAll(io.LimitReader(f, source.MaxFileSize+1))
	if len(src) > source.MaxFileSize {
		return nil, fmt.Errorf("it is larger than %d MiB", source.MaxFileSize>>20)
	}
	return src, err
}

func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// AddSource takes the bytes of a file of variables: arguments only, name = value.
func (a *Assignments) AddSource(name string, src []byte) hcl.Diagnostics {
	file, diags := source.Parse(name, src)
	a.Files = append(a.Files, file)
	if file.Broken {
		return diags
	}
	for _, block := range file.Body.Blocks {
		diags = append(diags, diag.Error("HA3037", block.TypeRange.Ptr(), fmt.Sprintf("a file of variables holds values, and %q is a block", block.Type), "",
			diag.Help("Write `name = value`, one on a line. Blocks belong into *.hcl files.")))
	}
	for _, attr := range sortedAttributes(file.Body) {
		a.list = append(a.list, assignment{name: attr.Name, kind: fromFile, origin: "file " + name, at: attr.NameRange, expr: attr.Expr})
	}
	return diags
}

// AddEnvironment takes the HA_VAR_* of an environment as os.Environ returns it.
func (a *Assignments) AddEnvironment(environ []string) {
	environ = slices.Clone(environ)
	slices.Sort(environ)
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if name, has := strings.CutPrefix(name, EnvironmentPrefix); ok && has && name != "" {
			a.addText(name, value, fromEnvironment, "environment", "<"+EnvironmentPrefix+name+">")
		}
	}
}

// AddFlag takes the value of a flag --var, name=value.
func (a *Assignments) AddFlag(text string) hcl.Diagnostics {
	name, value, ok := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !ok || !hclsyntax.ValidIdentifier(name) {
		return hcl.Diagnostics{diag.Error("HA3037", nil, fmt.Sprintf("--var %s gives no variable a value", quote(text)), "",
			diag.Help("Write --var NAME=VALUE, for example --var priority=150."))}
	}
	a.addText(name, value, fromFlag, "flag", "<--var "+name+">")
	return nil
}

func (a *Assignments) addText(name, value string, kind assignmentKind, origin, file string) {
	text := &source.File{Name: file, Bytes: []byte(value), Body: &hclsyntax.Body{}}
	// A flag that is repeated has the same name; only the last value is used, so only that one is looked at.
	a.Files = slices.DeleteFunc(a.Files, func(f *source.File) bool { return f.Name == file })
	a.Files = append(a.Files, text)
	a.list = append(a.list, assignment{name: name, kind: kind, origin: origin, at: wholeText(file, value), text: text})
}

// wholeText is the range of all of a text.
func wholeText(file, text string) hcl.Range {
	end := hcl.Pos{Line: 1, Column: 1 + len([]rune(text)), Byte: len(text)}
	if lines := strings.Count(text, "\n"); lines > 0 {
		end.Line, end.Column = 1+lines, 1+len([]rune(text[strings.LastIndexByte(text, '\n')+1:]))
	}
	return hcl.Range{Filename: file, Start: hcl.InitialPos, End: end}
}
