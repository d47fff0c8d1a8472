package hcl

import (
	"ha/hcl/decode"
	"ha/planner"
)

// Node is a machine of the cluster.
type Node struct {
	Name    string
	Address string // its own IP address
	Role    planner.Role
	Connect string // where its enforcer listens: unix:///path; empty: this machine
	Source  planner.Source
}

// Variable is an input variable with its value for this run.
type Variable struct {
	Name      string
	Origin    string // default, file NAME, environment, flag
	Value     string // printable; empty for sensitive ones
	Sensitive bool
}

// Cluster returns the name of the cluster.
func (c *Config) Cluster() string { return c.decoded.Cluster.ClusterName.Val }

// Nodes returns the machines in the order in which they stand in the files.
func (c *Config) Nodes() []Node {
	var list []Node
	for _, n := range c.decoded.Nodes {
		list = append(list, Node{
			Name: n.Name, Address: addressOf(n), Role: roleOf(n), Connect: n.Connect.Val, Source: sourceOf(n.Def),
		})
	}
	return list
}

// addressOf is the address of a node, empty for one that has none.
func addressOf(n *decode.Node) string {
	if !n.Addr.Set {
		return ""
	}
	return n.Addr.Val.String()
}

// Variables returns the input variables, sorted by name.
func (c *Config) Variables() []Variable {
	var list []Variable
	for _, v := range c.variables {
		list = append(list, Variable(v))
	}
	return list
}

// Digest identifies the files that the configuration was made of.
func (c *Config) Digest() Digest { return c.digest }

func roleOf(n *decode.Node) planner.Role {
	if n.Director() {
		return planner.Director
	}
	return planner.Server
}
