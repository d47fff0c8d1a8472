package convert

import (
	"errors"
	"fmt"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// ErrTwice is the error for two files of one node.
var ErrTwice = errors.New("two files are of one node")

// source is a file that was read, and is not translated yet.
type source struct {
	Input
	model    *meaning.Config
	account  *account.Account
	fallback string // the name of the node where nothing else tells it
}

// called is the name that the node gets.
func (s *source) called() string {
	name := s.Node
	if id := s.model.Globals.RouterID; name == "" && id.Set() {
		name = id.V
	}
	if name == "" {
		name = s.fallback
	}
	return layout.Name(name)
}

// name gives each file the name of its node. A router_id that several files have is none: it was copied with the file.
func name(files []*source) error {
	count := map[string]int{}
	for _, s := range files {
		count[s.called()]++
	}
	for _, s := range files {
		if id := s.model.Globals.RouterID; s.Node == "" && id.Set() && count[s.called()] > 1 {
			s.account.Remark(id.At, "router-id-twice", account.Notice, "another file has the router_id "+id.V+", too", "the node is called after its file: "+s.fallback)
			s.Node = s.fallback
		}
	}
	first := map[string]*source{}
	for _, s := range files {
		if other := first[s.called()]; other != nil {
			return fmt.Errorf("%w: %s and %s are both called %s; name the nodes, as in lb1=%s lb2=%s", ErrTwice, other.Path, s.Path, s.called(), other.Path, s.Path)
		}
		first[s.called()] = s
	}
	return nil
}
