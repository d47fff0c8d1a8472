package planner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// changeJSON is a change as documents hold it.
type changeJSON struct {
	Action  Action          `json:"action"`
	After   json.RawMessage `json:"after,omitempty"`
	Before  json.RawMessage `json:"before,omitempty"`
	Cause   Cause           `json:"cause"`
	Effects []string        `json:"effects,omitempty"`
	Fields  []Field         `json:"fields,omitempty"`
	Impact  Impact          `json:"impact"`
	Key     string          `json:"key,omitempty"`
	Layer   Layer           `json:"layer"`
	Name    string          `json:"name"`
	Reasons []Reason        `json:"reasons"`
	Source  Source          `json:"source,omitzero"`
	Type    string          `json:"type"` // the kind of the key, or of the configured thing: vip, pool, check
	When    string          `json:"when"`
}

// MarshalJSON writes a change as the plan document holds it.
func (c Change) MarshalJSON() ([]byte, error) {
	j := changeJSON{
		Action: c.Action, Cause: c.Cause, Effects: c.Effects, Fields: c.Fields, Impact: c.Impact, Layer: c.Layer,
		Name: c.Name, Reasons: c.Reasons, Source: c.Source, When: c.When,
	}
	j.Type, _, _ = strings.Cut(c.Name, ".")
	if c.Key != nil {
		j.Key = c.Key.String()
		j.Type, _, _ = strings.Cut(j.Key, "|")
	}
	var err error
	if j.Before, err = encodeValue(c.Before); err != nil {
		return nil, err
	}
	if j.After, err = encodeValue(c.After); err != nil {
		return nil, err
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote; Before and After get the type that belongs to the key.
func (c *Change) UnmarshalJSON(data []byte) error {
	var j changeJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	out := Change{
		Layer: j.Layer, Cause: j.Cause, Action: j.Action, Name: j.Name, When: j.When, Reasons: j.Reasons,
		Fields: j.Fields, Impact: j.Impact, Effects: j.Effects, Source: j.Source,
	}
	if j.Key != "" {
		k, err := ParseKey(j.Key)
		if err != nil {
			return err
		}
		out.Key = k
		if out.Before, err = decodeValue(k, j.Before); err != nil {
			return fmt.Errorf("%s: before: %w", k, err)
		}
		if out.After, err = decodeValue(k, j.After); err != nil {
			return fmt.Errorf("%s: after: %w", k, err)
		}
	}
	*c = out
	return nil
}

// encodeValue writes the value of an object; an absent object is nothing at all.
func encodeValue(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// decodeValue reads a value of the kind that a key identifies.
func decodeValue(k Key, data json.RawMessage) (any, error) {
	if len(data) == 0 || string(data) == "null" {
		return nil, nil
	}
	switch k.(type) {
	case InterfaceKey:
		return decodeAs[Interface](data)
	case AddressKey:
		return decodeAs[Address](data)
	case RouteKey:
		return decodeAs[Route](data)
	case RuleKey:
		return decodeAs[Rule](data)
	case FilterKey:
		return decodeAs[Filter](data)
	case SysctlKey:
		return decodeAs[Sysctl](data)
	case VirtualServerKey:
		return decodeAs[VirtualServer](data)
	case RealServerKey:
		return decodeAs[RealServer](data)
	case SyncDaemonKey:
		return decodeAs[SyncDaemon](data)
	}
	return nil, fmt.Errorf("no value belongs to %T", k)
}

func decodeAs[V any](data json.RawMessage) (any, error) {
	var v V
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// conflictJSON is a conflict as documents hold it.
type conflictJSON struct {
	Key     string `json:"key"`
	Message string `json:"message"`
	Name    string `json:"name"`
	Source  Source `json:"source,omitzero"`
}

// MarshalJSON writes a conflict as the plan document holds it.
func (c Conflict) MarshalJSON() ([]byte, error) {
	j := conflictJSON{Message: c.Message, Name: c.Name, Source: c.Source}
	if c.Key != nil {
		j.Key = c.Key.String()
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Conflict) UnmarshalJSON(data []byte) error {
	var j conflictJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	k, err := ParseKey(j.Key)
	if err != nil {
		return err
	}
	*c = Conflict{Key: k, Message: j.Message, Name: j.Name, Source: j.Source}
	return nil
}

// virtualServerJSON is a virtual server as documents hold it: time in whole milliseconds.
type virtualServerJSON struct {
	Scheduler     string `json:"scheduler"`
	PersistenceMS int64  `json:"persistence_ms,omitempty"`
	Flags         uint32 `json:"flags,omitempty"`
	Netmask       uint8  `json:"netmask,omitempty"`
	Engine        string `json:"persistence_engine,omitempty"`
}

// MarshalJSON writes the persistence in milliseconds.
func (v VirtualServer) MarshalJSON() ([]byte, error) {
	return json.Marshal(virtualServerJSON{v.Scheduler, v.Persistence.Milliseconds(), v.Flags, v.Netmask, v.Engine})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *VirtualServer) UnmarshalJSON(data []byte) error {
	var j virtualServerJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	const longest = int64(1<<63-1) / int64(time.Millisecond)
	if j.PersistenceMS < 0 || j.PersistenceMS > longest {
		return fmt.Errorf("persistence_ms %d is no duration: want 0 to %d", j.PersistenceMS, longest)
	}
	*v = VirtualServer{j.Scheduler, time.Duration(j.PersistenceMS) * time.Millisecond, j.Flags, j.Netmask, j.Engine}
	return nil
}

// stateJSON is a state as documents hold it: a snapshot of a node, and what travels over the control socket.
type stateJSON struct {
	Interfaces     map[InterfaceKey]Interface         `json:"interfaces,omitempty"`
	Addresses      map[AddressKey]Address             `json:"addresses,omitempty"`
	Routes         map[RouteKey]Route                 `json:"routes,omitempty"`
	Rules          map[RuleKey]Rule                   `json:"rules,omitempty"`
	Filters        map[FilterKey]Filter               `json:"filters,omitempty"`
	Sysctls        map[SysctlKey]Sysctl               `json:"sysctls,omitempty"`
	VirtualServers map[VirtualServerKey]VirtualServer `json:"ipvs_services,omitempty"`
	RealServers    map[RealServerKey]RealServer       `json:"ipvs_servers,omitempty"`
	SyncDaemons    map[SyncDaemonKey]SyncDaemon       `json:"ipvs_sync,omitempty"`
	Marked         []string                           `json:"marked,omitempty"`
	Links          map[string]Link                    `json:"links,omitempty"`
	NoIPVS         string                             `json:"no_ipvs,omitempty"`
	NoFilters      string                             `json:"no_filters,omitempty"`
}

// MarshalJSON writes one object per kind, by key.
func (s State) MarshalJSON() ([]byte, error) {
	j := stateJSON{
		Interfaces: s.Interfaces, Addresses: s.Addresses, Routes: s.Routes, Rules: s.Rules, Filters: s.Filters, Sysctls: s.Sysctls, VirtualServers: s.VirtualServers,
		RealServers: s.RealServers, SyncDaemons: s.SyncDaemons, Links: s.Links, NoIPVS: s.NoIPVS, NoFilters: s.NoFilters,
	}
	for k, marked := range s.Marked {
		if marked {
			j.Marked = append(j.Marked, k.String())
		}
	}
	slices.Sort(j.Marked)
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *State) UnmarshalJSON(data []byte) error {
	var j stateJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	out := State{
		Interfaces: j.Interfaces, Addresses: j.Addresses, Routes: j.Routes, Rules: j.Rules, Filters: j.Filters, Sysctls: j.Sysctls, VirtualServers: j.VirtualServers,
		RealServers: j.RealServers, SyncDaemons: j.SyncDaemons, Links: j.Links, NoIPVS: j.NoIPVS, NoFilters: j.NoFilters,
	}
	for _, text := range j.Marked {
		k, err := ParseKey(text)
		if err != nil {
			return fmt.Errorf("marked: %w", err)
		}
		out.marks()[k] = true
	}
	*s = out
	return nil
}
