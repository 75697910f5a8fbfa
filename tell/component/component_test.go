package component_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
	"muster/tell/component"
)

// yard is a provider with a small tree, and customers.
type yard struct {
	*testing.T
	town                  *town.Town
	olga                  actor.Actor
	north, south          *town.Organisation
	service, voice, texts id.Component
}

func anything(*store.Tx, id.Component) error { return nil }

func open(t *testing.T, s *store.Store) *yard {
	t.Helper()
	y := &yard{T: t, town: town.New(t, s), olga: actor.Actor{
		Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true},
	}}
	y.service = y.keep("Service", "")
	y.voice, y.texts = y.keep("Voice", y.service), y.keep("Texts", y.service)
	y.north, y.south = y.town.Organisation("North"), y.town.Organisation("South")
	return y
}

func (y *yard) keep(name string, in id.Component) id.Component {
	y.Helper()
	c, err := component.Keep(y.Context(), y.town.Store, y.olga, component.Component{Name: name, Parent: in})
	y.must(err)
	return c
}

func (y *yard) must(err error) {
	y.Helper()
	if err != nil {
		y.Fatal(err)
	}
}

func (y *yard) run(org *town.Organisation, c id.Component, ws id.Workspace, runs bool) error {
	return component.Run(y.Context(), y.town.Store, y.olga, org.ID, component.Installation{Component: c, Workspace: ws}, runs)
}

func (y *yard) runs(who actor.Actor, org *town.Organisation) (paths []string) {
	y.Helper()
	all, err := component.Runs(y.Context(), y.town.Store, who, org.ID)
	y.must(err)
	for _, one := range all {
		paths = append(paths, one.Path+"|"+one.Place)
	}
	return paths
}

func TestBS5WhatRunsIsSaidPieceByPieceAndBothSidesSeeIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		y := open(t, s)
		y.must(y.run(y.north, y.voice, "", true))
		y.must(y.run(y.north, y.texts, y.north.Workspace, true))
		y.must(y.run(y.north, y.texts, y.north.Workspace, true)) // is so already
		y.must(y.run(y.south, y.service, "", true))
		want := []string{"Service › Texts|Harbour", "Service › Voice|"}
		for name, who := range map[string]actor.Actor{"staff": y.olga, "their administrator": y.north.Admin.Actor} {
			if got := y.runs(who, y.north); !slices.Equal(got, want) {
				t.Errorf("%s sees %v", name, got)
			}
		}
		if _, err := component.Runs(t.Context(), s, y.south.Admin.Actor, y.north.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another customer sees it: %v", err)
		}
		for name, c := range map[string]error{
			"component_unknown": y.run(y.north, "cmp_nothing", "", true),
			"workspace_unknown": y.run(y.north, y.voice, y.south.Workspace, true),
		} {
			if fault.From(c).Code != name {
				t.Errorf("%s: %v", name, c)
			}
		}
		y.must(y.run(y.north, y.voice, "", false))
		if got := y.runs(y.olga, y.north); !slices.Equal(got, want[:1]) {
			t.Errorf("afterwards %v", got)
		}
		y.must(s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
			uses, err := component.Uses(tx, y.olga, y.texts, component.Use{}, 10)
			if err != nil || len(uses) != 1 || uses[0].Name != "North" || uses[0].Place != "Harbour" {
				t.Errorf("texts run for %+v, %v", uses, err)
			}
			all, err := component.List(t.Context(), s, y.olga)
			y.must(err)
			tree, err := component.Grow(all)
			y.must(err)
			for c, want := range map[id.Component]int{y.service: 2, y.voice: 1, y.texts: 2} {
				if n, err := component.Concerned(tx, y.olga, tree, c); err != nil || n != want {
					t.Errorf("%s concerns %d, want %d: %v", c, n, want, err)
				}
			}
			return nil
		}))
	})
}

func TestBS5WhatHangsOnSomethingIsNotTakenOutUnderIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		y := open(t, s)
		y.must(y.run(y.north, y.voice, "", true))
		used := fault.New(fault.Conflict, "component_used")
		told := fault.New(fault.Conflict, "component_told")
		for c, want := range map[id.Component]error{y.service: used, y.voice: used, y.texts: told, "cmp_nothing": fault.New(fault.NotFound, "not_found")} {
			err := component.Remove(t.Context(), s, y.olga, c, func(*store.Tx, id.Component) error {
				if c == y.texts {
					return told
				}
				return nil
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", c, err, want)
			}
		}
		y.must(component.Remove(t.Context(), s, y.olga, y.texts, anything))
		if all, err := component.List(t.Context(), s, y.olga); err != nil || len(all) != 2 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// What is taken out while it is being installed for somebody is either there
// and runs, or is gone and runs for nobody: no installation concerns nobody.
func TestBS5TakingOutAndInstallingAtOnceLeaveNothingBehind(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		y := open(t, s)
		outcomes := map[string]int{}
		for n := range 12 {
			c := y.keep("Part "+strings.Repeat("I", n+1), y.service)
			var took error
			var ran [2]error
			var both sync.WaitGroup
			both.Go(func() { took = component.Remove(t.Context(), s, y.olga, c, anything) })
			for i, org := range []*town.Organisation{y.north, y.south} {
				both.Go(func() { ran[i] = y.run(org, c, "", true) })
			}
			both.Wait()
			for _, err := range ran {
				if gone := fault.From(err); err != nil && gone.Code != "component_unknown" {
					t.Fatalf("installing: %v", err)
				}
			}
			if (took == nil) == (ran[0] == nil || ran[1] == nil) {
				t.Errorf("taken out: %v; installed: %v, %v", took, ran[0], ran[1])
			}
			outcomes[map[bool]string{true: "gone", false: "runs"}[took == nil]]++
		}
		t.Log(outcomes)
		all, err := component.List(t.Context(), s, y.olga)
		y.must(err)
		for _, org := range []*town.Organisation{y.north, y.south} {
			y.must(s.View(t.Context(), org.ID, func(tx *store.Tx) error {
				installed, err := component.Installed(tx)
				for _, i := range installed {
					if !slices.ContainsFunc(all, func(c component.Component) bool { return c.ID == i.Component }) {
						t.Errorf("%s runs for %s and is not there", i.Component, org.ID)
					}
				}
				return err
			}))
		}
	})
}
