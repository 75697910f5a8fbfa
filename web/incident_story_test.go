package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/mustertest/town"
)

// incidentOf lets a worker call for help and a monitor end it, and returns
// where its record is.
func (h *house) incidentOf(org *town.Organisation, worker, monitor town.Member, sentence string) string {
	h.t.Helper()
	b := h.as(org, worker)
	b.startShift(org.Workspace)
	b.post("/me/help", nil, http.StatusOK)
	desk := h.as(org, monitor)
	al := regexp.MustCompile(`/alarms/alm_[0-9a-f]+`).FindString(desk.get("/board", http.StatusOK).body)
	desk.post(al+"/acknowledge", nil, http.StatusOK)
	desk.post(al+"/resolve", url.Values{"outcome": {"precautionary"}, "sentence": {sentence}}, http.StatusOK)
	b.post("/me/finish", nil, http.StatusOK)
	return strings.Replace(al, "alarms", "incidents", 1)
}

func TestOA3RecordShowsTheStoryAndGoesOutAsPaper(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, salla, aino := org.Monitor("Mikko"), org.Monitor("Salla"), org.Worker("Aino")
	record := h.incidentOf(org, aino, mikko, "She slipped and walks again.")
	desk := h.as(org, salla)
	desk.get(record, http.StatusOK).sees(t, "She slipped and walks again.", "Who was told", "Salla", "Precautionary", "Incident ", "took on the alarm", `class="calls"`)
	paper := desk.post(record+"/record.pdf", nil, http.StatusOK)
	if !strings.HasPrefix(paper.body, "%PDF-") || paper.header.Get("Content-Type") != "application/pdf" || !strings.Contains(paper.header.Get("Content-Disposition"), "incident-") {
		t.Errorf("no paper: %v %.40q", paper.header, paper.body)
	}
	// That it was taken is in the book and in the story.
	desk.get(record, http.StatusOK).sees(t, "Salla took the record of the incident about Aino out as a file.")
	worker := h.as(org, aino)
	own := worker.get(record, http.StatusOK)
	own.sees(t, "Precautionary")
	if strings.Contains(own.body, `class="story"`) || strings.Contains(own.body, mikko.First("email")) {
		t.Error("the worker is shown the story")
	}
	worker.post(record+"/record.pdf", nil, http.StatusNotFound)
	other := h.Organisation("Mill")
	stranger := h.as(other, other.Admin)
	stranger.get(record, http.StatusNotFound)
	stranger.post(record+"/record.pdf", nil, http.StatusNotFound)
}

func TestOA3IncidentsAreNarrowedByTheirAddress(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko, aino := org.Monitor("Mikko"), org.Worker("Aino")
	record := h.incidentOf(org, aino, mikko, `=HYPERLINK("https://evil.test")`)
	desk := h.as(org, mikko)
	for query, found := range map[string]bool{
		"": true, "?kind=help": true, "?kind=missed_check_in": false, "?outcome=precautionary": true, "?outcome=real": false, "?workspace=" + string(org.Workspace): true,
		"?workspace=wsp_00000000000000000000000000000000": false, "?worker=" + string(aino.Person.Person): true, "?worker=" + string(mikko.Person.Person): false,
		"?q=ain": true, "?q=zz": false, "?q=" + aino.PIN: true, "?from=2020-01-01": true, "?from=9000-01-01": false, "?to=2020-01-01": false, "?from=2020-01-01&to=9000-01-01&kind=help&q=aino": true,
	} {
		if got := strings.Contains(desk.get("/incidents"+query, http.StatusOK).body, record); got != found {
			t.Errorf("/incidents%s shows it: %t", query, got)
		}
	}
	desk.get("/incidents?from=yesterday", http.StatusUnprocessableEntity).sees(t, `value="yesterday"`)
	desk.get("/incidents/statistics", http.StatusOK).sees(t, "Aino", "Help pressed", "100 %")
	desk.get("/incidents/statistics?from=x", http.StatusUnprocessableEntity)
	list := desk.post("/incidents/list.csv", url.Values{"kind": {"help"}}, http.StatusOK)
	for name, data := range map[string]string{"list": list.body, "figures": desk.get("/incidents/statistics.csv", http.StatusOK).body} {
		r := csv.NewReader(bytes.NewReader([]byte(strings.TrimPrefix(data, "\ufeff"))))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 2 || !strings.Contains(data, "Aino") {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("%s has a formula: %s", name, cell)
				}
			}
		}
	}
	h.as(org, org.Admin).get("/book?kind=incident.listed", http.StatusOK).sees(t, "took a list of incidents out")
	worker := h.as(org, aino)
	worker.get("/incidents/statistics", http.StatusForbidden)
	worker.post("/incidents/list.csv", nil, http.StatusForbidden)
}
