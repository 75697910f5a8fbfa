package web

import (
	"slices"
	"time"

	"muster/actor"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/desk/advice"
	"muster/letin/desk/erase"
	"muster/letin/desk/picture"
	"muster/letin/grant"
	"muster/letin/setting"
)

func requestSamples(tag lang.Tag, f func(string) Frame) []sample {
	wrong := withWrong(tag)
	provided := func() Frame { return providedFrame(tag, "request.page.desk", supportPage, "Olga Salo") }
	rows := sampleRequests(tag, 60, supportPage)
	tabs := []choice{{Href: "/x", Text: tag.Text("staff.department.first_line", nil), Count: 12, Chosen: true}}
	for _, d := range []string{"second_line", "onboarding", "customer_success", "accounting"} {
		tabs = append(tabs, choice{Href: "/x", Text: tag.Text("staff.department."+d, nil), Count: len(d) % 5})
	}
	mine := sampleSupportRequest(tag, provided(), rows[0])
	other := sampleSupportRequest(tag, provided(), rows[3])
	other.Mine, other.Insisted = false, sampleNow.Add(-2*time.Hour)
	bad := sampleSupportRequest(tag, wrong(provided(), "words"), rows[0])
	customer := func(i int) *askedView {
		row := sampleRequests(tag, 8, asksPage)[i]
		v := &askedView{Frame: f("letin"), requestRow: row, May: true, Open: true, Lines: sampleLines(tag)}
		v.Lines = slices.DeleteFunc(v.Lines, func(l lineRow) bool { return l.Side == "inside" })
		if !row.Counts {
			v.Doubt = tag.Text("request.doubt.phone", nil)
		}
		return v
	}
	over := customer(5)
	over.Open, over.Outcome = false, "The address in your order system was written with two letters changed; we have mended it."
	test, real := sampleSupportRequest(tag, provided(), rows[2]), sampleSupportRequest(tag, provided(), rows[0])
	test.Erase, real.Erase = sampleErase(tag, false, 2), sampleErase(tag, true, 3)
	test.Allowed = []exceptionRow{{ID: "x", Scope: scopeText(tag, "class:high"), Why: "They signed for it, and their administrator is away.", By: "Olga Salo", StateText: tag.Text("request.exception.asked", nil), Asked: sampleNow, Decide: true}}
	real.Allowed = []exceptionRow{{ID: "x", Scope: scopeText(tag, "class:medium"), Why: "Their book-keeper asked twice.", By: "Olga Salo", StateText: tag.Text("request.exception.allowed", nil), Asked: sampleNow, Head: "Heli Laine", Words: "Until their new system is there.", Decided: sampleNow, Until: sampleNow.Add(700 * time.Hour), Holds: true, End: true}}
	theirs := customer(2)
	theirs.Erase, theirs.Allowed = sampleErase(tag, true, 6), real.Allowed
	public := func(title string) Frame {
		fr := f(tag.Text("request.director."+title+"_title", nil))
		fr.Kind, fr.Watching = "public", false
		return fr
	}
	pick := &challenge{First: 4, Second: 7, Numbers: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, Token: "x"}
	named := &directorForm{Address: "director@saimaa.example", Named: "Kaisa Nieminen", At: sampleNow, Verified: sampleNow}
	waits := &directorForm{Address: "director@saimaa.example", Named: "Kaisa Nieminen", At: sampleNow, Typed: "x"}
	return []sample{
		{"support-test-data", "support-request", test},
		{"support-real-data", "support-request", real},
		{"asked-real-data", "asked", theirs},
		{"asks-director", "asks", &asksView{Frame: f("letin"), Tabs: letinTabs(tag, asksPage), All: true, Rows: sampleRequests(tag, 4, asksPage), Director: named, Allowed: real.Allowed}},
		{"asks-director-errors", "asks", &asksView{Frame: wrong(f("letin"), "director"), Tabs: letinTabs(tag, asksPage), All: true, Director: waits}},
		{"director-agree", "director", &directorView{Frame: public("agree"), Action: "/director/x", Customer: "Saimaa Metsänhoito Oy", Reference: "R-2026-000123", Subject: "Old visits", List: []string{"Visits of 2019 in Savonlinna, 1,204", "Visits of 2020 in Savonlinna, 998"}, Challenge: pick}},
		{"director-confirm", "director", &directorView{Frame: public("confirm"), Action: "/director/x", Customer: "Saimaa Metsänhoito Oy", Address: "director@saimaa.example", Challenge: pick, Problem: tag.Text("fault.challenge_wrong", nil)}},
		{"director-done", "director", &directorView{Frame: public("agree"), Customer: "Saimaa Metsänhoito Oy", Reference: "R-2026-000123", Subject: "Old visits", List: []string{"Visits of 2019"}, Done: tag.Text("request.director.agreed", nil)}},
		{"support", "support", &supportView{Frame: provided(), Tabs: tabs, Rows: rows, Other: "/x"}},
		{"support-empty", "support", &supportView{Frame: provided(), Tabs: tabs[:1], Other: "/x"}},
		{"exceptions", "exceptions", sampleExceptions(provided(), test.Allowed[0], real.Allowed[0])},
		{"exceptions-empty", "exceptions", &exceptionsView{Frame: provided()}},
		{"support-request", "support-request", mine},
		{"support-request-other", "support-request", other},
		{"support-request-errors", "support-request", bad},
		{"support-new", "support-new", &supportNewView{Frame: wrong(provided(), "subject"), Org: "x", OrgName: "Saimaa Metsänhoito Oy", Kinds: kindChoices(tag, desk.Look), Channels: []choice{{Value: "phone", Text: tag.Text("request.channel.phone", nil)}}}},
		{"support-choose", "support-new", &supportNewView{Frame: provided(), Orgs: []choice{{Value: "a", Text: "Saimaa Metsänhoito Oy"}, {Value: "b", Text: "Alpes Énergie SA"}}}},
		{"asks", "asks", &asksView{Frame: f("letin"), Tabs: letinTabs(tag, asksPage), All: true, Rows: sampleRequests(tag, 14, asksPage), Older: "/x", Address: "support+01936a7c5d0e7b3f9a4c2e1d0f8b7a65@in.muster.example"}},
		{"asks-empty", "asks", &asksView{Frame: f("letin")}},
		{"ask", "ask", &wishView{Frame: f("letin"), Kinds: kindChoices(tag, desk.Look), Settings: settingGroups(tag, setting.Own(), ""), Address: "support+01936a7c5d0e7b3f9a4c2e1d0f8b7a65@in.muster.example"}},
		{"ask-errors", "ask", &wishView{Frame: wrong(f("letin"), "words"), Kinds: kindChoices(tag, desk.Setting), Subject: "Numbering"}},
		{"asked", "asked", customer(0)},
		{"asked-phone", "asked", customer(3)},
		{"asked-over", "asked", over},
	}
}

func sampleRequests(tag lang.Tag, n int, page string) (rows []requestRow) {
	subjects := []string{"Invoices should begin with 1000", "The board is empty since noon", "Delete the visits that we made while trying it out", "Who is called at night when Pekka is away and the rota has a gap over the holidays?"}
	kinds, channels := []string{"setting", "look", "test_data", "other"}, []string{"mail", "console", "api", "phone"}
	states := []string{"taken", "new", "waiting", "new", "second_line", "done", "refused", "development"}
	for i := range n {
		row := requestRow{
			ID: "x", Href: page + "/x", Reference: "R-2026-000" + string(rune('1'+i%9)) + "23", Subject: subjects[i%4], Customer: []string{"Saimaa Metsänhoito Oy", "Alpes Énergie SA"}[i%2],
			Who: givenNames[i%10], About: tag.Text("request.kind."+kinds[i%4], nil), Channel: tag.Text("request.channel."+channels[i%4], nil), State: states[i%8],
			StateText: tag.Text("request.state."+states[i%8], nil), Counts: i%4 < 2, Made: sampleNow.Add(-time.Duration(i*7) * time.Hour), Changed: sampleNow.Add(-time.Duration(i) * time.Hour),
		}
		if row.State != "new" {
			row.Agent = "Olga Salo"
		}
		rows = append(rows, row)
	}
	return rows
}

// sampleErase is a deletion of which so many steps are done.
func sampleErase(tag lang.Tag, real bool, done int) eraseView {
	d := erase.Deletion{Real: real, Steps: map[erase.Step]erase.Done{}, Until: sampleNow.Add(100 * time.Hour)}
	for i, s := range d.Order() {
		if i < done {
			d.Steps[s] = erase.Done{At: sampleNow, By: "Olga Salo"}
		}
	}
	if real && done > 1 {
		d.List = []string{"Visits of 2019 in Savonlinna, 1,204", "Visits of 2020 in Savonlinna, 998"}
	}
	v := eraseViewOf(tag, d)
	v.May, v.Own, v.Again, v.Director = done < 3, done < 5, real && done == 3, "director@saimaa.example"
	return v
}

func sampleLines(tag lang.Tag) []lineRow {
	return lineRows(tag, "/x", []desk.Line{
		{At: sampleNow.Add(-3 * time.Hour), Side: desk.Customer, Name: "Aino Virtanen", Address: "aino@saimaa.example", Mail: "<1@x>", Proved: true, Words: "Hello,\n\nplease let the numbers of our invoices begin with 1000 from next year on.\n\nAino"},
		{At: sampleNow.Add(-2 * time.Hour), Side: desk.Event, Name: "Olga Salo", Words: "request.line.taken"},
		{At: sampleNow.Add(-2 * time.Hour), Side: desk.Support, Name: "Olga Salo", Template: "consent", Words: "Hello Aino,\n\nwe may not enter your Muster before an administrator of yours has agreed to it.\n\nKind regards\nOlga Salo", Pictures: []picture.Kept{{ID: "x", Wide: 1440, High: 640}, {ID: "y", Wide: 360, High: 200, Erased: sampleNow}}},
		{At: sampleNow.Add(-1 * time.Hour), Side: desk.Inside, Name: "Olga Salo", Words: "Their administrator is on holiday until Tuesday."},
		{At: sampleNow.Add(-time.Minute), Side: desk.Customer, Name: "", Address: "aino@saimaa.example", Mail: "<2@x>", Words: "Hurry up, I am the boss."},
	})
}

func sampleSupportRequest(tag lang.Tag, fr Frame, row requestRow) *supportRequestView {
	v := &supportRequestView{
		Frame: fr, requestRow: row, Open: true, Mine: true, Ours: true, Lines: sampleLines(tag), Kinds: kindChoices(tag, desk.Setting),
		Department: tag.Text("staff.department.first_line", nil),
	}
	c := advice.Case{
		Request: desk.Request{ID: "x", Kind: desk.Setting, State: desk.Taken, Setting: "Muster/setRoles"}, Agent: actor.Actor{Kind: actor.Staff, Support: actor.Support{Department: actor.SecondLine, Stands: true}},
		Setting: setting.Setting{Product: setting.Muster, Key: "setRoles", Class: setting.High}, Now: setting.Moment{Had: true, Phase: account.Live, Channel: setting.Registered, Configure: true},
		Door: advice.Inside, Scope: grant.Configure, Watch: advice.Lost,
	}
	if !row.Counts {
		v.Doubt = tag.Text("request.doubt.phone", nil)
		c.Request.Doubt, c.Agent.Support.Department, c.Now.Channel, c.Now.Configure, c.Door = desk.ByPhone, actor.FirstLine, setting.Phone, false, advice.Unasked
		c.Setting.Key, c.Setting.Class = "manageRota", setting.Medium
	}
	v.Advice, v.Settings = adviceViewOf(tag, c), settingGroups(tag, setting.Own(), "Muster/setRoles")
	v.Setting = v.Advice.Setting
	v.Template = "phone"
	v.shelve(tag)
	for _, d := range desk.Departments()[1:5] {
		v.Departments = append(v.Departments, choice{Value: string(d), Text: tag.Text("staff.department."+string(d), nil)})
	}
	v.Words, v.Asks = desk.Request{OrgName: row.Customer, Subject: row.Subject, Year: 2026, Number: 123, Sender: desk.Sender{Name: row.Who}}.Draft(tag, "phone", "Olga Salo", nil), true
	return v
}

func sampleExceptions(f Frame, asked, holds exceptionRow) *exceptionsView {
	over := holds
	over.Holds = false
	row := func(e exceptionRow, customer string) listedRow { return listedRow{e, "/provider/desk/x", customer} }
	return &exceptionsView{
		Frame: f, Holding: []listedRow{row(holds, "Saimaa Metsänhoito Oy"), row(holds, "Alpes Énergie SA")},
		Waiting: []listedRow{row(asked, "Northfield Care")}, Over: []listedRow{row(over, "Alpes Énergie SA")},
	}
}
