package api

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"muster/actor"
	"muster/identity"
	"muster/mustertest"
	"muster/store"
)

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
		o.Stop() // messages under way would change by themselves
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
		o.Stop() // messages under way would change by themselves
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
			"component-list": "both", "news-list": "both",
			"rota-list": "both", "rota-get": "both", "rota-turns": "both", "office-get": "both", "calendar-list": "both", "calendar-make": "both",
			"enrolment-list": "monitor", "enrolment-changes": "monitor", "enrolment-form": "monitor",
			"request-list": "both", "request-ask": "both", "contact-person-list": "monitor", "duty-list": "monitor", "contact-person-confirm": "both", "person-list": "monitor", "person-get": "monitor", "push-list": "monitor", "shift-list": "both", "shift-get": "monitor", "board-get": "monitor",
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
	filled, walls := 0, map[string]bool{}
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
		if rows[0] > 0 {
			filled++
		}
		var wall string
		if err := db.QueryRow(t.Context(), wallOf, table).Scan(&wall); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		walls[wall] = true
	}
	// One wall stands before all of them, so those that hid rows speak for those
	// that had none to hide.
	if len(walls) != 1 || filled < 40 {
		t.Errorf("%d of %d tables hid rows, behind the walls %q", filled, len(names), slices.Collect(maps.Keys(walls)))
	}
}

const (
	tenantTables = `select c.table_name from information_schema.columns c join information_schema.tables t
		on t.table_name = c.table_name and t.table_schema = c.table_schema
		where c.column_name = 'org' and c.table_schema = current_schema() and t.table_type = 'BASE TABLE' order by 1`
	bindOrg = `select set_config('muster.org', $1, true)`
	countOf = `select count(*) from `
	ofOrg   = ` where org = $1`
	wallOf  = `select string_agg(format('%s %s %s %s %s %s', c.relrowsecurity, c.relforcerowsecurity, p.polcmd, p.polroles,
		pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)), '; ')
		from pg_class c join pg_policy p on p.polrelid = c.oid where c.oid = to_regclass($1)`
)
