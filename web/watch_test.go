package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestWorkersReadWhoLookedAtThem(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	worker.get("/me/looks", http.StatusOK).sees(t, "Nobody has looked at your position")
	monitor := h.as(org, mikko)
	profile := "/people/" + string(aino.Person.Person)
	monitor.get(profile, http.StatusOK)
	worker.get("/me/looks", http.StatusOK).sees(t, "Nobody has looked at your position")
	worker.post("/me/position", url.Values{"shift": {sh}, "lat": {"60.17"}, "lon": {"24.94"}, "accuracy": {"8"}}, http.StatusOK)
	monitor.get("/board", http.StatusOK)
	worker.get("/me/looks", http.StatusOK).sees(t, "Nobody has looked at your position")
	monitor.get(profile+"?tab=position", http.StatusOK)
	monitor.get(profile, http.StatusOK)
	page := worker.get("/me/looks", http.StatusOK)
	page.sees(t, mikko.Name, "Monitor", "on your profile")
	if n := strings.Count(page.body, "<li><strong>"); n != 1 {
		t.Errorf("%d looks, want one", n)
	}
	h.as(org, org.Admin).get("/book", http.StatusOK).sees(t, "looked at where "+aino.Name+" is")
	worker.post("/me/help", url.Values{"shift": {sh}}, http.StatusOK)
	admin := h.as(org, org.Admin)
	admin.get(admin.alarmOnBoard(), http.StatusOK)
	worker.get("/me/looks", http.StatusOK).sees(t, "Administrator", "because of an alarm")
}

func TestWorkersPlanToBeOutOfCoverage(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	worker.get("/me", http.StatusOK).sees(t, `action="/me/away"`)
	worker.post("/me/away", url.Values{"shift": {sh}, "seconds": {"3600"}}, http.StatusOK).sees(t, "Out of coverage until", "Check in as soon as you are back")
	monitor := h.as(org, mikko)
	monitor.get("/board", http.StatusOK).sees(t, "Out of coverage until")
	monitor.get("/people/"+string(aino.Person.Person), http.StatusOK).sees(t, "Out of coverage until")
	worker.post("/me/away", url.Values{"shift": {sh}, "seconds": {"86400"}}, http.StatusUnprocessableEntity)
	worker.post("/me/check-in", url.Values{"shift": {sh}}, http.StatusOK)
	if page := monitor.get("/board", http.StatusOK); strings.Contains(page.body, "Out of coverage until") {
		t.Error("after a check-in the worker is still out of coverage")
	}
	admin := h.as(org, org.Admin)
	form := url.Values{"silence": {"45"}, "battery": {"20"}, "longest": {"0"}}
	admin.post("/settings/watch", form, http.StatusOK).sees(t, `value="45"`, `value="20"`)
	if page := worker.get("/me", http.StatusOK); strings.Contains(page.body, `action="/me/away"`) {
		t.Error("offered although nobody may")
	}
	form.Set("silence", "1")
	admin.post("/settings/watch", form, http.StatusUnprocessableEntity).sees(t, `href="#f-silence"`)
	monitor.get("/settings/watch", http.StatusForbidden)
}

// alarmOnBoard is where the only open alarm is.
func (b *browser) alarmOnBoard() string {
	b.h.t.Helper()
	_, rest, found := strings.Cut(b.get("/board", http.StatusOK).body, `<a href="/alarms/`)
	if !found {
		b.h.t.Fatal("no alarm on the board")
	}
	return "/alarms/" + rest[:strings.IndexByte(rest, '"')]
}
