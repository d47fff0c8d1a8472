package functions

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxFilesRead is how many bytes one table may read in sum.
const maxFilesRead = 64 << 20

// reader reads files below one folder and keeps count.
type reader struct {
	root   string
	onRead func(name string, sum [sha256.Size]byte)

	mu   sync.Mutex
	read map[string]int // bytes of each file that was read
}

// fromFiles are the functions that read files below root. table holds those that templates may call.
func fromFiles(root string, onRead func(string, [sha256.Size]byte), table map[string]function.Function) map[string]function.Function {
	r := &reader{root: root, onRead: onRead, read: map[string]int{}}
	files := map[string]entry{
		"file":       {f: oneFile("Returns the content of a file below the configuration's folder.", r.text)},
		"filebase64": {f: oneFile("Returns the content of a file below the configuration's folder in base64.", r.base64)},
		"fileexists": {f: r.exists()},
		"fileset":    {f: r.set()},
	}
	all := map[string]function.Function{}
	for name, e := range files {
		all[name] = bounded(name, e)
	}
	inner := maps.Clone(all) // a template cannot call templatefile: it could call itself
	maps.Copy(inner, table)
	all["templatefile"] = bounded("templatefile", entry{f: r.template(inner)})
	return all
}

// open opens the folder. Links that lead out of it are refused by os.Root.
func (r *reader) open() (*os.Root, error) {
	if r.root == "" {
		return nil, errors.New("files cannot be read here: there is no configuration folder")
	}
	return os.OpenRoot(r.root)
}

// clean makes a name one below the folder.
func clean(name string) (string, error) {
	if path.IsAbs(name) || strings.HasPrefix(name, "~") {
		return "", fmt.Errorf("%q is not below the configuration's folder; only such files can be read, named relative to it", name)
	}
	c := path.Clean(name)
	if c == ".." || strings.HasPrefix(c, "../") {
		return "", fmt.Errorf("%q leads out of the configuration's folder", name)
	}
	return c, nil
}

// bytes reads one file.
func (r *reader) bytes(given string) ([]byte, error) {
	name, err := clean(given)
	if err != nil {
		return nil, function.NewArgError(0, err)
	}
	root, err := r.open()
	if err != nil {
		return nil, function.NewArgErrorf(0, "%s", err)
	}
	defer func() { _ = root.Close() }()
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, function.NewArgErrorf(0, "cannot read %q: %s", given, reason(err))
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, function.NewArgErrorf(0, "cannot read %q: it is not a regular file", given)
	}
	src, err := io.ReadAll(io.LimitReader(f, MaxText+1))
	if err != nil {
		return nil, function.NewArgErrorf(0, "cannot read %q: %s", given, reason(err))
	}
	if len(src) > MaxText {
		return nil, function.NewArgErrorf(0, "%q is larger than %d MiB, which is the limit", given, MaxText>>20)
	}
	return src, r.count(name, src)
}

// count adds a file to what was read and tells its digest.
func (r *reader) count(name string, src []byte) error {
	r.mu.Lock()
	r.read[name] = len(src)
	total := 0
	for _, n := range r.read {
		total += n
	}
	r.mu.Unlock()
	if total > maxFilesRead {
		return fmt.Errorf("all files that the configuration reads have more than %d MiB, which is the limit", maxFilesRead>>20)
	}
	if r.onRead != nil {
		r.onRead(name, sha256.Sum256(src))
	}
	return nil
}

func (r *reader) text(name string) (string, error) {
	src, err := r.bytes(name)
	if err == nil && !utf8.Valid(src) {
		err = function.NewArgErrorf(0, "%q is not UTF-8; filebase64 reads any file", name)
	}
	return string(src), err
}

func (r *reader) base64(name string) (string, error) {
	src, err := r.bytes(name)
	return base64.StdEncoding.EncodeToString(src), err
}

// reason is an error in the words of people, without operation and path.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		if strings.Contains(pe.Err.Error(), "escapes") {
			return "it is a link that leads out of the configuration's folder"
		}
		return pe.Err.Error()
	}
	return err.Error()
}

// oneFile makes a function from the name of a file to a text.
func oneFile(doc string, read func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params:      []function.Parameter{{Name: "name", Type: cty.String, Description: "relative to the configuration's folder"}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := read(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			return cty.StringVal(s), nil
		},
	})
}

func (r *reader) exists() function.Function {
	return function.New(&function.Spec{
		Description: "Tells whether there is a regular file of this name below the configuration's folder.",
		Params:      []function.Parameter{{Name: "name", Type: cty.String, Description: "relative to the configuration's folder"}},
		Type:        function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name, err := clean(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Bool), function.NewArgError(0, err)
			}
			root, err := r.open()
			if err != nil {
				return cty.UnknownVal(cty.Bool), err
			}
			defer func() { _ = root.Close() }()
			info, err := root.Stat(name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return cty.UnknownVal(cty.Bool), function.NewArgErrorf(0, "cannot look at %q: %s", args[0].AsString(), reason(err))
			}
			return cty.BoolVal(err == nil && info.Mode().IsRegular()), nil
		},
	})
}

// set lists files by a pattern.
func (r *reader) set() function.Function {
	return function.New(&function.Spec{
		Description: `Returns the names of the files in a folder that fit a pattern: fileset("sites", "*.json").`,
		Params: []function.Parameter{
			{Name: "folder", Type: cty.String, Description: `relative to the configuration's folder; "." is the folder itself`},
			{Name: "pattern", Type: cty.String, Description: "* fits any characters but /, ? one, [a-z] one of several"},
		},
		Type: function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			none := cty.UnknownVal(ty)
			folder, err := clean(args[0].AsString())
			if err != nil {
				return none, function.NewArgError(0, err)
			}
			pattern := args[1].AsString()
			if _, err := path.Match(pattern, ""); err != nil {
				return none, function.NewArgErrorf(1, "%q is not a pattern: a bracket is not closed", pattern)
			}
			root, err := r.open()
			if err != nil {
				return none, err
			}
			defer func() { _ = root.Close() }()
			sub, err := fs.Sub(root.FS(), folder)
			if err != nil {
				return none, function.NewArgErrorf(0, "cannot read %q: %s", args[0].AsString(), reason(err))
			}
			names, err := fs.Glob(sub, pattern)
			if err != nil {
				return none, function.NewArgErrorf(1, "%q: %s", pattern, err)
			}
			return regular(sub, names)
		},
	})
}

// regular makes a set of those names that are regular files.
func regular(folder fs.FS, names []string) (cty.Value, error) {
	var found []cty.Value
	for _, name := range names {
		if info, err := fs.Stat(folder, name); err == nil && info.Mode().IsRegular() {
			found = append(found, cty.StringVal(name))
		}
		if len(found) > MaxElements {
			return cty.UnknownVal(cty.Set(cty.String)), tooMany()
		}
	}
	if len(found) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(found), nil
}
