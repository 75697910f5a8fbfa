package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/store"
)

// alarmLink waits for the mail about an alarm and returns the path of its link.
func (h *house) alarmLink(to string) string {
	h.t.Helper()
	h.Mail.Patience = 10 * time.Second // the engine sends in real time
	m := h.Mail.Phone(h.t, to).Expect("/a/")
	link := regexp.MustCompile(`/a/[A-Za-z0-9_-]+`).FindString(m.Text)
	if link == "" {
		h.t.Fatalf("no link in %q", m.Text)
	}
	return link
}

var (
	askedFor = regexp.MustCompile(`Select (\d) and (\d)`)
	question = regexp.MustCompile(`name="challenge" value="([^"]+)"`)
)

// right fills the form in as a person does who has read it.
func right(t *testing.T, page reply) url.Values {
	t.Helper()
	asked, token := askedFor.FindStringSubmatch(page.body), question.FindStringSubmatch(page.body)
	if asked == nil || token == nil {
		t.Fatalf("the page asks for nothing:\n%s", plainText(page.body))
	}
	return url.Values{"challenge": {token[1]}, "n": {asked[1], asked[2]}}
}

func TestOA2LinkActsOnlyByADeliberateAct(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK).sees(t, "Help has been called")
	link := h.alarmLink(mikko.Points[0].Address)

	state := func() (s alarm.State) {
		t.Helper()
		err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) error {
			a, _, err := alarm.Of(tx, aino.Person.Person)
			s = a.State
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	machine := h.browser()
	untouched := func(what string) {
		t.Helper()
		if s := state(); s != alarm.Raised {
			t.Fatalf("after %s the alarm is %s", what, s)
		}
	}
	page := machine.get(link, http.StatusOK)
	machine.do(http.MethodHead, link, nil)
	machine.post(link, nil, http.StatusUnprocessableEntity)
	asItStands := right(t, page)
	asItStands.Del("n")
	machine.post(link, asItStands, http.StatusUnprocessableEntity)
	for what, ticked := range map[string][]string{
		"the first box": {"1"}, "the last box": {"9"}, "first and last": {"1", "9"}, "all boxes": {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
	} {
		form := right(t, machine.get(link, http.StatusOK))
		form["n"] = ticked
		machine.post(link, form, http.StatusUnprocessableEntity)
		untouched(what)
	}
	used := right(t, machine.get(link, http.StatusOK))
	once := url.Values{"challenge": used["challenge"], "n": {"1"}}
	machine.post(link, once, http.StatusUnprocessableEntity)
	machine.post(link, used, http.StatusTooManyRequests) // a question is good for one try
	untouched("a second try at one question")

	phone := h.browser()
	phone.post(link, right(t, phone.get(link, http.StatusOK)), http.StatusOK).sees(t, "Acknowledged.")
	if s := state(); s != alarm.Acknowledged {
		t.Fatalf("the alarm is %s after the act", s)
	}
	h.as(org, org.Admin).get("/board", http.StatusOK).sees(t, "Acknowledged by "+mikko.Name)
}

func TestOA3LinkResolves(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK)
	link := h.alarmLink(mikko.Points[0].Address) + "?act=resolve"
	phone := h.browser()
	form := right(t, phone.get(link, http.StatusOK))
	phone.post(link, form, http.StatusUnprocessableEntity).sees(t, `role="alert"`) // says not what it was
	form = right(t, phone.get(link, http.StatusOK))
	form.Set("outcome", "real")
	form.Set("sentence", "She slipped and walks again.")
	phone.post(link, form, http.StatusOK).sees(t, "Resolved.")
	admin := h.as(org, org.Admin)
	list := admin.get("/incidents", http.StatusOK)
	href := regexp.MustCompile(`/incidents/alm_[0-9a-f]+`).FindString(list.body)
	admin.get(href, http.StatusOK).sees(t, "She slipped and walks again.", mikko.Name, "Real")
}

func TestOA7BoardShowsWhoIsInAlert(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	aino, olavi := org.Worker("Aino"), org.Worker("Olavi")
	h.as(org, olavi).startShift(org.Workspace)
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	worker.post("/me/position", url.Values{"shift": {sh}, "lat": {"60.17"}, "lon": {"24.94"}, "accuracy": {"12.4"}, "battery": {"31"}}, http.StatusNoContent, "Accept", "application/json")
	worker.post("/me/help", nil, http.StatusOK)
	board := h.as(org, org.Admin).get("/board", http.StatusOK)
	board.sees(t, `class="row-alarm"`, `class="row-well"`, "Checking the cranes", `data-lat="60.17"`, "±12", "31 %")
	part := h.as(org, org.Admin).get("/board?region=alarms", http.StatusOK)
	if !strings.HasPrefix(part.body, `<section class="alarms"`) {
		t.Errorf("the region is not alone:\n%.200s", part.body)
	}
}

func TestOA9MonitorChecksInForTheWorker(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK)
	monitor := h.as(org, mikko)
	href := regexp.MustCompile(`/alarms/alm_[0-9a-f]+`).FindString(monitor.get("/board", http.StatusOK).body)
	monitor.get(href, http.StatusOK).sees(t, aino.Name, "Check in for this person")
	monitor.post(href+"/check-in", url.Values{"reason": {"Spoke by phone"}, "outcome": {"false"}}, http.StatusOK).sees(t, "False")
	worker.get("/me", http.StatusOK)
	// The worker has no way to close an alarm by the monitors' doors.
	worker.post("/me/help", nil, http.StatusOK)
	again := regexp.MustCompile(`/alarms/alm_[0-9a-f]+`).FindString(monitor.get("/board", http.StatusOK).body)
	worker.post(again+"/acknowledge", nil, http.StatusForbidden)
	worker.post(again+"/resolve", url.Values{"outcome": {"false"}, "sentence": {"nothing"}}, http.StatusForbidden)
}

func TestOA10TheWorkersScreenSaysNothingOfASilentAlarm(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	aino := org.Worker("Aino")
	admin := h.as(org, org.Admin)
	page := "/people/" + string(aino.Person.Person)
	admin.get(page+"/edit", http.StatusOK).sees(t, "There is none.")
	admin.post(page+"/duress", url.Values{"duress_pin": {aino.PIN}}, http.StatusUnprocessableEntity).sees(t, "must differ", `href="#f-duress_pin"`)
	admin.post(page+"/duress", url.Values{"duress_pin": {" "}}, http.StatusUnprocessableEntity).sees(t, "4 to 12")
	given := admin.post(page+"/duress", url.Values{"duress_pin": {"8020"}}, http.StatusOK).sees(t, "There is one.")
	if strings.Contains(given.body, "8020") {
		t.Error("the page shows the duress PIN")
	}
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	normal := worker.post("/me/check-in", url.Values{"shift": {sh}, "pin": {aino.PIN}}, http.StatusOK)
	silent := worker.post("/me/check-in", url.Values{"shift": {sh}, "pin": {"8020"}}, http.StatusOK)
	varying := regexp.MustCompile(`\d+`)
	if a, b := varying.ReplaceAllString(normal.body, "0"), varying.ReplaceAllString(silent.body, "0"); a != b {
		t.Errorf("the pages differ:\n%s\n%s", plainText(a), plainText(b))
	}
	admin.get("/board", http.StatusOK).sees(t, "Duress", `class="row-alarm"`)
	worker.post(page+"/duress/remove", nil, http.StatusForbidden)
	admin.post(page+"/duress/remove", nil, http.StatusOK).sees(t, "There is none.")
}

func TestSentTwiceIsDoneOnce(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	worker := h.as(org, org.Worker("Aino"))
	sh := worker.startShift(org.Workspace)
	form := url.Values{"shift": {sh}, "client_id": {"7d1c"}, "client_time": {"1"}}
	for range 2 {
		worker.post("/me/help", form, http.StatusNoContent, "Accept", "application/json")
	}
	board := h.as(org, org.Admin).get("/board", http.StatusOK)
	if n := strings.Count(board.body, `<article class="alarm-card`); n != 1 {
		t.Errorf("%d alarms after the same call was sent twice", n)
	}
}

func TestEveryPageOpensForAnAdministrator(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	aino := org.Worker("Aino")
	worker := h.as(org, aino)
	for _, path := range []string{"/me", "/me/shifts", "/me/devices", "/account", "/channels", "/app.webmanifest", "/sw.js"} {
		worker.get(path, http.StatusOK)
	}
	if at := worker.get("/", http.StatusOK).path; at != "/me" {
		t.Errorf("a worker begins at %s", at)
	}
	admin := h.as(org, org.Admin)
	person := string(aino.Person.Person)
	for _, path := range []string{
		"/", "/board", "/board?state=due&q=x", "/board?tab=map", "/incidents", "/roster", "/roster?q=aino&role=worker", "/roster/new", "/people/" + person + "/edit",
		"/people/" + person, "/people/" + person + "?tab=procedure", "/people/" + person + "?tab=position", "/people/" + person + "?tab=history",
		"/roster/import", "/roster/template.xlsx", "/workspaces", "/book", "/book?kind=person.added", "/settings", "/settings/tokens", "/account", "/channels", "/outbox",
	} {
		page := admin.get(path, http.StatusOK)
		if found := regexp.MustCompile(`\bweb\.[a-z_]+\.[a-z_]+|ZgotmplZ`).FindString(page.body); found != "" {
			t.Errorf("%s shows %s", path, found)
		}
	}
	admin.post("/people/"+person+"/edit", url.Values{"name": {""}, "email": {"no"}, "mobile": {"+358401234567"}, "role": {"worker:" + string(org.Workspace)}}, http.StatusUnprocessableEntity).sees(t, `href="#f-email"`, `value="no"`)
	admin.post("/book/verify", nil, http.StatusOK).sees(t, "Verified: all")
	admin.post("/settings/tokens", url.Values{"name": {"Radio"}, "role": {"worker"}}, http.StatusOK).sees(t, "Copy it now")
	admin.post("/workspaces", url.Values{"name": {"Mill"}, "instructions": {"Key at the gate"}}, http.StatusOK).sees(t, "Mill", "Key at the gate")
	monitor := h.as(org, mikko)
	for _, path := range []string{"/book", "/settings", "/settings/tokens"} {
		monitor.get(path, http.StatusForbidden)
	}
}

func TestNoPageLeadsIntoAnotherOrganisation(t *testing.T) {
	h := openHouse(t)
	org, other := h.Organisation("Harbour Works"), h.Organisation("Mill")
	org.Monitor("Mikko")
	aino := org.Worker("Aino")
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK)
	own := h.as(org, org.Admin)
	al := strings.TrimPrefix(regexp.MustCompile(`/alarms/alm_[0-9a-f]+`).FindString(own.get("/board", http.StatusOK).body), "/alarms/")
	stranger := h.as(other, other.Admin)
	person := string(aino.Person.Person)
	for _, path := range []string{"/alarms/" + al, "/incidents/" + al, "/people/" + person, "/people/" + person + "/edit"} {
		stranger.get(path, http.StatusNotFound)
	}
	for _, path := range []string{"/alarms/" + al + "/acknowledge", "/alarms/" + al + "/resolve", "/alarms/" + al + "/note", "/alarms/" + al + "/check-in", "/people/" + person + "/leave", "/me/help", "/me/check-in"} {
		stranger.post(path, url.Values{"shift": {sh}, "outcome": {"real"}, "sentence": {"x"}, "note": {"x"}, "reason": {"x"}}, http.StatusNotFound)
	}
	if strings.Contains(stranger.get("/board", http.StatusOK).body, aino.Name) {
		t.Error("another organisation's worker is on the board")
	}
}

func TestPagesDefendThemselves(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	admin := h.as(org, org.Admin)
	page := admin.get("/board", http.StatusOK)
	csp := page.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", page.header)
	}
	admin.post("/workspaces", url.Values{"name": {"Mill"}}, http.StatusForbidden, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test")
	for to, want := range map[string]string{"/roster?q=a": "/roster?q=a", "//evil.test": "/", "https://evil.test": "/", `/\evil.test`: "/", "": "/"} {
		if got := back(to); got != want {
			t.Errorf("back(%q) = %q", to, got)
		}
	}
	outsider := h.browser()
	if at := outsider.get("/board", http.StatusOK).path; at != "/sign-in" {
		t.Errorf("somebody not signed in is led to %s", at)
	}
	outsider.get("/a/nonsense", http.StatusNotFound).sees(t, "This link no longer works")
	admin.post("/sign-out", nil, http.StatusOK)
	if at := admin.get("/board", http.StatusOK).path; at != "/sign-in" {
		t.Errorf("somebody who signed out is led to %s", at)
	}
}

func TestFeedTellsOpenPages(t *testing.T) {
	h := openHouse(t)
	org, other := h.Organisation("Harbour Works"), h.Organisation("Mill")
	admin := h.as(org, org.Admin)
	next := admin.listen()
	next("event: beat")
	h.as(other, other.Worker("Eve")).startShift(other.Workspace)
	h.as(org, org.Worker("Aino")).startShift(org.Workspace)
	for {
		next("event: change")
		topics := next("data: ")
		if strings.Contains(topics, "shf_") {
			break // ours came; the other organisation's shift would have come before it
		}
	}
	if hears(actor.Actor{Roles: []actor.Membership{{Role: actor.Worker}}}, []string{"alm_1"}) != nil {
		t.Error("a worker's page hears of an alarm by name")
	}
}
