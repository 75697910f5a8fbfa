package web

import (
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/roster/duty"
)

// accountSamples are a customer's life, for the provider and for the customer.
func accountSamples(tag lang.Tag, f func(string) Frame) []sample {
	staffed := func(title string) Frame {
		fr := providedFrame(tag, "account.page.title", accountsPage, "Dora Lind")
		fr.Title = title
		return fr
	}
	names := map[id.Staff]string{"stf_1": "Mona Ekström", "stf_2": "Petra Aho"}
	deal := account.Deal{Reference: "C-2026-114", Signed: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC), Manager: "stf_1", Project: "stf_2"}
	one := func(name string, p account.Stage) account.Account {
		return account.Account{Org: "org_1", Name: name, Deal: deal, Phase: p, Made: sampleNow.Add(-40 * 24 * time.Hour), PublishedAt: sampleNow.Add(-9 * 24 * time.Hour)}
	}
	director := actor.Actor{Kind: actor.Staff, Staff: "stf_9", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	choices := dealForm{Reference: deal.Reference, Signed: "2026-10-02", Managers: []choice{{Text: "Mona Ekström", Chosen: true}}, Projects: []choice{{Text: tag.Text("account.page.nobody", nil)}, {Text: "Petra Aho", Chosen: true}}}
	read := []account.Reading{
		{Name: "Kaisa Nieminen", Version: account.Version(), At: sampleNow.Add(-2 * time.Hour), IP: "2001:db8:85a3::8a2e:370:7334"},
		{Name: "Pekka Laine", Version: "3f9a12bc77de", At: sampleNow.Add(-200 * 24 * time.Hour), IP: "192.0.2.7"},
	}
	list := &accountsView{Frame: staffed(tag.Text("account.page.title", nil)), CanCreate: true, Next: "/x"}
	for i, p := range []account.Stage{account.Created, account.Onboarding, account.Live, account.Live, account.Ended} {
		a := one([]string{"Saimaa Metsänhoito Oy", "Northfield Care", "Services Lefèvre", "Pohjolan Vartiointi Oy", "Old Harbour Works"}[i], p)
		a.Unread = i == 0 || i == 3
		list.Rows = append(list.Rows, rowOf(tag, a, names))
	}
	many := &accountsView{Frame: staffed(tag.Text("account.page.title", nil)), Search: "a"}
	for i := range 200 {
		a := one(fmt.Sprintf("%s %d", givenNames[i%len(givenNames)], i), account.Live)
		if i%7 == 0 {
			a.Deal, a.Phase = account.Deal{}, account.Created
		}
		many.Rows = append(many.Rows, rowOf(tag, a, names))
	}
	page := func(p account.Stage, change func(*account.Account)) *customerView {
		a := one("Saimaa Metsänhoito Oy", p)
		if change != nil {
			change(&a)
		}
		v := &customerView{Frame: staffed(""), Deal: choices}
		v.fill(tag, a, director, names)
		v.Deal.Fixed = a.Reference != "" && p != account.Ended
		return v
	}
	begun := func(a *account.Account) { a.Begun = sampleNow.Add(-20 * 24 * time.Hour) }
	live := page(account.Live, func(a *account.Account) { begun(a); a.Live, a.Unread = sampleNow.Add(-24*time.Hour), true })
	live.Readings = read[1:]
	onboarding := page(account.Onboarding, begun)
	onboarding.Readings = read
	ended := page(account.Ended, func(a *account.Account) { begun(a); a.Ended = sampleNow })
	wrong := withWrong(tag)
	fresh := &newAccountView{Frame: staffed(tag.Text("account.page.new", nil)), Deal: choices, Country: "FI", TimeZone: "Europe/Helsinki", Languages: languageChoices(string(tag)), Kinds: []choice{{Text: tag.Text("account.page.kind_customer", nil)}}}
	fresh.Deal.Reference, fresh.Deal.Signed = "", ""
	bad := *fresh
	bad.Frame = wrong(staffed(tag.Text("account.page.new", nil)), "contract_signed")
	bad.Name = "Saimaa Metsänhoito Oy"
	rules := func(change func(*rulesView)) *rulesView {
		v := &rulesView{Frame: f("account.rules.title"), Sections: account.Policy(tag), Version: account.Version(), Phase: phaseText(tag, account.Created), Published: sampleNow.Add(-9 * 24 * time.Hour), CanRead: true, Nobody: true, Tabs: letinTabs(tag, account.PolicyPage)}
		v.Title = tag.Text("account.rules.title", nil)
		change(v)
		return v
	}
	asked := sampleBoard(tag, 14, 0)
	asked.Unread = true
	return []sample{
		{"accounts", "accounts", list},
		{"accounts-empty", "accounts", &accountsView{Frame: staffed(tag.Text("account.page.title", nil))}},
		{"accounts-none", "accounts", &accountsView{Frame: staffed(tag.Text("account.page.title", nil)), Search: "zzz"}},
		{"accounts-many", "accounts", many},
		{"account-new", "account-new", fresh},
		{"account-new-wrong", "account-new", &bad},
		{"account-bare", "account-one", page(account.Created, func(a *account.Account) { a.Deal, a.PublishedAt, a.Unread = account.Deal{}, time.Time{}, true })},
		{"account-created", "account-one", page(account.Created, func(a *account.Account) { a.Unread = true })},
		{"account-onboarding", "account-one", onboarding},
		{"account-live", "account-one", live},
		{"account-ended", "account-one", ended},
		{"rules", "rules", rules(func(v *rulesView) { v.Due = sampleNow.Add(21 * 24 * time.Hour) })},
		{"rules-read", "rules", rules(func(v *rulesView) { v.Mine, v.Nobody, v.Readings = true, false, read })},
		{"rules-worker", "rules", rules(func(v *rulesView) { v.CanRead, v.Tabs = false, nil })},
		{"board-unread", "board", asked},
		{"reach", "reach", sampleReach(tag, staffed(tag.Text("contact.reach.title", nil)), list.Rows)},
		{"reach-fine", "reach", &reachView{Frame: staffed(tag.Text("contact.reach.title", nil)), Customers: 2, Contacts: 9, Valid: 9, Share: share(tag, 1)}},
		{"reach-none", "reach", &reachView{Frame: staffed(tag.Text("contact.reach.title", nil))}},
	}
}

// sampleReach is the work list of whom the provider cannot tell anything.
func sampleReach(tag lang.Tag, f Frame, customers []accountRow) *reachView {
	v := &reachView{Frame: f, Customers: 214, Contacts: 611, Valid: 588, Share: share(tag, 588.0/611), Unreached: 2, More: 12}
	wrong := []duty.Trouble{duty.Empty, duty.Empty, duty.Bounced, duty.Stale, duty.Unverified}
	for i, c := range customers {
		row := reachRow{accountRow: c, Contacts: i, Valid: max(0, i-1), Nobody: i < 2}
		row.Troubles = []reachTrouble{{duty.Technical, tag.Text("contact.banner."+string(wrong[i]), nil)}}
		if i < 2 {
			row.Troubles = append(row.Troubles, reachTrouble{duty.Administrative, tag.Text("contact.banner.empty", nil)})
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
