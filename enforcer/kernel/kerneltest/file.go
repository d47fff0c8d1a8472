package kerneltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ha/planner"
)

// file is a fake on disk.
type file struct {
	Links          map[string]planner.Link                            `json:"links"`
	Interfaces     map[planner.InterfaceKey]planner.Interface         `json:"interfaces,omitempty"`
	Addresses      map[planner.AddressKey]planner.Address             `json:"addresses"`
	Routes         map[planner.RouteKey]planner.Route                 `json:"routes"`
	Rules          map[planner.RuleKey]planner.Rule                   `json:"rules,omitempty"`
	Filters        map[planner.FilterKey]planner.Filter               `json:"filters,omitempty"`
	Sysctls        map[planner.SysctlKey]planner.Sysctl               `json:"sysctls"`
	VirtualServers map[planner.VirtualServerKey]planner.VirtualServer `json:"virtual_servers"`
	RealServers    map[planner.RealServerKey]planner.RealServer       `json:"real_servers"`
	SyncDaemons    map[planner.SyncDaemonKey]planner.SyncDaemon       `json:"sync_daemons,omitempty"`
	Marked         []string                                           `json:"marked"` // keys
	NoIPVS         string                                             `json:"no_ipvs,omitempty"`
	NoFilters      string                                             `json:"no_filters,omitempty"`
}

// SaveFile writes what the fake holds to a JSON file, whole or not at all. Failures that wait, lifetimes and statistics
// are not saved.
func (f *Fake) SaveFile(path string) error {
	f.mu.Lock()
	s := f.state.Clone()
	f.mu.Unlock()
	out := file{
		Links: s.Links, Interfaces: s.Interfaces, Addresses: s.Addresses, Routes: s.Routes, Rules: s.Rules, Filters: s.Filters, Sysctls: s.Sysctls,
		VirtualServers: s.VirtualServers, RealServers: s.RealServers, SyncDaemons: s.SyncDaemons, NoIPVS: s.NoIPVS, NoFilters: s.NoFilters,
	}
	for key := range s.Marked {
		out.Marked = append(out.Marked, key.String())
	}
	slices.Sort(out.Marked)
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("saving the fake kernel: %w", err)
	}
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.WriteFile(temporary, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// LoadFile reads what SaveFile wrote.
func LoadFile(path string) (*Fake, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := New()
	in := file{}
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("fake kernel %s: %w", path, err)
	}
	s := planner.State{
		Links: orEmpty(in.Links), Interfaces: orEmpty(in.Interfaces), Addresses: orEmpty(in.Addresses), Routes: orEmpty(in.Routes), Rules: orEmpty(in.Rules),
		Filters: orEmpty(in.Filters), Sysctls: orEmpty(in.Sysctls), VirtualServers: orEmpty(in.VirtualServers),
		RealServers: orEmpty(in.RealServers), SyncDaemons: orEmpty(in.SyncDaemons), NoIPVS: in.NoIPVS, NoFilters: in.NoFilters, Marked: map[planner.Key]bool{},
	}
	for _, text := range in.Marked {
		key, err := planner.ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("fake kernel %s: %w", path, err)
		}
		s.Marked[key] = true
	}
	f.state = s
	return f, nil
}

func orEmpty[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return m
}
