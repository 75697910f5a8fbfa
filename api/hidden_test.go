package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/mustertest/town"
	"muster/roster"
)

// pressed is an organisation with a worker who has a duress PIN.
func pressed(t testing.TB, o *office) (harbour *town.Organisation, worker roster.Person, own caller) {
	t.Helper()
	harbour = o.Organisation("Harbour Works")
	worker, err := roster.AddPerson(t.Context(), o.Store, o.Keys, harbour.Admin.Actor, roster.NewPerson{
		Name: "Aino Virtanen", Email: "aino@good.test", Mobile: "+358405550001", PIN: "4711", DuressPIN: "9911",
		Roles: []actor.Membership{{Role: actor.Worker, Workspace: harbour.Workspace}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return harbour, worker, o.as(harbour, town.Member{Person: worker})
}

// Somebody stands beside the worker and reads every answer that the worker's
// token gets.
func TestOA10TheWorkersTokenLearnsNothingOfASilentAlarm(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour, worker, own := pressed(t, o)
		phone := o.program(harbour, actor.Worker)
		watch := o.as(harbour, harbour.Monitor("Mikko Laine"))
		shift := own.post(orgPath(harbour.ID, "/shifts"), map[string]any{}).want(http.StatusCreated)
		path := "/shifts/" + shift.text("id")

		normal := own.post(path+"/check-in", map[string]any{"pin": "4711"}).want(http.StatusOK)
		duress := own.post(path+"/check-in", map[string]any{"pin": "9911"}).want(http.StatusOK)
		if a, b := shape(normal.body), shape(duress.body); a != b {
			t.Errorf("a normal check-in has %s\none under duress %s", a, b)
		}
		own.post(path+"/check-in", map[string]any{"pin": "1234"}).refused(http.StatusUnprocessableEntity, "wrong_pin")

		open := watch.get(orgPath(harbour.ID, "/board")).want(http.StatusOK)
		alarm := open.text("alarms", 0, "id")
		if open.text("alarms", 0, "kind") != "duress" || open.text("workers", 0, "status") != "alarm" {
			t.Fatalf("the monitors see %s", open.raw)
		}
		for _, c := range []caller{own, phone} {
			for _, ask := range []string{path, "/people/" + string(worker.Person), orgPath(harbour.ID, "/alarms"), orgPath(harbour.ID, "/shifts?worker_id="+string(worker.Person))} {
				if s := c.get(ask); strings.Contains(string(s.raw), alarm) || strings.Contains(string(s.raw), "duress") || strings.Contains(string(s.raw), `"status":"alarm"`) {
					t.Errorf("%s told %s", s.what, s.raw)
				}
			}
			c.get("/alarms/"+alarm).refused(http.StatusNotFound, "not_found")
			c.get("/alarms/"+alarm+"/timeline").refused(http.StatusNotFound, "not_found")
		}

		// Help that is pressed after that looks like help, in every answer.
		help := own.post(path+"/help", map[string]any{"note": "Fell"}).want(http.StatusOK)
		if help.text("alarm", "kind") != "help" || help.text("alarm", "state") != "raised" {
			t.Errorf("help answered %s", help.raw)
		}
		if help.text("alarm", "raised_at") <= open.text("at") {
			t.Errorf("help was pressed after %s, and looks as if at %s", open.text("at"), help.text("alarm", "raised_at"))
		}
		got := own.get("/alarms/" + alarm).want(http.StatusOK)
		if got.text("kind") != "help" || got.text("raised_at") != help.text("alarm", "raised_at") || strings.Contains(string(got.raw), "duress") {
			t.Errorf("the alarm looks like %s", got.raw)
		}
		if s := own.get("/alarms/" + alarm + "/timeline").want(http.StatusOK); strings.Contains(string(s.raw), "duress") {
			t.Errorf("the timeline told %s", s.raw)
		}
		watch.post("/alarms/"+alarm+"/acknowledge", nil).want(http.StatusOK)
		if got := own.get("/alarms/" + alarm).want(http.StatusOK); got.text("state") != "acknowledged" || got.text("acknowledged_by", "name") != "Mikko Laine" {
			t.Errorf("the worker should see that help was heard: %s", got.raw)
		}
	})
}

// An administrator may be the one under duress: then the board, the book and
// the messages keep still too.
func TestOA10AnAdministratorUnderDuressSeesNothingEither(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour, worker, own := pressed(t, o)
		err := roster.UpdatePerson(t.Context(), o.Store, o.Keys, harbour.Admin.Actor, worker.Person, roster.Change{
			Roles: &[]actor.Membership{{Role: actor.Worker, Workspace: harbour.Workspace}, {Role: actor.Administrator}},
		})
		if err != nil {
			t.Fatal(err)
		}
		path := "/shifts/" + own.post(orgPath(harbour.ID, "/shifts"), map[string]any{}).want(http.StatusCreated).text("id")
		own.post(path+"/check-in", map[string]any{"pin": "9911"}).want(http.StatusOK)

		admin := o.as(harbour, harbour.Admin)
		alarm := admin.get(orgPath(harbour.ID, "/board")).want(http.StatusOK).text("alarms", 0, "id")
		if s := admin.get(orgPath(harbour.ID, "/messages")).want(http.StatusOK); !strings.Contains(string(s.raw), alarm) {
			t.Fatalf("nobody was told: %s", s.raw)
		}
		for _, ask := range []string{"/board", "/activity", "/messages", "/alarms", "/shifts", "/messages?about=" + alarm, "/activity?subject=" + alarm} {
			s := own.get(orgPath(harbour.ID, ask)).want(http.StatusOK)
			if strings.Contains(string(s.raw), alarm) || strings.Contains(string(s.raw), "duress") || strings.Contains(string(s.raw), `"status":"alarm"`) {
				t.Errorf("%s told %s", s.what, s.raw)
			}
		}
	})
}

// shape is which fields an answer has.
func shape(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	var names []string
	for name, sub := range m {
		names = append(names, name+"{"+shape(sub)+"}")
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
