package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/actor"
	"muster/roster"
)

// An administrator who also works alone may be made to open the book.
func TestOA10TheBookOnTheWorkersOwnScreenSaysNothingOfASilentAlarm(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	aino := org.Worker("Aino")
	roles := append([]actor.Membership{{Role: actor.Administrator}}, aino.Person.Roles...)
	pin := "8020"
	if err := roster.UpdatePerson(t.Context(), h.Store, h.Keys, org.Admin.Actor, aino.Person.Person, roster.Change{Roles: &roles, DuressPIN: &pin}); err != nil {
		t.Fatal(err)
	}
	worker := h.as(org, aino)
	sh := worker.startShift(org.Workspace)
	worker.post("/me/check-in", url.Values{"shift": {sh}, "pin": {pin}}, http.StatusOK)
	admin := h.as(org, org.Admin)
	admin.get("/book", http.StatusOK).sees(t, "signalled duress")
	if own := worker.get("/book", http.StatusOK); strings.Contains(own.body, "duress") || !strings.Contains(own.body, aino.Name) {
		t.Error("the worker's own screen speaks of the silent alarm, or of nothing")
	}
}
