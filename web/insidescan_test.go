package web

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"muster/actor"
	"muster/call/alarm"
	"muster/carrier/switchboard"
	"muster/id"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// patterns are all routes that the pages have.
func patterns(t *testing.T) []string {
	t.Helper()
	built, err := loadAssets(mustSub(t))
	if err != nil {
		t.Skipf("the assets are not built: %v", err)
	}
	s := &site{Deps: Deps{Carriers: &switchboard.Board{}, Outbox: func() []Sent { return nil }}, renderer: &renderer{assets: built}}
	all := s.routes().patterns
	if len(all) < 120 {
		t.Fatalf("only %d routes found", len(all))
	}
	return all
}

// furnished is a customer with something on every page, and the identifiers by
// which the pages' addresses name it.
type furnished struct {
	*entered
	dsn                string
	aino, mikko, sanna town.Member
	values             map[string]string
	incident, duress   string
}

func furnish(t *testing.T, scope grant.Scope, works actor.Department) *furnished {
	t.Helper()
	dsn := mustertest.SQLite(t)
	s, err := store.Open(t.Context(), dsn, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := openHouseOn(t, s)
	e := &entered{house: h, org: h.Organisation("Harbour Works").Live(), agent: h.Staff("Oliver Bennett", works)}
	f := &furnished{entered: e, dsn: dsn}
	f.aino, f.mikko, f.sanna = e.org.Worker("Aino Virtanen"), e.org.Monitor("Mikko Laine"), e.org.Monitor("Sanna Korhonen")
	pin := "8020"
	if err := roster.UpdatePerson(t.Context(), s, h.Keys, e.org.Admin.Actor, f.aino.Person.Person, roster.Change{DuressPIN: &pin}); err != nil {
		t.Fatal(err)
	}
	e.admin = h.as(e.org, e.org.Admin)
	worker := h.as(e.org, f.aino)
	worker.startShift(e.org.Workspace)
	worker.post("/me/help", url.Values{}, http.StatusOK)
	f.incident = strings.TrimPrefix(e.admin.alarmOnBoard(), "/alarms/")
	if _, err := alarm.Resolve(t.Context(), s, f.mikko.Actor, id.Alarm(f.incident), alarm.Precautionary, "She is well"); err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	rota := e.admin.post("/rotas/new", url.Values{
		"name": {"Night duty"}, "kind": {"rotating"}, "need": {"always"}, "start": {today}, "handover": {"08:00"}, "days": {"3"},
		"place_" + string(f.mikko.Person.Person): {"1"}, "place_" + string(f.sanna.Person.Person): {"2"},
	}, http.StatusOK).path
	e.grant = e.org.Granted(e.agent, scope)
	e.guest = h.colleague(e.agent)
	f.values = map[string]string{
		"alarm": f.incident, "person": string(f.aino.Person.Person), "workspace": string(e.org.Workspace), "contact": string(f.aino.Points[0].ID),
		"rota": strings.TrimPrefix(rota, "/rotas/"), "act": "remove", "answer": "agree", "grant": string(e.grant.ID),
	}
	return f
}

var hole = regexp.MustCompile(`\{([a-z]+)(\.\.\.)?\}`)

// address is a route's with what there is in place of its holes.
func (f *furnished) address(pattern string) (method, path string) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = http.MethodGet, pattern
	}
	path = strings.ReplaceAll(path, "{$}", "")
	return method, hole.ReplaceAllStringFunc(path, func(m string) string {
		if v := f.values[strings.Trim(m, "{}.")]; v != "" {
			return v
		}
		return "x"
	})
}

// kept is a digest of each table, but of those in which it is meant to be
// written that somebody looked or tried.
func (f *furnished) kept() map[string]string {
	f.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(f.dsn, "sqlite:"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	names, err := column(db, `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`)
	if err != nil {
		f.t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(name, "ledger_") || slices.Contains([]string{"visit", "session", "look", "throttle"}, name) {
			continue
		}
		if all[name], err = digest(db, name); err != nil {
			f.t.Fatal(err)
		}
	}
	if len(all) < 40 {
		f.t.Fatalf("only %d tables", len(all))
	}
	return all
}

func column(db *sql.DB, q string) (all []string, err error) {
	rows, err := db.Query(q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func digest(db *sql.DB, table string) (string, error) {
	rows, err := db.Query(`select * from "` + table + `"`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	slices.Sort(lines)
	sum := sha256.New()
	_, _ = io.WriteString(sum, strings.Join(lines, "\n"))
	return fmt.Sprintf("%d rows %x", len(lines), sum.Sum(nil)[:6]), rows.Err()
}

func (f *furnished) same(before map[string]string, what string) {
	f.t.Helper()
	after := f.kept()
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if before[table] != after[table] {
			f.t.Errorf("%s changed %s: %s, before %s", what, table, after[table], before[table])
		}
	}
}

// stays are what a guest's browser may send: out, and to the provider's own
// pages and their tools, which know it as staff and not as a guest.
func stays(pattern string) bool {
	_, path, _ := strings.Cut(pattern, " ")
	return pattern == "POST /leave" || outside(path)
}

// FL1, FL5, FL9, access A6: whoever was let in to look is refused by every route
// that is not for looking, whatever it is and whoever's eyes they have, and
// nothing is changed by any of them. New routes are walked as they come.
func TestAccessA6EveryRouteThatChangesIsClosedToAGuest(t *testing.T) {
	f := furnish(t, grant.View, actor.SecondLine)
	f.Stop()
	walked := 0
	for _, eyes := range []town.Member{{}, f.aino, f.org.Admin} {
		f.enter(eyes.Person.Person)
		before := f.kept()
		for _, pattern := range patterns(t) {
			method, path := f.address(pattern)
			if method == http.MethodGet || stays(pattern) {
				continue
			}
			walked++
			for _, header := range []string{"text/html", "application/json"} {
				form := url.Values{"name": {"Changed"}, "password": {"correct horse battery staple"}, "org": {string(f.org.ID)}, "pin": {"1234"}, "theme": {"dark"}, "language": {"fi"}}
				if got := f.guest.do(method, path, form, "Accept", header); got.status != http.StatusForbidden {
					t.Errorf("%s answers a guest with %d, want 403", pattern, got.status)
				}
			}
		}
		f.same(before, "what was refused")
	}
	t.Logf("%d requests to routes that change something, all refused", walked)
	f.guest.get("/board", http.StatusOK)
}

// Looking changes nothing but the record that somebody looked.
func TestFL1LookingChangesNothing(t *testing.T) {
	f := furnish(t, grant.View, actor.FirstLine)
	f.Stop()
	f.enter("")
	before := f.kept()
	opened := 0
	for _, pattern := range patterns(t) {
		method, path := f.address(pattern)
		if method != http.MethodGet || path == "/feed" || path == providerFeed || strings.HasPrefix(path, "/static/") || stays(pattern) {
			continue
		}
		got := f.guest.do(method, path, nil)
		if got.status >= 500 {
			t.Errorf("GET %s answers %d", path, got.status)
		}
		for _, closed := range closedToGuests {
			if strings.HasPrefix(path, closed) && got.status != http.StatusForbidden {
				t.Errorf("%s is open to a guest: %d", path, got.status)
			}
		}
		if got.status == http.StatusOK {
			opened++
			if strings.Contains(got.header.Get("Content-Type"), "text/html") && !strings.Contains(got.body, `class="visit"`) {
				t.Errorf("%s has no frame around it", path)
			}
		}
	}
	if opened < 30 {
		t.Errorf("only %d pages opened", opened)
	}
	t.Logf("%d pages opened", opened)
	f.same(before, "looking")
}

var mainPart = regexp.MustCompile(`(?s)<main.*</main>`)

// FL4: with somebody's eyes a guest sees what that person sees, to the byte, and
// no more.
func TestFL4ViewAsShowsWhatThatPersonSees(t *testing.T) {
	f := furnish(t, grant.View, actor.FirstLine)
	worker := f.as(f.org, f.aino)
	worker.post("/me/check-in", url.Values{"pin": {"8020"}}, http.StatusOK) // under duress: it stays hidden from her, and from her eyes
	f.duress = strings.TrimPrefix(f.admin.alarmOnBoard(), "/alarms/")
	f.Stop()
	same := 0
	for _, whose := range []town.Member{f.aino, f.mikko, f.org.Admin} {
		own := f.as(f.org, whose)
		f.enter(whose.Person.Person)
		for range 2 { // the first look leaves its own trace, where that is shown
			same = 0
			for _, pattern := range patterns(t) {
				method, path := f.address(pattern)
				if method != http.MethodGet || strings.HasPrefix(path, "/static/") || path == "/feed" || path == providerFeed || stays(pattern) || slices.Contains(closedToGuests, path) || path == "/view-as" || strings.HasPrefix(path, "/a/") || strings.HasPrefix(path, directorPage) {
					continue
				}
				for _, alarm := range []string{f.incident, f.duress} {
					path := strings.Replace(path, f.incident, alarm, 1)
					var seen, sees reply
					for range 3 { // a second may pass between the two
						if seen, sees = f.guest.do(method, path, nil), own.do(method, path, nil); mainOf(seen) == mainOf(sees) {
							break
						}
					}
					if seen.status != sees.status {
						t.Errorf("%s: %s sees %d, with their eyes it is %d", path, whose.Name, sees.status, seen.status)
					}
					if a, b := mainOf(seen), mainOf(sees); a != b {
						t.Errorf("%s differs from what %s sees:\n%s", path, whose.Name, firstDifference(a, b))
					} else if seen.status == http.StatusOK {
						same++
					}
					if !strings.Contains(path, alarm) {
						break
					}
				}
			}
			if t.Failed() {
				break
			}
		}
		t.Logf("%s: %d pages the same to the byte", whose.Name, same)
		if whose.Name == f.aino.Name && strings.Contains(f.guest.get("/me", http.StatusOK).body, "alarm-note") {
			t.Error("the eyes of a worker under duress see her alarm")
		}
	}
}

// mainOf is the page's own part, without what stands around it.
func mainOf(r reply) string {
	if part := mainPart.FindString(r.body); part != "" {
		part, _, _ = strings.Cut(part, `<nav class="tongues"`)
		return neverTwice.ReplaceAllString(strings.TrimSpace(strings.TrimSuffix(part, "</main>")), "")
	}
	// The mark that a guest's table carries is the frame of a file.
	if marked := strings.HasPrefix(r.body, "\ufeff\"grt_"); marked {
		_, rest, _ := strings.Cut(r.body, "\r\n")
		return "\ufeff" + rest
	}
	return r.body
}

// neverTwice is what is never twice the same: the number of an error, the
// instant, and the foot of a print, which says who printed it.
var neverTwice = regexp.MustCompile(`<code>[a-z2-7]{8}</code>|\b1[0-9]{15}\b|<p class="print-foot">.*?</p>`)

func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("…%s\n…%s", a[max(0, i-60):min(len(a), i+80)], b[max(0, i-60):min(len(b), i+80)])
		}
	}
	return fmt.Sprintf("%d bytes and %d", len(a), len(b))
}

// FL9, WK1: staff of the provider who were not let in change nothing of an
// organisation by any page, and set nobody's password; nor does any route take
// one but the owner's own page and the way in.
func TestFL9NoRouteLetsStaffChangeDataOrSetAPassword(t *testing.T) {
	f := furnish(t, grant.View, actor.SecondLine)
	f.Stop()
	before := f.kept()
	walked := 0
	for _, pattern := range patterns(t) {
		method, path := f.address(pattern)
		if strings.Contains(path, "password") && path != "/account/password" && path != "/sign-in/password" {
			t.Errorf("%s is about a password", pattern)
		}
		if method == http.MethodGet || stays(pattern) || signsIn(path) || strings.Contains(pattern, " "+providerPages) || path == "/sign-out" {
			continue
		}
		walked++
		form := url.Values{"name": {"Changed"}, "password": {"correct horse battery staple"}, "org": {string(f.org.ID)}, "pin": {"1234"}}
		f.guest.do(method, path, form)
	}
	if walked < 90 {
		t.Errorf("only %d routes", walked)
	}
	f.same(before, "staff from outside")
}
