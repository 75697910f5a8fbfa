package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/letin/grant"
	"muster/letin/presence"
	"muster/mustertest/town"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

var (
	toPhase  = store.Across("webtest.phase", `update customer set phase = $2 where org = $1`)
	messages = store.Across("webtest.messages", `select count(*) from message where org = $1 and purpose = $2`)
	accounts = store.Across("webtest.accounts", `select count(*) from account_person where org = $1 and person = $2`)
)

// watched has an administrator of the customer's join and watch, and gives the
// path of the session.
func (e *entered) watched() string {
	e.t.Helper()
	e.guest.post(accountsPage+"/"+string(e.org.ID)+"/presence", url.Values{"words": {"People and roles"}}, http.StatusOK)
	page := e.admin.get(presence.Page, http.StatusOK).body
	at := strings.Index(page, "/let-in/presence/prs_")
	if at < 0 {
		e.t.Fatal("nobody asks to be watched")
	}
	path, _, _ := strings.Cut(strings.TrimSuffix(strings.SplitN(page[at:], `"`, 2)[0], "/join"), "?")
	e.admin.post(path+"/join", nil, http.StatusOK)
	e.admin.post(path+"/prove", nil, http.StatusNoContent, "Accept", "application/json")
	return path
}

func (e *entered) count(q *store.SQL, args ...any) (n int) {
	e.t.Helper()
	err := e.Store.Across().View(e.t.Context(), func(tx *store.AcrossTx) (err error) {
		n, err = store.One(tx, q, store.Scalar[int], args...)
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return n
}

// FL3, FL8, FL10: whoever was let in for more than looking is refused by every
// route but those of a setting whose importance the moment allows, with the
// eyes of an administrator; and what is never support's is closed whatever the
// moment. New routes are walked as they come.
func TestFL8EveryRouteIsOpenExactlyWhenItsSettingIs(t *testing.T) {
	f := furnish(t, grant.Configure, actor.SecondLine)
	f.Stop()
	for _, hole := range []string{"person", "workspace", "contact", "alarm", "rota"} {
		f.values[hole] = "" // nothing is to be changed by the walk
	}
	f.enter("")
	moments := []struct {
		name  string
		open  []string // the classes that are
		begin func()
	}{
		{"alone", []string{"other"}, func() {}},
		{"watched", []string{"other", "medium", "high"}, func() { f.watched() }},
		{"on a call in onboarding", []string{"other", "medium", "high"}, func() {
			err := f.Store.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.Write(toPhase, f.org.ID, "onboarding") })
			if err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, m := range moments {
		m.begin()
		for _, eyes := range []town.Member{{}, f.aino, f.mikko} {
			f.enter(eyes.Person.Person)
			walked, open := 0, 0
			for _, pattern := range patterns(t) {
				method, path := f.address(pattern)
				if method == http.MethodGet || stays(pattern) {
					continue
				}
				walked++
				setting, is := configurable[pattern]
				want := is && eyes.Person.Person == "" && slices.ContainsFunc(m.open, func(class string) bool {
					return slices.Contains(policy.Grouped(class), setting.action)
				}) && setting.action != "connect"
				got := f.guest.do(method, path, url.Values{"name": {"Changed"}, "password": {"correct horse battery staple"}, "pin": {"1234"}})
				if (got.status != http.StatusForbidden) != want {
					t.Errorf("%s, eyes of %q: %s answers %d", m.name, eyes.Name, pattern, got.status)
				}
				if want {
					open++
				}
			}
			t.Logf("%s, eyes of %q: %d routes, %d open", m.name, eyes.Name, walked, open)
		}
		f.enter("")
	}
}

func person(name, email string, roles ...string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "role": roles}
}

// FL8: while the customer watches, support adds somebody; all administrators
// are told at once, and nobody is let in, or told anything, before one of them
// agrees.
func TestFL8WhoSupportAddsIsLetInByTheCustomerOnly(t *testing.T) {
	e := let(t, grant.Configure, actor.SecondLine)
	add := person("Eve Adams", "eve@elsewhere.test", "monitor:")
	e.guest.post("/roster/new", add, http.StatusForbidden).sees(t, "Support does not change a setting of high importance alone")
	path := e.watched()
	added := e.guest.post("/roster/new", add, http.StatusOK).sees(t, "waits for an administrator", "Waits for your yes")
	eve := id.Person(strings.TrimSuffix(strings.TrimPrefix(added.path, "/people/"), "/edit"))
	if n := e.count(messages, e.org.ID, "support_roster"); n != 1 {
		t.Errorf("%d administrators were told", n)
	}
	if r := e.told("person.proposed"); len(r) != 1 || r[0].Rule != "configure-watched" || r[0].Facts["Grant"] != string(e.grant.ID) {
		t.Errorf("%+v", r)
	}
	responds := func() (is bool) {
		err := e.Store.View(t.Context(), e.org.ID, func(tx *store.Tx) error {
			all, err := roster.EveryResponder(tx)
			is = slices.ContainsFunc(all, func(r roster.Recipient) bool { return r.Person == eve })
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if responds() || e.count(accounts, e.org.ID, eve) != 0 {
		t.Error("somebody whom support added is called to alarms, or may sign in, before the customer agrees")
	}
	e.guest.post("/people/"+string(eve)+"/admit", nil, http.StatusForbidden)
	e.admin.get("/roster", http.StatusOK).sees(t, "Oliver Bennett of support added Eve Adams")
	e.admin.get(letinPage, http.StatusOK).sees(t, "Eve Adams waits for your yes", "/people/"+string(eve)+"/edit")
	e.admin.get("/people/"+string(eve)+"/edit", http.StatusOK).sees(t, "put Eve Adams on the roster, as: Monitor")
	e.admin.post("/people/"+string(eve)+"/admit", nil, http.StatusOK).sees(t, "has the roles that support asked for")
	if !responds() || e.count(accounts, e.org.ID, eve) != 1 {
		t.Error("the customer's yes lets nobody in")
	}
	e.admin.post("/people/"+string(eve)+"/admit", nil, http.StatusNotFound)

	refused := e.guest.post("/roster/new", person("Mallory", "mallory@elsewhere.test", "monitor:"), http.StatusOK)
	e.admin.post(strings.TrimSuffix(refused.path, "/edit")+"/decline", nil, http.StatusOK).sees(t, "was refused")
	if strings.Contains(e.admin.get("/roster", http.StatusOK).body, "Mallory") {
		t.Error("who was refused is on the roster")
	}
	e.admin.post(path+"/leave", nil, http.StatusOK)
	e.guest.post("/roster/new", add, http.StatusForbidden)
}

// FL8: whatever the moment, some of it is the customer's own hand's: the rights
// of an administrator, where those are reached on whom others rely, what its
// owner has confirmed, and who sees the organisation from outside.
func TestFL8WhatStaysWithTheCustomersOwnHand(t *testing.T) {
	e := let(t, grant.Configure, actor.SecondLine)
	aino, mikko := e.org.Worker("Aino Virtanen"), e.org.Monitor("Mikko Laine")
	e.watched()
	const letsIn, address = "Support lets nobody in", "Support changes no address by which somebody signs in"
	page := func(m town.Member, act string) string { return "/people/" + string(m.Person.Person) + act }
	same := func(m town.Member, roles ...string) url.Values {
		form := person(m.Name, m.First(roster.Email), roles...)
		form.Set("mobile", m.First(roster.SMS))
		return form
	}
	ws := string(e.org.Workspace)
	changed := func(form url.Values, field, value string) url.Values { form.Set(field, value); return form }
	for what, c := range map[string]struct {
		path string
		form url.Values
		says string
	}{
		"a new administrator":            {"/roster/new", person("Eve", "eve@elsewhere.test", "administrator:"), letsIn},
		"of one workspace":               {"/roster/new", person("Eve", "eve@elsewhere.test", "administrator:"+ws), letsIn},
		"made an administrator":          {page(aino, "/edit"), same(aino, "worker:"+ws, "administrator:"), letsIn},
		"no administrator any more":      {page(e.org.Admin, "/edit"), same(e.org.Admin, "worker:"+ws), letsIn},
		"an administrator off":           {page(e.org.Admin, "/leave"), nil, letsIn},
		"an administrator's mail":        {page(e.org.Admin, "/edit"), changed(same(e.org.Admin, "administrator:"), "email", "eve@elsewhere.test"), address},
		"an administrator's number":      {page(e.org.Admin, "/edit"), changed(same(e.org.Admin, "administrator:"), "mobile", "+358401112223"), address},
		"one more for an administrator":  {page(e.org.Admin, "/contacts"), url.Values{"channel": {"sms"}, "address": {"+358401112223"}}, address},
		"a monitor's number":             {page(mikko, "/edit"), changed(same(mikko, "monitor:"+ws), "mobile", "+358401112223"), address},
		"by which a worker signs in":     {page(aino, "/edit"), changed(same(aino, "worker:"+ws), "email", "eve@elsewhere.test"), address},
		"sight for another organisation": {"/partners", url.Values{"organisation_id": {string(id.New[id.Org]())}}, letsIn},
	} {
		t.Run(what, func(t *testing.T) {
			got := e.guest.do(http.MethodPost, c.path, c.form)
			if got.status != http.StatusForbidden || !strings.Contains(plainText(got.body), c.says) {
				t.Errorf("%d: %s", got.status, plainText(got.body))
			}
		})
	}
	for _, act := range []string{"/duress", "/duress/remove"} {
		e.guest.post(page(aino, act), url.Values{"duress_pin": {"987654"}}, http.StatusForbidden)
	}
	if n := e.count(messages, e.org.ID, "support_roster"); n != 0 {
		t.Errorf("%d messages about what was refused", n)
	}
	e.guest.post(page(aino, "/edit"), changed(same(aino, "worker:"+ws), "mobile", "+358401112223"), http.StatusOK).sees(t, "112223")
	e.guest.post(page(aino, "/edit"), changed(same(aino, "worker:"+ws, "monitor:"), "mobile", "+358401112223"), http.StatusOK).sees(t, "asks that Aino Virtanen have these roles")
	if n := e.count(messages, e.org.ID, "support_roster"); n != 2 {
		t.Errorf("%d messages about two changes", n)
	}
	e.admin.post(page(aino, "/decline"), nil, http.StatusOK)
	e.guest.post(page(aino, "/leave"), nil, http.StatusOK).sees(t, "Mikko Laine")
}
