package store

import (
	"slices"
	"testing"

	"muster/id"
)

func TestOrganisationsTakeTurnsBeforeTheWriter(t *testing.T) {
	q := newQueueing()
	for _, org := range []id.Org{"storm", "storm", "storm", "storm", "quiet", "", "storm", "quiet"} {
		q.add(&unit{b: binding{org: org}})
	}
	q.close()
	if q.add(&unit{b: binding{org: "late"}}) {
		t.Error("let in after the close")
	}
	var got []id.Org
	for u := q.next(); u != nil; u = q.next() {
		got = append(got, u.b.org)
	}
	if want := []id.Org{"storm", "quiet", "", "storm", "quiet", "storm", "storm", "storm"}; !slices.Equal(got, want) {
		t.Errorf("served %q, want %q", got, want)
	}
}
