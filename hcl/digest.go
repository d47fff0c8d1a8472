package hcl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"ha/hcl/source"
)

// Digest identifies the files that a configuration was made of: *.hcl and what functions like file read.
type Digest struct {
	Files []FileDigest `json:"files"`  // in byte order of paths
	SHA   string       `json:"sha256"` // of the lines "SHA256  PATH", as sha256sum(1) prints them
}

// FileDigest is the digest of one file.
type FileDigest struct {
	Path string `json:"path"` // relative to the configuration root
	SHA  string `json:"sha256"`
}

// reads collects the digests of files that functions read while a configuration is evaluated.
type reads struct {
	mu   sync.Mutex
	sums map[string][sha256.Size]byte
}

func (r *reads) add(name string, sum [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sums == nil {
		r.sums = map[string][sha256.Size]byte{}
	}
	r.sums[name] = sum
}

func digestOf(files *source.Files, read *reads) Digest {
	read.mu.Lock()
	sums := maps.Clone(read.sums)
	read.mu.Unlock()
	if sums == nil {
		sums = map[string][sha256.Size]byte{}
	}
	for _, f := range files.List {
		sums[f.Name] = sha256.Sum256(f.Bytes)
	}
	d := Digest{}
	all := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[path]
		one := FileDigest{Path: path, SHA: hex.EncodeToString(sum[:])}
		d.Files = append(d.Files, one)
		fmt.Fprintf(all, "%s  %s\n", one.SHA, one.Path)
	}
	d.SHA = hex.EncodeToString(all.Sum(nil))
	return d
}
