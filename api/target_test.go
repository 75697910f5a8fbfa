package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/actor"
	"muster/letin/grant"
	"muster/mustertest/town"
)

// target is an organisation that has one of everything.
type target struct {
	org     *town.Organisation
	ids     map[string]string // by the prefix of the path: "shifts" → shf_…
	secrets []string          // none of these may be told
	contact string
	cover   string
}

const csvSheet = "Name;E-mail;Mobile;Roles\nNew Person;new@good.test;+358 40 999 1234;worker\n"

func furnish(t *testing.T, o *office) target {
	t.Helper()
	org := o.Organisation("Target Works")
	aino := org.Worker("Aino Virtanen")
	org.Monitor("Mikko Laine")
	admin, program := o.as(org, org.Admin), o.program(org, actor.Administrator)
	shift := program.shift(org, aino)
	program.post("/shifts/"+shift+"/positions", map[string]any{"latitude": 60.16991, "longitude": 24.93842}).want(http.StatusOK)
	alarm := program.post("/shifts/"+shift+"/help", map[string]any{"note": "Broken leg"}).want(http.StatusOK).text("alarm_id")
	admin.ask(http.MethodPatch, orgPath(org.ID, "/watching"), map[string]any{"low_battery_percent": 20}).want(http.StatusOK)
	admin.get("/shifts/" + shift).want(http.StatusOK) // a look
	sheet := admin.ask(http.MethodPost, orgPath(org.ID, "/imports"), csvSheet).want(http.StatusCreated)
	rota := admin.post(orgPath(org.ID, "/rotas"), map[string]any{
		"name": "Target nights", "kind": "rotating", "start": "2026-01-05", "handover": "08:00", "days": 7, "order": [][]string{{string(org.Admin.Person.Person)}},
	}).want(http.StatusCreated).text("id")
	cover := admin.post("/rotas/"+rota+"/covers", map[string]any{
		"from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z", "in_id": org.Admin.Person.Person,
	}).want(http.StatusCreated).text("id")
	feed := admin.post(orgPath(org.ID, "/calendars"), map[string]any{"rota_id": rota}).want(http.StatusCreated).text("id")
	program.ask(http.MethodPatch, orgPath(org.ID, "/office-hours"), map[string]any{"calendar": "FI"}).want(http.StatusOK)
	wire := admin.post(orgPath(org.ID, "/wires"), map[string]any{"kind": "dc09", "name": "Target centre", "hosts": []string{"arc.example:7000"}, "account": "7777"}).want(http.StatusCreated).text("id")
	panel := admin.post(orgPath(org.ID, "/panels"), map[string]any{"name": "Target panel", "account": panelNumber(), "person_id": aino.Person.Person}).want(http.StatusCreated).text("id")
	ladder := admin.post(orgPath(org.ID, "/procedures"), map[string]any{
		"name": "Target ladder", "instructions": "Call Aino", "steps": []any{map[string]any{"whom": "monitors", "wait_seconds": 60, "do": "Call her"}},
	}).want(http.StatusCreated).text("id")
	keel := org.Worker("Keel Drilled")
	drill := admin.post(orgPath(org.ID, "/drills"), map[string]any{
		"name": "Target drill", "worker_id": keel.Person.Person, "every": "weekly", "first": "2030-01-01T10:00",
	}).want(http.StatusCreated).text("id")
	run := admin.post(orgPath(org.ID, "/drill-runs"), map[string]any{"worker_id": keel.Person.Person, "reason": "Target reason"}).want(http.StatusCreated).text("id")
	leave, err := grant.Office{Store: o.Store}.Ask(o.t.Context(), o.Staff("Lena Lead", actor.FirstLine).Actor, grant.Draft{
		Org: org.Live().ID, Staff: o.Staff("Oliver Bennett", actor.FirstLine).ID, Scope: grant.View, Reason: grant.Support, Words: "Target words of support", Request: "R-1",
	})
	if err != nil {
		o.t.Fatal(err)
	}
	request := admin.post(orgPath(org.ID, "/requests"), map[string]any{"kind": "look", "subject": "Target question", "words": "Target words: the board is empty"}).want(http.StatusCreated).text("id")
	admin.post(orgPath(org.ID, "/contact-persons"), map[string]any{"name": "Target Clerk", "email": "clerk@target.test", "news": []any{map[string]any{"category": "all"}}}).want(http.StatusCreated)
	admin.post(orgPath(org.ID, "/duties"), map[string]any{"duty": "technical", "person_id": org.Admin.Person.Person}).want(http.StatusOK)
	house := o.Partner("Partner of Target")
	operator := house.Operator("Olga Operator")
	link := org.Connect(house)
	program.post("/people/"+string(aino.Person.Person)+"/enrolment", map[string]any{"contacts": []any{
		map[string]any{"name": "Target Contact", "phone": "+358 40 777 0001"}, map[string]any{"name": "Other Contact", "phone": "+358 40 777 0002"},
	}}).want(http.StatusOK)
	enrolments := admin.ask(http.MethodPost, orgPath(org.ID, "/enrolments/imports"), csvSheet).want(http.StatusCreated).text("id")
	desk := o.as(house, operator)
	handedOver := handed(desk, house)
	message := admin.get(orgPath(org.ID, "/messages")).want(http.StatusOK).text("items", 0, "id")
	return target{
		org: org, contact: string(aino.Points[0].ID), cover: cover,
		ids: map[string]string{
			"organisations": string(org.ID), "people": string(aino.Person.Person), "workspaces": string(org.Workspace),
			"drills": drill, "drill-runs": run, "grants": string(leave.ID), "requests": request,
			"connections": string(link), "cases": handedOver, "enrolment-imports": enrolments,
			"wires": wire, "panels": panel, "rotas": rota, "calendars": feed,
			"shifts": shift, "alarms": alarm, "procedures": ladder, "imports": sheet.text("id"), "messages": message,
			"devices": program.post(orgPath(org.ID, "/devices"), map[string]any{"app": "owntracks", "worker_id": string(aino.Person.Person)}).want(http.StatusCreated).text("id"),
			"tokens":  admin.get(orgPath(org.ID, "/tokens")).want(http.StatusOK).text("items", 0, "id"),
		},
		secrets: []string{"Target Works", "Target Clerk", "Target Contact", "777 0001", "Partner of Target", "Target drill", "Target reason", "Target words", "Target question", "Keel", "Target centre", "Target panel", "Target nights", "Aino", "Mikko", "Broken leg", "60.1699", aino.First("email"), aino.Phone()},
	}
}

// handed waits until the engine has carried the alarm to the partner's desk, and
// returns its case.
func handed(desk caller, house *town.Organisation) string {
	desk.o.t.Helper()
	late := time.After(20 * time.Second)
	for {
		if open := desk.get(orgPath(house.ID, "/cases")).want(http.StatusOK).list("items"); len(open) > 0 {
			return open[0].(map[string]any)["id"].(string)
		}
		select {
		case <-late:
			desk.o.t.Fatal("the alarm does not come to the desk")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// panelNumber is an account that no other panel of the installation has.
func panelNumber() string {
	return fmt.Sprintf("%X", 0x100000+accounts.Add(1))
}

var accounts atomic.Int64

// state is everything that the target's own administrator can see of it.
func (g target) state(o *office) string {
	admin := o.as(g.org, g.org.Admin)
	var b strings.Builder
	for _, path := range []string{"", "/drills", "/drill-runs", "/grants", "/requests", "/people?limit=200", "/workspaces", "/shifts", "/alarms", "/messages", "/wires", "/panels", "/office-hours", "/contact-persons", "/duties", "/connections", "/enrolments", "/enrolment-changes"} {
		s := admin.get(orgPath(g.org.ID, path)).want(http.StatusOK)
		b.Write(s.raw)
	}
	// Every change is in the book; the token that looks is too, and no other.
	for _, e := range admin.get(orgPath(g.org.ID, "/activity?limit=200")).want(http.StatusOK).list("items") {
		if kind := e.(map[string]any)["kind"].(string); kind != "identity.token_made" {
			b.WriteString(kind + "\n")
		}
	}
	return b.String()
}

// bodies are what each route takes, so that no refusal is about the body.
var bodies = map[string]any{
	"quiet-hours":         map[string]any{"quiet_from": "22:00", "quiet_till": "06:00"},
	"organisation-update": map[string]any{"name": "Taken over"},
	"workspace-add":       map[string]any{"name": "Annex"},
	"workspace-update":    map[string]any{"name": "Annex"},
	"person-add":          map[string]any{"name": "Eve", "email": "eve@evil.test", "roles": []string{"administrator"}},
	"person-update":       map[string]any{"name": "Eve"},
	"contact-add":         map[string]any{"channel": "email", "address": "eve@evil.test"},
	"contact-arrange":     map[string]any{"contact_points": []any{}},

	"contact-person-add":    map[string]any{"name": "Eve", "email": "eve@evil.test", "news": []any{map[string]any{"category": "all"}}},
	"contact-person-choose": map[string]any{"news": []any{map[string]any{"category": "all"}}},
	"contact-person-share":  map[string]any{"behind_id": "per_1"},
	"duty-assign":           map[string]any{"duty": "technical", "person_id": "per_1"},
	"push-subscribe": map[string]any{"name": "Firefox, Linux", "endpoint": "https://push.example/1", "keys": map[string]any{
		"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg",
	}},
	"import-upload":      csvSheet,
	"shift-high-risk":    map[string]any{"seconds": 60},
	"shift-away":         map[string]any{"seconds": 3600},
	"watching-update":    map[string]any{"silence_seconds": 600},
	"shift-extend":       map[string]any{"seconds": 3600},
	"shift-positions":    map[string]any{"latitude": 1.5, "longitude": 1.5},
	"connection-propose": map[string]any{"organisation_id": "org_00000000000000000000000000000000"},
	"connection-update":  map[string]any{"wishes": "Eve"},
	"change-confirm":     map[string]any{"number": 1},
	"change-reject":      map[string]any{"number": 1, "reason": "Eve"},
	"enrolment-put":      map[string]any{"contacts": []any{map[string]any{"name": "Eve", "phone": "+358405550001"}}},
	"enrolment-form-set": map[string]any{"fields": []any{map[string]any{"label": "Eve"}}},
	"enrolment-upload":   csvSheet,
	"case-note":          map[string]any{"note": "Eve"},
	"case-close":         map[string]any{"outcome": "false"},
	"case-check-word":    map[string]any{"word": "Eve"},
	"alarm-resolve":      map[string]any{"outcome": "false"},
	"alarm-note":         map[string]any{"note": "Eve was here"},
	"alarm-tick":         map[string]any{"step": 0, "line": 1, "done": true},
	"procedure-add":      map[string]any{"name": "Eve", "steps": []any{map[string]any{"whom": "everyone", "wait_seconds": 60}}},
	"procedure-revise":   map[string]any{"name": "Eve", "base_version": 1, "steps": []any{map[string]any{"whom": "everyone", "wait_seconds": 60}}},
	"drill-plan":         map[string]any{"name": "Eve", "worker_id": "per_1", "every": "once", "first": "2030-01-01T10:00"},
	"grant-revoke":       map[string]any{"why": "Eve"},
	"drill-begin":        map[string]any{"worker_id": "per_1", "reason": "Eve"},
	"token-make":         map[string]any{"name": "Eve", "roles": []string{"administrator"}},
	"rota-make":          map[string]any{"name": "Eve", "kind": "weekly", "spans": []any{}},
	"rota-update":        map[string]any{"name": "Eve"},
	"rota-cover":         map[string]any{"from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z", "out_id": "everyone"},
	"rota-swap": map[string]any{
		"a": map[string]any{"person_id": "per_1", "from": "2030-01-01T00:00:00Z", "to": "2030-01-02T00:00:00Z"},
		"b": map[string]any{"person_id": "per_2", "from": "2030-01-03T00:00:00Z", "to": "2030-01-04T00:00:00Z"},
	},
	"rota-answer":         map[string]any{"agree": true},
	"office-update":       map[string]any{"calendar": ""},
	"calendar-make":       map[string]any{},
	"wire-add":            map[string]any{"kind": "dc09", "name": "Eve", "hosts": []string{"evil.test:1"}, "account": "666"},
	"wire-update":         map[string]any{"hosts": []string{"evil.test:1"}},
	"panel-add":           map[string]any{"name": "Eve", "account": "666", "person_id": "per_1"},
	"panel-update":        map[string]any{"name": "Eve"},
	"organisation-create": map[string]any{"name": "Eve", "country": "FI", "time_zone": "Europe/Helsinki", "language": "fi"},
}

func (g target) body(r Route) any {
	switch r.Name {
	case "enrolment-import-match":
		return map[string]any{"columns": map[string]any{"A": "name"}}
	case "request-ask":
		return map[string]any{"kind": "look", "subject": "From elsewhere", "words": "Somebody else asks"}
	case "shift-start":
		return map[string]any{"worker_id": g.ids["people"]}
	case "device-add":
		return map[string]any{"worker_id": g.ids["people"], "app": "traccar"}
	}
	return bodies[r.Name]
}
