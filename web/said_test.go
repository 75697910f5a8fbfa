package web

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

func TestOA10WhoeverIsRefusedByTheGateReadsWhy(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	org.Worker("Aino")
	admin := h.as(org, org.Admin)
	admin.post("/procedures/new", url.Values{
		"version": {"0"}, "steps": {"1"}, "do": {"save"}, "name": {"Only one"}, "for": {string(org.Workspace)},
		"steps.1.whom": {"person:" + string(mikko.Person.Person)}, "steps.1.wait_seconds": {"120"}, "steps.1.when": {"always"},
	}, http.StatusOK)
	on := regexp.MustCompile(`/procedures/prc_[0-9a-f]+/switch/on`).FindString(admin.get("/procedures", http.StatusOK).body)
	admin.post(on, nil, http.StatusOK).sees(t, "It takes at least two who are not the worker", on)
}

func TestWhatWasDoneIsSaidWhateverRoomSaysIt(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	aino := org.Worker("Aino")
	h.as(org, org.Admin).post("/drills/now", url.Values{"worker_id": {string(aino.Person.Person)}, "reason": {"Trying it"}}, http.StatusOK).
		sees(t, "The drill has begun")
}
