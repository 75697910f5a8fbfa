package policy

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"
	expast "github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

//go:embed *.cedar *.cedarschema
var files embed.FS

// Rule is one rule, for the page that shows all of them.
type Rule struct {
	ID      string
	Forbids bool
	Why     string // the English sentence; "policy.<ID>" in the catalogues
	Text    string // as written in the file
}

// ruleSet is what was loaded. It never changes.
type ruleSet struct {
	rules    []Rule // in the order of files and lines
	policies *cedar.PolicySet
	order    map[cedar.PolicyID]int
	cells    map[cell]shortlist
	actions  types.EntityMap
	near     sync.Map // question → nearest rule, filled as it is asked
}

// cell is what a rule set knows: this kind of actor may ask to do this to
// that kind of thing.
type cell struct {
	principal types.EntityType
	action    string
	resource  types.EntityType
}

// shortlist holds the rules that could have a say in a cell. Cedar looks at
// every rule it is given, so the price of a decision must not grow with rules
// about other things.
type shortlist struct {
	all     cedar.PolicyMap
	permits []cedar.PolicyID // as written, first to last
}

// rules are read once when the program starts. A rule set that does not pass
// the strict validator stops it there.
var rules = func() *ruleSet {
	rs, err := load(files)
	if err != nil {
		panic("policy: " + err.Error())
	}
	return rs
}()

// Rules lists all rules in the order in which they are written.
func Rules() []Rule { return slices.Clone(rules.rules) }

func load(fsys fs.FS) (*ruleSet, error) {
	rs := &ruleSet{
		policies: cedar.NewPolicySet(),
		order:    make(map[cedar.PolicyID]int), cells: make(map[cell]shortlist),
	}
	known, err := loadSchema(fsys)
	if err != nil {
		return nil, err
	}
	rs.learn(known)
	names, err := fs.Glob(fsys, "*.cedar")
	if err != nil {
		return nil, err
	}
	check := validate.New(known, validate.WithStrict())
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		list, err := cedar.NewPolicyListFromBytes(name, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, p := range list {
			if err := rs.add(p, check, string(text)); err != nil {
				return nil, fmt.Errorf("%s, line %d: %w", name, p.Position().Line, err)
			}
		}
	}
	for c, list := range rs.cells {
		rs.cells[c] = rs.choose(c, list)
	}
	return rs, nil
}

// choose fills a cell's list with the rules whose scope could fit it.
func (rs *ruleSet) choose(c cell, list shortlist) shortlist {
	for id, p := range rs.policies.All() {
		scope := (*expast.Policy)(p.AST())
		if !fits(scope.Principal, c.principal) || !fits(scope.Resource, c.resource) || !rs.covers(scope, c) {
			continue
		}
		list.all[id] = p
		if p.Effect() == cedar.Permit {
			list.permits = append(list.permits, id)
		}
	}
	slices.SortFunc(list.permits, func(a, b cedar.PolicyID) int { return rs.order[a] - rs.order[b] })
	return list
}

// fits tells whether a scope could be about this type of entity. Of a scope
// that it does not know it says yes: a forbid must never be left out.
func fits(scope expast.IsScopeNode, t types.EntityType) bool {
	switch s := scope.(type) {
	case expast.ScopeTypeIs:
		return s.Type == t
	case expast.ScopeTypeIsIn:
		return s.Type == t
	case expast.ScopeTypeEq:
		return s.Entity.Type == t
	}
	return true
}

// covers asks Cedar itself whether a rule is about the cell's action, since
// actions come in groups.
func (rs *ruleSet) covers(rule *expast.Policy, c cell) bool {
	bare := expast.Permit()
	bare.Action = rule.Action
	only := cedar.PolicyMap{"": cedar.NewPolicyFromAST((*ast.Policy)(bare))}
	decision, _ := cedar.Authorize(only, rs.actions, request(question{cell: c}, "", ""))
	return decision == cedar.Allow
}

// loadSchema reads all schema files as one text, since an action or a type is
// declared once and used in several rooms.
func loadSchema(fsys fs.FS) (*resolved.Schema, error) {
	names, err := fs.Glob(fsys, "*.cedarschema")
	if err != nil {
		return nil, err
	}
	var all strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	var s schema.Schema
	s.SetFilename(strings.Join(names, "+"))
	if err := s.UnmarshalCedar([]byte(all.String())); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	known, err := s.Resolve()
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return known, nil
}

// learn notes which questions make sense, and the actions with their groups:
// without the groups among the entities, a rule on a group silently would not
// match.
func (rs *ruleSet) learn(known *resolved.Schema) {
	rs.actions = make(types.EntityMap, len(known.Actions))
	for uid, a := range known.Actions {
		rs.actions[uid] = a.Entity
		if a.AppliesTo == nil {
			continue
		}
		for _, p := range a.AppliesTo.Principals {
			for _, r := range a.AppliesTo.Resources {
				rs.cells[cell{p, string(uid.ID), r}] = shortlist{all: make(cedar.PolicyMap)}
			}
		}
	}
}

func (rs *ruleSet) add(p *cedar.Policy, check *validate.Validator, file string) error {
	notes := p.Annotations()
	id, why := cedar.PolicyID(notes["id"]), string(notes["why"])
	if id == "" || why == "" {
		return fmt.Errorf("a rule needs an @id and a @why")
	}
	if err := check.Policy(string(id), (*expast.Policy)(p.AST())); err != nil {
		return fmt.Errorf("rule %s: %w", id, err)
	}
	if !rs.policies.Add(id, p) {
		return fmt.Errorf("rule %s stands twice", id)
	}
	rs.order[id] = len(rs.rules)
	forbids := p.Effect() == cedar.Forbid
	rs.rules = append(rs.rules, Rule{ID: string(id), Forbids: forbids, Why: why, Text: textAt(file, p.Position().Offset)})
	return nil
}

// textAt cuts one rule out of its file: up to the semicolon that ends a line.
func textAt(file string, offset int) string {
	text, _, _ := strings.Cut(file[offset:], ";\n")
	return text + ";"
}
