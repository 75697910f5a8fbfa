package api

import (
	"net/http"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/mustertest"
	"muster/tell/component"
)

// Notices row 10: a customer's program learns what runs for it, and nothing of
// what runs for others.
func TestBS5Notice10AProgramReadsWhatRunsForItsOrganisation(t *testing.T) {
	o := open(t, mustertest.Store(t))
	north, south := o.Organisation("North"), o.Organisation("South")
	olga := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Support: actor.Support{Department: actor.SecondLine, Stands: true}}
	for name, at := range map[string]component.Installation{"Voice": {Workspace: north.Workspace}, "Mail": {}} {
		made, err := component.Keep(t.Context(), o.Store, olga, component.Component{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		org := north
		if at.Component = made; name == "Mail" {
			org = south
		}
		if err := component.Install(t.Context(), o.Store, olga, org.ID, []component.Installation{at}); err != nil {
			t.Fatal(err)
		}
	}
	worker := o.program(north, actor.Worker)
	path := prefix + "/organisations/" + string(north.ID)
	items := worker.get(path + "/components").want(http.StatusOK).at("items").([]any)
	if len(items) != 1 {
		t.Fatalf("%v", items)
	}
	if one := items[0].(map[string]any); one["path"] != "Voice" || one["workspace"] != "Harbour" {
		t.Errorf("%v", one)
	}
	if items := worker.get(path + "/news").want(http.StatusOK).at("items").([]any); len(items) != 0 {
		t.Errorf("%v", items)
	}
	worker.get(prefix + "/organisations/" + string(south.ID) + "/components").want(http.StatusNotFound)
}
