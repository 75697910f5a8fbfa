package told_test

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/told"
)

// aftermath is what reports lead to here.
var aftermath = deliver.Aftermath{Failed: told.Unheard, Dead: contact.Bounced}

// fate is what a carrier does with one message.
type fate struct {
	refuse bool
	report deliver.State // empty: it takes it and is silent
	after  time.Duration
}

// good tells whether it leads to somebody who got it, as far as can be known.
func (f fate) good() bool {
	return !f.refuse && (f.report == deliver.Delivered || f.report == deliver.Relayed)
}

// fateful is a carrier whose fates are told beforehand, by conversation and
// address.
type fateful struct {
	name string
	t    *testing.T
	s    *store.Store
	of   func(thread, to string) fate
}

func (c *fateful) Name() string { return c.name }

func (c *fateful) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	f := fate{report: deliver.Delivered}
	if strings.HasPrefix(out.Thread, "ntc_") {
		f = c.of(out.Thread, out.To)
	}
	if f.refuse {
		return deliver.Receipt{}, deliver.Refused("550", "not here")
	}
	which := string(out.Attempt)
	if f.report != "" {
		ctx := context.WithoutCancel(c.t.Context())
		time.AfterFunc(time.Second+f.after, func() {
			if err := aftermath.Apply(ctx, c.s, c.name, deliver.Report{ProviderID: which, State: f.report}); err != nil {
				c.t.Error(err)
			}
		})
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: which}, nil
}

// fates are what may befall a message, the same for the same words.
func fates(thread, to string) fate {
	h := fnv.New64a()
	_, _ = h.Write([]byte(thread + to)) // never fails
	n := h.Sum64()
	late := time.Duration(n>>8%40) * time.Minute // some reports come when nobody waits for them any more
	return []fate{
		{refuse: true},
		{},
		{},
		{report: deliver.Failed, after: late},
		{report: deliver.Delivered, after: late},
		{report: deliver.Relayed, after: late},
	}[n%6]
}

// Notices row 8: whatever carriers say or do not say, each word ends: somebody
// got it as far as can be known, or the provider is to call.
func TestBS5Notice8AThousandScriptedOutcomesEachHaveAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		h.town.Stop()
		h.office.Wide = 0
		orgs := []*town.Organisation{h.north}
		for i := range 24 {
			o := h.town.Organisation("Customer " + strconv.Itoa(i))
			h.must(component.Install(t.Context(), h.town.Store, h.olga, o.ID, []component.Installation{{Component: h.database}}))
			h.stands(o)
			orgs = append(orgs, o)
		}
		for _, o := range orgs {
			h.must(contact.Proved(t.Context(), h.town.Store, o.Admin.Actor, o.Admin.First("sms")))
		}
		h.town.More = []deliver.Channel{&fateful{"email", t, h.town.Store, fates}, &fateful{"sms", t, h.town.Store, fates}}
		h.town.Start()
		var said []id.Notice
		for i := range 40 { // by 25 organisations: a thousand
			d := h.down(h.database)
			if i%2 == 1 {
				d = h.planned(300*24*time.Hour, time.Hour)
			}
			said = append(said, h.say(d).After.ID)
		}
		h.turn()
		pass(3 * time.Hour)
		ends, calls := map[string]int{}, []told.Open(nil)
		for page := h.calls(); len(page) > 0; page = h.calls() { // a page has 200
			for _, c := range page {
				h.must(h.told.Called(t.Context(), h.paula, c.Org, c.Notice, true))
			}
			calls = append(calls, page...)
		}
		for _, which := range said {
			for _, o := range orgs {
				ends[h.end(o, which, calls)]++
			}
		}
		if n := ends["got"] + ends["call"]; n != 1000 || ends["got"] < 100 || ends["call"] < 100 {
			t.Errorf("%v", ends)
		}
		t.Log(ends)
	})
}

// stands gives an organisation a technical contact and a deputy with confirmed
// addresses.
func (h *house) stands(o *town.Organisation) {
	h.Helper()
	deputy := o.Monitor("Deputy of " + o.Admin.Name)
	h.must(duty.Assign(h.Context(), h.town.Store, o.Admin.Actor, duty.Technical, o.Admin.Person.Person, deputy.Person.Person))
	h.must(contact.Proved(h.Context(), h.town.Store, o.Admin.Actor, o.Admin.First("email")))
	h.must(contact.Proved(h.Context(), h.town.Store, deputy.Actor, deputy.First("email")))
}

// end is how a word ended in an organisation, held against what its carriers
// were told to do.
func (h *house) end(o *town.Organisation, which id.Notice, calls []told.Open) string {
	h.Helper()
	var all []told.Receipt
	var sent []deliver.Message
	h.must(h.town.Store.View(h.Context(), o.ID, func(tx *store.Tx) (err error) {
		if all, err = told.Receipts(tx, which); err == nil {
			sent, err = deliver.About(tx, string(which), 10)
		}
		return err
	}))
	call := slices.ContainsFunc(calls, func(c told.Open) bool { return c.Org == o.ID && c.Notice == which })
	got, silent := false, false
	for _, m := range sent {
		for i, at := range m.Route {
			if f := fates(string(which), at.Address); f.good() && i <= m.Stop {
				got = true
				silent = silent || f.after >= 15*time.Minute // and a second until it is sent
			}
		}
		if !m.Lost() && m.State != deliver.Delivered && m.State != deliver.Relayed {
			return "open: " + string(m.State)
		}
	}
	deputy := slices.ContainsFunc(all, func(r told.Receipt) bool { return r.Why == "deputy" })
	switch {
	case len(sent) == 0:
		return "not told"
	case call && !deputy && o != h.north:
		return "to be called before the deputy was told"
	case call && got && !silent:
		return "to be called, though somebody got it in time"
	case call:
		return "call"
	case !got:
		return "nobody got it, and nobody calls"
	}
	return "got"
}
