package api

import (
	"net/http"
	"regexp"
	"testing"
)

// A client that knows nothing but the fixed names, and sends the least.
func TestFixedNamesServeAPlainClient(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		made := o.staff.post("/organisations", map[string]any{
			"name": "Plain Works", "country": "FI", "time_zone": "Europe/Helsinki", "language": "en",
		}).want(http.StatusCreated)
		if want := "/api/v1/organisations/" + made.text("id"); made.header.Get("Location") != want {
			t.Errorf("Location %q, want %q", made.header.Get("Location"), want)
		}

		harbour := o.Organisation("Harbour Works")
		admin := o.as(harbour, harbour.Admin)
		org := orgPath(harbour.ID, "")
		aino := admin.post(org+"/people", map[string]any{
			"name": "Aino Virtanen", "email": "aino@good.test", "mobile": "+358 40 555 0001",
			"roles": []string{"worker"}, "language": "fi", "pin": "4711",
		}).want(http.StatusCreated)
		mikko := admin.post(org+"/people", map[string]any{
			"name": "Mikko Laine", "email": "mikko@good.test", "mobile": "+358 40 555 0002", "roles": []string{"monitor"},
		}).want(http.StatusCreated)
		if mikko.text("pin") == "" {
			t.Error("no PIN was made for somebody who brought none")
		}

		shift := admin.post(org+"/shifts", map[string]any{"worker_id": aino.text("id"), "check_in_seconds": 1800, "grace_seconds": 120, "note": "Crane 4"})
		shift.refused(http.StatusForbidden, "refused") // administrators do not start shifts for others
		program := o.program(harbour, "administrator")
		shift = program.post(org+"/shifts", map[string]any{
			"worker_id": aino.text("id"), "check_in_seconds": 1800, "grace_seconds": 120, "note": "Crane 4",
		}).want(http.StatusCreated)
		if got := shift.at("check_in_seconds"); got != 1800.0 {
			t.Errorf("check_in_seconds %v, want 1800", got)
		}
		if shift.text("worker", "name") != "Aino Virtanen" || shift.text("worker", "pin") != "4711" {
			t.Errorf("the worker is %v", shift.at("worker"))
		}
		due := shift.text("next_check_in_at")
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`).MatchString(due) {
			t.Errorf("next_check_in_at %q is not RFC 3339 with microseconds", due)
		}
		path := "/shifts/" + shift.text("id")
		for _, empty := range []any{nil, "", "null", "{}", map[string]any{}} {
			next := program.ask(http.MethodPost, path+"/check-in", empty).want(http.StatusOK).text("next_check_in_at")
			if next <= due {
				t.Errorf("a check-in with body %v moved nothing", empty)
			}
			due = next
		}
		program.post(path+"/extend", nil).want(http.StatusOK)

		help := program.post(path+"/help", nil).want(http.StatusOK)
		alarm := help.text("alarm_id")
		if help.text("alarm", "id") != alarm || help.text("status") != "alarm" {
			t.Errorf("help answered %s", help.raw)
		}
		watch := o.program(harbour, "monitor")
		board := watch.get(org + "/board").want(http.StatusOK)
		if board.text("alarms", 0, "id") != alarm || board.text("workers", 0, "status") != "alarm" || board.at("alarms", 0, "acknowledged_at") != nil {
			t.Errorf("the board shows %s", board.raw)
		}
		if got := watch.get("/alarms/" + alarm).want(http.StatusOK); got.text("kind") != "help" || got.text("state") != "raised" {
			t.Errorf("the alarm is %s", got.raw)
		}
		if got := watch.post("/alarms/"+alarm+"/acknowledge", nil).want(http.StatusOK); got.text("state") != "acknowledged" || got.text("acknowledged_by", "door") != "api" {
			t.Errorf("after acknowledging %s", got.raw)
		}
		watch.post("/alarms/"+alarm+"/resolve", map[string]any{}).refused(http.StatusUnprocessableEntity, "required")
		watch.post("/alarms/"+alarm+"/resolve", map[string]any{"outcome": "over"}).refused(http.StatusUnprocessableEntity, "unknown_outcome")
		closed := watch.post("/alarms/"+alarm+"/resolve", map[string]any{"outcome": "precautionary", "note": "All well"}).want(http.StatusOK)
		if closed.text("state") != "resolved" || closed.text("outcome") != "precautionary" {
			t.Errorf("after resolving %s", closed.raw)
		}
		watch.post("/alarms/"+alarm+"/resolve", map[string]any{"outcome": "real"}).refused(http.StatusConflict, "already_resolved")

		if got := program.post(path+"/finish", nil).want(http.StatusOK); got.text("state") != "ended" || got.at("next_check_in_at") != nil {
			t.Errorf("after finishing %s", got.raw)
		}
		seen := map[string]bool{}
		for _, e := range admin.get(org + "/activity").want(http.StatusOK).list("items") {
			seen[e.(map[string]any)["kind"].(string)] = true
		}
		for _, kind := range []string{"person.added", "shift.started", "alarm.raised", "alarm.acknowledged", "alarm.resolved", "shift.finished"} {
			if !seen[kind] {
				t.Errorf("the activity has no %s", kind)
			}
		}
	})
}

func TestOA9AProgramSaysThatAMonitorReachedTheWorker(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		aino, mikko := harbour.Worker("Aino Virtanen"), harbour.Monitor("Mikko Laine")
		own := o.as(harbour, aino)
		shift := own.shift(harbour, aino)
		alarm := own.post("/shifts/"+shift+"/help", map[string]any{"note": "Fell"}).want(http.StatusOK).text("alarm_id")

		own.post("/alarms/"+alarm+"/resolve", map[string]any{"outcome": "false"}).refused(http.StatusForbidden, "refused")
		own.post("/shifts/"+shift+"/check-in", map[string]any{"on_behalf": true, "outcome": "false"})
		watch := o.as(harbour, mikko)
		if got := watch.get("/alarms/" + alarm).want(http.StatusOK).text("state"); got != "raised" {
			t.Fatalf("the worker's own check-in left the alarm %s", got)
		}
		watch.post("/shifts/"+shift+"/check-in", map[string]any{"outcome": "precautionary", "note": "Reached by phone"}).want(http.StatusOK)
		got := watch.get("/alarms/" + alarm).want(http.StatusOK)
		if got.text("state") != "resolved" || got.text("outcome") != "precautionary" || got.text("resolved_by", "name") != "Mikko Laine" {
			t.Errorf("after the monitor's check-in %s", got.raw)
		}
		story := watch.get("/alarms/" + alarm + "/timeline").want(http.StatusOK)
		if len(story.list("entries")) < 2 || len(story.list("messages")) == 0 {
			t.Errorf("the story is %s", story.raw)
		}
		past := watch.get(orgPath(harbour.ID, "/alarms?state=resolved")).want(http.StatusOK)
		if past.text("items", 0, "id") != alarm {
			t.Errorf("the incident is not on file: %s", past.raw)
		}
	})
}

// SS1 begins with somebody who sets the partner up.
func TestSS1TheProviderSetsUpAPartnerWhosePeopleAreOperators(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		made := o.staff.post("/organisations", map[string]any{
			"name": "Watch Centre", "kind": "partner", "country": "FI", "time_zone": "Europe/Helsinki", "language": "fi",
			"administrator": map[string]any{"name": "Paula Pomo", "email": "paula@centre.test", "roles": []string{"operator"}},
		}).want(http.StatusCreated)
		if kind := made.text("kind"); kind != "partner" {
			t.Errorf("kind %q", kind)
		}
		o.staff.post("/organisations", map[string]any{
			"name": "Odd", "kind": "choir", "country": "FI", "time_zone": "Europe/Helsinki", "language": "fi",
		}).refused(http.StatusUnprocessableEntity, "kind_unknown")
	})
}
