package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The administrator makes a rota and looks at it as a calendar; the monitors
// see their duty, swap, and take a calendar along.
func TestARotaFromTheFormToTheCalendar(t *testing.T) {
	h := openHouse(t)
	harbour := h.Organisation("Harbour Works")
	mikko, sanna := harbour.Monitor("Mikko Laine"), harbour.Monitor("Sanna Korhonen")
	admin := h.as(harbour, harbour.Admin)
	admin.get("/rotas", http.StatusOK).sees(t, "Nobody has a duty yet")

	bad := admin.post("/rotas/new", url.Values{"name": {""}, "kind": {"rotating"}, "need": {"always"}, "start": {"22.11."}, "handover": {"8"}, "days": {"0"}}, http.StatusUnprocessableEntity)
	bad.sees(t, "This is not a date", "Harbour", `value="22.11."`, `<a href="#f-start">First day: `)
	today := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	made := admin.post("/rotas/new", url.Values{
		"name": {"Night duty"}, "kind": {"rotating"}, "need": {"always"}, "start": {today}, "handover": {"08:00"}, "days": {"3"},
		"place_" + string(mikko.Person.Person): {"1"}, "place_" + string(sanna.Person.Person): {"2"},
	}, http.StatusOK)
	made.sees(t, "The rota was made", "Night duty", "Mikko Laine", "has confirmed no address", "hands over every 3 days at 08:00")
	path := made.path
	admin.get(path+"/edit", http.StatusOK).sees(t, `value="Night duty"`, `value="3"`, `value="1"`)
	admin.get("/rotas", http.StatusOK).sees(t, "Night duty", "Whole organisation")

	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	after := time.Now().UTC().AddDate(0, 0, 2).Format(time.DateOnly)
	covered := admin.post(path+"/covers", url.Values{
		"from": {tomorrow + "T18:00"}, "to": {after + "T06:00"}, "out": {"everyone"}, "in": {string(harbour.Admin.Person.Person)}, "why": {"Harbour party"},
	}, http.StatusOK)
	covered.sees(t, "The rota was changed for that time", "Harbour party", "Administrator of Harbour Works", "Less than three days ahead", "stands in")
	admin.post(path+"/covers", url.Values{"from": {tomorrow + "T18:00"}, "to": {tomorrow + "T17:00"}, "in": {string(sanna.Person.Person)}}, http.StatusUnprocessableEntity).
		sees(t, "The end must come after the beginning")

	h.as(harbour, harbour.Worker("Aino Virtanen")).get(path+"/edit", http.StatusForbidden)

	duty := h.as(harbour, mikko)
	duty.get("/duty", http.StatusOK).sees(t, "You are on duty now", "Night duty")
	page := duty.get(path, http.StatusOK)
	if strings.Contains(page.body, path+"/covers\"") {
		t.Error("a monitor is offered what only administrators may do")
	}
	a, b := option(t, page.body, "a", "Mikko"), option(t, page.body, "b", "Sanna")
	duty.post(path+"/swaps", url.Values{"a": {a}, "b": {b}}, http.StatusOK).sees(t, "Your colleague was asked")
	asked := h.as(harbour, sanna)
	agree := regexp.MustCompile(`action="(/rotas/[^"]+/agree)"`).FindStringSubmatch(asked.get("/duty", http.StatusOK).body)
	if agree == nil {
		t.Fatal("the one who was asked cannot agree")
	}
	asked.post(agree[1], nil, http.StatusOK).sees(t, "The duties were swapped")

	fresh := asked.post("/duty/calendar", nil, http.StatusOK)
	address := regexp.MustCompile(`value="` + regexp.QuoteMeta(h.server.URL) + `(/calendar/[^"]+)"`).FindStringSubmatch(fresh.body)
	if address == nil {
		t.Fatalf("no address on the page:\n%s", plainText(fresh.body))
	}
	ics := h.browser().get(address[1], http.StatusOK)
	if ct := ics.header.Get("Content-Type"); ct != "text/calendar; charset=utf-8" || !strings.Contains(ics.body, "SUMMARY:On duty: Night duty") {
		t.Errorf("%s\n%s", ct, ics.body)
	}
	h.browser().get(address[1][:len(address[1])-6]+"x.ics", http.StatusNotFound)
	feed := regexp.MustCompile(`action="(/calendars/[^"]+/close)"`).FindStringSubmatch(fresh.body)
	asked.post(feed[1], url.Values{"back": {"/duty"}}, http.StatusOK).sees(t, "The address was closed")
	h.browser().get(address[1], http.StatusNotFound)

	admin.post(path+"/close", nil, http.StatusOK).sees(t, "The rota was closed")
	admin.get(path, http.StatusNotFound)
}

// option finds the value of a select's option by how its text begins.
func option(t *testing.T, body, field, text string) string {
	t.Helper()
	_, rest, _ := strings.Cut(body, `<select class="form-select" id="f-`+field+`"`)
	list, _, _ := strings.Cut(rest, "</select>")
	found := regexp.MustCompile(`value="([^"]+)"[^>]*>` + text).FindStringSubmatch(list)
	if found == nil {
		t.Fatalf("no option %s in %s: %s", text, field, list)
	}
	return found[1]
}

func TestARotaThatIsTheSameEveryWeek(t *testing.T) {
	h := openHouse(t)
	harbour := h.Organisation("Harbour Works")
	mikko, sanna := harbour.Monitor("Mikko Laine"), harbour.Monitor("Sanna Korhonen")
	admin := h.as(harbour, harbour.Admin)
	rows := url.Values{"name": {"Weekdays"}, "kind": {"weekly"}, "need": {"turns"}}
	add := func(day, from, to, who string) {
		for field, value := range map[string]string{"span_day": day, "span_from": from, "span_to": to, "span_who": who} {
			rows[field] = append(rows[field], value)
		}
	}
	add("workdays", "08:00", "16:00", string(mikko.Person.Person))
	add("workdays", "08:00", "16:00", string(sanna.Person.Person))
	add("6", "22:00", "06:00", string(sanna.Person.Person))
	add("", "", "", "")
	made := admin.post("/rotas/new", rows, http.StatusOK)
	made.sees(t, "Mikko Laine, Sanna Korhonen", "08:00–16:00", "22:00–", "–06:00", "the same every week")
	rows["span_from"][2] = "late"
	admin.post(made.path+"/edit", rows, http.StatusUnprocessableEntity).sees(t, "Row 3 needs days, a beginning and an end")
}

func TestSS9OfficeHoursAreSetOnTheirPage(t *testing.T) {
	h := openHouse(t)
	harbour := h.Organisation("Harbour Works")
	admin := h.as(harbour, harbour.Admin)
	admin.get("/office-hours", http.StatusOK).sees(t, "Nothing has been set", "08:00–16:00", "Finland")
	form := url.Values{"day_1": {"8–12, 12.30–16"}, "day_5": {"8-14"}, "calendar": {"FI"}, "days": {"2030-12-24 Jouluaatto\n+2030-12-06\n"}}
	admin.post("/office-hours", form, http.StatusOK).sees(t, "08:00–12:00, 12:30–16:00", "2030-12-24 Jouluaatto", "&#43;2030-12-06")
	h.as(harbour, harbour.Monitor("Mikko Laine")).post("/office-hours", form, http.StatusForbidden)
	form.Set("day_2", "sixteen")
	admin.post("/office-hours", form, http.StatusUnprocessableEntity).sees(t, "This is not a time of day", "sixteen")
}
