package api

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"muster/actor"
	"muster/identity"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
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
		secrets: []string{"Target Works", "Target Contact", "777 0001", "Partner of Target", "Target drill", "Target reason", "Target words", "Target question", "Keel", "Target centre", "Target panel", "Target nights", "Aino", "Mikko", "Broken leg", "60.1699", aino.First("email"), aino.Phone()},
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
	for _, path := range []string{"", "/drills", "/drill-runs", "/grants", "/requests", "/people?limit=200", "/workspaces", "/shifts", "/alarms", "/messages", "/wires", "/panels", "/office-hours", "/connections", "/enrolments", "/enrolment-changes"} {
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

// ours are the routes that lead into no organisation.
var ours = map[string]bool{"organisation-create": true, "import-template": true}

func TestNoRouteLeadsIntoAnotherOrganisation(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		g := furnish(t, o)
		foreign := o.Organisation("Foreign Works")
		strangers := map[string]caller{
			"staff": o.staff, "administrator": o.as(foreign, foreign.Admin),
			"monitor": o.as(foreign, foreign.Monitor("Eve Monitor")), "worker": o.as(foreign, foreign.Worker("Eve Worker")),
			"administrator's program": o.program(foreign, actor.Administrator),
			"monitor's program":       o.program(foreign, actor.Monitor), "worker's program": o.program(foreign, actor.Worker),
			"nobody": {o, ""},
		}
		before := g.state(o)
		walked := 0
		for _, r := range Routes() {
			if ours[r.Name] {
				continue
			}
			thing, _, _ := strings.Cut(strings.TrimPrefix(r.Path, prefix+"/"), "/")
			id, ok := g.ids[thing]
			if !ok {
				t.Fatalf("the target has none of %s, which %s needs", thing, r.Name)
			}
			path := strings.NewReplacer("{id}", id, "{seq}", "0", "{contact_id}", g.contact, "{cover_id}", g.cover).Replace(r.Path)
			for who, c := range strangers {
				s := c.ask(r.Method, path, g.body(r), keyHeader, "walk-"+who)
				walked++
				switch {
				case who == "nobody" && s.status == http.StatusUnauthorized:
				case who != "nobody" && (s.status == http.StatusNotFound || s.status == http.StatusForbidden):
				case r.Name == "import-get" || r.Name == "import-apply" || strings.HasPrefix(r.Name, "enrolment-import-"):
					// An upload that is not there looks like one whose time is over.
					s.refused(http.StatusGone, "import_expired")
				default:
					t.Errorf("%s by %s: %d %s", s.what, who, s.status, s.raw)
				}
				for _, secret := range g.secrets {
					if strings.Contains(string(s.raw), secret) {
						t.Errorf("%s told %s: %s", s.what, who, s.raw)
					}
				}
			}
		}
		if after := g.state(o); after != before {
			t.Errorf("something has changed:\n%s\n%s", before, after)
		}
		if walked < 8*40 {
			t.Errorf("only %d requests: this is not every route", walked)
		}
	})
}

// One's own door with another organisation's identifiers behind it.
func TestForeignIdentifiersLeadNowhereFromOnesOwnDoor(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		g := furnish(t, o)
		foreign := o.Organisation("Foreign Works")
		admin, program := o.as(foreign, foreign.Admin), o.program(foreign, actor.Administrator)
		before := g.state(o)
		for _, query := range []string{
			"/board?workspace_id=" + g.ids["workspaces"], "/shifts?workspace_id=" + g.ids["workspaces"], "/shifts?worker_id=" + g.ids["people"],
			"/alarms?worker_id=" + g.ids["people"], "/statistics?worker_id=" + g.ids["people"], "/statistics?workspace_id=" + g.ids["workspaces"], "/alarms?state=resolved&workspace_id=" + g.ids["workspaces"],
			"/people?workspace_id=" + g.ids["workspaces"], "/people?search=Aino", "/people?cursor=" + cursor("people", g.ids["people"]),
			"/activity?subject=" + g.ids["alarms"], "/activity?about=" + g.ids["people"], "/messages?about=" + g.ids["alarms"],
		} {
			s := admin.get(orgPath(foreign.ID, query))
			for _, secret := range g.secrets {
				if strings.Contains(string(s.raw), secret) {
					t.Errorf("%s told %s", s.what, s.raw)
				}
			}
		}
		shifts, people, tokens := orgPath(foreign.ID, "/shifts"), orgPath(foreign.ID, "/people"), orgPath(foreign.ID, "/tokens")
		program.post(shifts, map[string]any{"worker_id": g.ids["people"]}).refused(http.StatusNotFound, "not_found")
		admin.post(tokens, map[string]any{"name": "x", "person_id": g.ids["people"]}).refused(http.StatusNotFound, "not_found")
		admin.post(people, map[string]any{
			"name": "Eve", "email": "eve@evil.test",
			"memberships": []any{map[string]any{"role": "monitor", "workspace_id": g.ids["workspaces"]}},
		}).refused(http.StatusUnprocessableEntity, "workspace_unknown")
		own := string(foreign.Admin.Person.Person)
		admin.ask(http.MethodDelete, "/people/"+own+"/contact-points/"+g.contact, nil).refused(http.StatusNotFound, "not_found")
		admin.post("/people/"+own+"/contact-points/"+g.contact+"/verify", nil).refused(http.StatusNotFound, "not_found")
		if g.state(o) != before {
			t.Error("something has changed")
		}
	})
}

// What a role may not do inside its own organisation, by the routes that
// change something.
func TestRolesReachNoFurtherThanTheirRules(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		g := furnish(t, o)
		callers := map[string]caller{
			"worker": o.as(g.org, g.org.Worker("Other Worker")), "monitor": o.as(g.org, g.org.Monitor("Other Monitor")),
		}
		allowed := map[string]string{
			"watching-get": "both", "look-list": "both", "organisation-get": "both", "workspace-list": "both", "workspace-get": "both", "import-template": "both", "alarm-list": "both",
			"drill-list": "monitor", "drill-get": "monitor", "drill-runs": "monitor", "drill-run": "monitor",
			"rota-list": "both", "rota-get": "both", "rota-turns": "both", "office-get": "both", "calendar-list": "both", "calendar-make": "both",
			"enrolment-list": "monitor", "enrolment-changes": "monitor", "enrolment-form": "monitor",
			"request-list": "both", "request-ask": "both", "person-list": "monitor", "person-get": "monitor", "push-list": "monitor", "shift-list": "both", "shift-get": "monitor", "board-get": "monitor",
			"shift-check-in": "monitor", "shift-help": "monitor", "shift-finish": "monitor",
			"procedure-list": "monitor", "procedure-get": "monitor", "person-ladder": "monitor", "alarm-procedure": "monitor", "alarm-tick": "monitor",
			"alarm-get": "monitor", "alarm-statistics": "monitor", "alarm-timeline": "monitor", "alarm-acknowledge": "monitor", "alarm-resolve": "monitor", "alarm-note": "monitor",
		}
		for _, r := range Routes() {
			thing, _, _ := strings.Cut(strings.TrimPrefix(r.Path, prefix+"/"), "/")
			path := strings.NewReplacer("{id}", g.ids[thing], "{seq}", "0", "{contact_id}", g.contact, "{cover_id}", g.cover).Replace(r.Path)
			for role, c := range callers {
				if may := allowed[r.Name]; may == "both" || may == role {
					continue
				}
				if s := c.ask(r.Method, path, g.body(r)); s.status != http.StatusForbidden {
					t.Errorf("%s by a %s: %d %s", s.what, role, s.status, s.raw)
				}
			}
		}
	})
}

var (
	bindsOrg = regexp.MustCompile(`\b(?:in_)?org\s*=\s*\$1\b`)
	inserts  = regexp.MustCompile(`(?is)^\s*insert\s+into\s+\w+\s*\(([^)]*)\)\s*(?:values\s*\(|select\s)([^)]*)`)
)

// owned tells whether a statement puts $1 where a row says whose it is, or
// looks only at such rows.
func owned(text string) bool {
	m := inserts.FindStringSubmatch(text)
	if m == nil {
		return bindsOrg.MatchString(text)
	}
	columns, values := strings.Split(m[1], ","), strings.Split(m[2], ",")
	for i, v := range values {
		if strings.TrimSpace(v) == "$1" && i < len(columns) {
			// Accounts and sessions are nobody's rows, but say where they come from.
			return slices.Contains([]string{"org", "in_org", "made_in"}, strings.TrimSpace(columns[i]))
		}
	}
	return false
}

// Every statement that works in one organisation is bound to it, in every
// room: they are all linked into this test.
func TestEveryTenantStatementIsBoundToItsOrganisation(t *testing.T) {
	tenant := 0
	for _, q := range store.Statements() {
		if !q.Tenant() {
			continue
		}
		tenant++
		if !owned(q.Text()) {
			t.Errorf("%s does not name its organisation:\n%s", q.Name(), q.Text())
		}
	}
	if tenant < 80 {
		t.Errorf("only %d statements: not every room is here", tenant)
	}
}

// PostgreSQL hides every row of every table from a transaction of another
// organisation, and from one of none, whatever its statement says.
func TestEveryTableStandsBehindRowSecurity(t *testing.T) {
	dsn := mustertest.Postgres(t)
	s, err := store.Open(t.Context(), dsn, store.Options{NoListen: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o := open(t, s)
	g := furnish(t, o)
	if _, err := o.api.(*front).deps.Book.Checkpoint(t.Context(), g.org.ID); err != nil {
		t.Fatal(err)
	}
	o.program(g.org, actor.Administrator).ask(http.MethodPost, orgPath(g.org.ID, "/workspaces"), map[string]any{"name": "Quay"}, keyHeader, "k").want(http.StatusCreated)

	db, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	tables, err := db.Query(t.Context(), tenantTables)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(tables, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 20 {
		t.Fatalf("only %d tables have an organisation: %v", len(names), names)
	}
	empty := 0
	for _, table := range names {
		var rows [3]int
		for i, org := range []string{string(g.org.ID), string(identity.Provider), ""} {
			tx, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if org != "" {
				if _, err := tx.Exec(t.Context(), bindOrg, org); err != nil {
					t.Fatal(err)
				}
			}
			if err := tx.QueryRow(t.Context(), countOf+table+ofOrg, string(g.org.ID)).Scan(&rows[i]); err != nil {
				t.Fatal(err)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if rows[1] != 0 || rows[2] != 0 {
			t.Errorf("%s shows %d rows to another organisation and %d to none", table, rows[1], rows[2])
		}
		if rows[0] == 0 {
			empty++
			t.Logf("%s has no row to hide", table)
		}
	}
	if empty > len(names)/2 {
		t.Errorf("%d of %d tables are empty: this shows little", empty, len(names))
	}
}

const (
	tenantTables = `select c.table_name from information_schema.columns c join information_schema.tables t
		on t.table_name = c.table_name and t.table_schema = c.table_schema
		where c.column_name = 'org' and c.table_schema = current_schema() and t.table_type = 'BASE TABLE' order by 1`
	bindOrg = `select set_config('muster.org', $1, true)`
	countOf = `select count(*) from `
	ofOrg   = ` where org = $1`
)
