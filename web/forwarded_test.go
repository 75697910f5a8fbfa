package web

import (
	"net/http"
	"testing"

	"muster/call/alarm"
	"muster/store"
)

// A monitor's link that reached the worker, forwarded or on a shared telephone,
// closes nothing from the worker's own browser: somebody may be standing there.
func TestOA3WorkerCannotUseAMonitorsLinkOnTheirOwnAlarm(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	worker := h.as(org, aino)
	worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK)
	link := h.alarmLink(mikko.Points[0].Address)
	for _, href := range []string{link, link + "?act=resolve"} {
		form := right(t, worker.get(href, http.StatusOK))
		form.Set("outcome", "false")
		worker.post(href, form, http.StatusForbidden).sees(t, "somebody may be standing beside them")
	}
	err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) error {
		a, open, err := alarm.Of(tx, aino.Person.Person)
		if err == nil && (!open || a.State != alarm.Raised) {
			t.Errorf("the alarm is %s", a.State)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	other := h.as(org, mikko)
	other.post(link, right(t, other.get(link, http.StatusOK)), http.StatusOK).sees(t, "Acknowledged.")
}
