package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/id"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// down has an organisation told of an incident, and gives the notice and the
// link in the mail to its administrator.
func (h *house) down(org *town.Organisation) (which id.Notice, link string) {
	h.t.Helper()
	ctx, now := h.t.Context(), h.Store.Now()
	must := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	staff := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
	database, err := component.Keep(ctx, h.Store, staff, component.Component{Name: "Database"})
	must(err)
	must(component.Install(ctx, h.Store, staff, org.ID, []component.Installation{{Component: database}}))
	must(duty.Assign(ctx, h.Store, org.Admin.Actor, duty.Technical, org.Admin.Person.Person, ""))
	must(contact.Proved(ctx, h.Store, org.Admin.Actor, org.Admin.First(roster.Email)))
	office := notice.Office{Store: h.Store, Log: slog.New(slog.DiscardHandler)}
	d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable", Words: "A disk is full.", News: notice.News{
		State: notice.Investigating, Since: now.Add(-time.Minute), Promised: now.Add(time.Hour), Components: []id.Component{database},
	}}
	p, err := office.Look(ctx, staff, d)
	must(err)
	d.Seen = p.Digest
	p, err = office.Say(ctx, staff, d)
	must(err)
	must(told.Office{Store: h.Store, Log: office.Log}.Turn(ctx))
	return p.After.ID, h.alarmLink(org.Admin.First(roster.Email))
}

// read is when an organisation's administrator said that they read a notice.
func (h *house) read(org *town.Organisation, which id.Notice) (at time.Time) {
	h.t.Helper()
	err := h.Store.View(h.t.Context(), org.ID, func(tx *store.Tx) error {
		all, err := told.Receipts(tx, which)
		at = all[0].Read
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return at
}

// Notices rows 16 and 25: the link in a word shows the news without a sign-in,
// and whoever reads them says so by one deliberate act. What opens links, or
// sends forms as they stand, says nothing.
func TestNotice25OnlyAPersonSaysThatTheyHaveRead(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	which, link := h.down(org)
	page := h.browser().get(link, http.StatusOK)
	page.sees(t, "Database", "cannot be reached", "A disk is full.", "I have read this")
	question := right(t, page).Get("challenge")
	for _, robot := range []url.Values{
		{},
		{"word": {"1"}},
		{"word": {"1"}, "challenge": {question}},
		{"word": {"1"}, "challenge": {question}, "n": {"1", "2", "3", "4", "5", "6", "7", "8", "9"}},
	} {
		if got := h.browser().do(http.MethodPost, link, robot); got.status < 400 {
			t.Errorf("%v: %d", robot, got.status)
		}
	}
	if at := h.read(org, which); !at.IsZero() {
		t.Fatal("a robot has read it")
	}
	form := right(t, h.browser().get(link, http.StatusOK))
	form.Set("word", "1")
	h.browser().post(link, form, http.StatusOK).sees(t, "has read this")
	if at := h.read(org, which); at.IsZero() {
		t.Fatal("it is not noted")
	}
	admin := h.as(org, org.Admin)
	news := admin.get(newsPage+"/"+string(which), http.StatusOK)
	news.sees(t, "read ", "Take the proof")
	if file := admin.post(newsPage+"/"+string(which)+"/proof", nil, http.StatusOK); !strings.Contains(file.body, org.Admin.First(roster.Email)) {
		t.Error("no address in the proof")
	} else if c, err := told.CheckProof(strings.NewReader(file.body), ""); err != nil || c.Subject != string(which) {
		t.Errorf("%+v, %v", c, err)
	}
	h.as(org, org.Monitor("Mika")).post(newsPage+"/"+string(which)+"/proof", nil, http.StatusForbidden)
}
