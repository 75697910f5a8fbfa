// Package component knows what the provider runs, as a tree, and what of it
// runs for which organisation. News about a part concern whoever has that part,
// what contains it, or something inside of it.
package component

import (
	"slices"

	"muster/fault"
	"muster/id"
)

// Component is a part of what the provider runs.
type Component struct {
	ID     id.Component
	Parent id.Component // empty: a root
	Name   string
	Public bool // shown on the public status page
}

// Installation is what of it runs for an organisation, or for one workspace of
// it.
type Installation struct {
	Component id.Component
	Workspace id.Workspace // empty: for all
}

// Tree is all there is.
type Tree struct {
	parent map[id.Component]id.Component
}

// Deepest is how many floors a tree may have.
const Deepest = 12

// Grow makes a tree. A parent that is not there, a circle, and more than
// Deepest floors are Invalid at the component's "parent".
func Grow(all []Component) (Tree, error) {
	t := Tree{parent: make(map[id.Component]id.Component, len(all))}
	for _, c := range all {
		t.parent[c.ID] = c.Parent
	}
	for _, c := range all {
		if c.Parent != "" {
			if _, ok := t.parent[c.Parent]; !ok {
				return Tree{}, fault.New(fault.Invalid, "component_parent").At("parent").With("Name", c.Name)
			}
		}
		if len(t.path(c.ID)) > Deepest {
			return Tree{}, fault.New(fault.Invalid, "component_deep").At("parent").With("Name", c.Name)
		}
	}
	return t, nil
}

// path is a component and what contains it, to the root; at most one floor
// more than there may be, should it go in a circle.
func (t Tree) path(c id.Component) (path []id.Component) {
	for c != "" && len(path) <= Deepest {
		path = append(path, c)
		c = t.parent[c]
	}
	return path
}

// Concerns tells whether news about some components concern who has one of
// these installed.
func (t Tree) Concerns(affected []id.Component, installed id.Component) bool {
	above := t.path(installed)
	return slices.ContainsFunc(affected, func(c id.Component) bool {
		return slices.Contains(above, c) || slices.Contains(t.path(c), installed)
	})
}

// Named is a component with where it stands.
type Named struct {
	Component
	Path  string // the names from the root to it
	Depth int    // 0: a root
}

// Between stands between the names of a path.
const Between = " › "

// Touching are those of the affected components that concern somebody for whom
// these are installed: what else is affected is other people's.
func (t Tree) Touching(affected []id.Component, installed []Installation) (out []id.Component) {
	for _, c := range affected {
		if slices.ContainsFunc(installed, func(i Installation) bool { return t.Concerns([]id.Component{c}, i.Component) }) {
			out = append(out, c)
		}
	}
	return out
}

// Paths are the components in the order of the tree, siblings by name. What
// stands below nothing that is there is left out.
func Paths(all []Component) (out []Named) {
	below := map[id.Component][]Component{}
	for _, c := range all {
		below[c.Parent] = append(below[c.Parent], c)
	}
	var walk func(parent id.Component, path string, depth int)
	walk = func(parent id.Component, path string, depth int) {
		for _, c := range below[parent] {
			if depth < Deepest {
				out = append(out, Named{c, path + c.Name, depth})
				walk(c.ID, path+c.Name+Between, depth+1)
			}
		}
	}
	walk("", "", 0)
	return out
}
