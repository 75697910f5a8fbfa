package web

import (
	"fmt"
	"time"

	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/roster"
)

// providedFrame is the frame of the provider's pages, at one of them.
func providedFrame(tag lang.Tag, title, path, person string) Frame {
	f := Frame{Title: tag.Text(title, nil), Lang: tag, Zone: "UTC", Now: sampleNow, Path: path, Org: tag.Text("web.carrier.provider", nil), Person: person, Staff: true}
	for _, item := range providerNav {
		item.Text, item.Current = tag.Text(item.Text, nil), item.Href == path
		f.Nav = append(f.Nav, item)
	}
	return f
}

// sampleGrant is one that has come so far.
func sampleGrant(stage grant.Stage) grant.Row {
	g := grant.Grant{
		ID: "grt_019aa5b4f2c97d3e8a51c0d2b6e4f718", Org: "org_1", Staff: "stf_1", Name: "Oliver Bennett", AskedBy: "stf_2", Asker: "Maria-Magdalena Hämäläinen-Kärkkäinen",
		Scope: grant.View, Reason: grant.Support, Words: "Hälytystaulu on ollut tyhjä keskipäivästä lähtien, vaikka kaksi työntekijää on vuorossa.", Request: "R-2026-000123",
		For: 8 * time.Hour, Stage: stage, Asked: sampleNow.Add(-3 * time.Hour),
	}
	if stage != grant.Asked {
		g.Opened, g.Until = sampleNow.Add(-time.Hour), sampleNow.Add(7*time.Hour)
		g.Approvals = []grant.Approval{{Staff: "stf_3", Name: "Saara Mäkinen", Groups: []grant.Group{"customer_success"}, Adds: true, At: sampleNow.Add(-2 * time.Hour)}, {Staff: "stf_4", Name: "Henrik Lindqvist", Groups: []grant.Group{"line"}, At: sampleNow.Add(-time.Hour)}}
		g.Consent = grant.Consent{Person: "per_1", Name: "Kaisa Nieminen", How: grant.ByMail, Words: g.Wording(lang.Finnish, "Saimaa Metsänhoito Oy").Words, Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", At: sampleNow.Add(-2 * time.Hour)}
	} else {
		g.Approvals = []grant.Approval{{Staff: "stf_3", Name: "Saara Mäkinen", Groups: []grant.Group{"customer_success"}, Adds: true, At: sampleNow.Add(-2 * time.Hour)}}
	}
	if stage.Over() {
		g.Ended, g.EndedBy, g.Why = sampleNow.Add(-time.Minute), "Kaisa Nieminen", "Toimii taas, kiitos."
	}
	return grant.Row{Grant: g, Customer: "Saimaa Metsänhoito Oy"}
}

func sampleGrants(tag lang.Tag, n int) *grantsView {
	v := &grantsView{Frame: providedFrame(tag, "grant.page.title", grantsPage, "Saara Mäkinen"), Break: true, Empty: n == 0}
	var live, over []grant.Row
	for i := range n {
		stage := []grant.Stage{grant.Asked, grant.Asked, grant.Open, grant.Revoked, grant.Expired, grant.Refused, grant.Lapsed, grant.Left}[i%8]
		g := sampleGrant(stage)
		g.ID = id.Grant(fmt.Sprintf("grt_%032d", i))
		g.Name, g.Customer, g.Yours = givenNames[i%10]+" Virtanen", []string{"Saimaa Metsänhoito Oy", "Northfield Care", "Services Lefèvre"}[i%3], i%8 == 0
		g.Emergency = i%16 == 2
		if stage.Over() {
			over = append(over, g)
		} else {
			live = append(live, g)
		}
	}
	v.fill(tag, live, over)
	if n > 50 {
		v.Older = grantsPage + "?before=1"
	}
	return v
}

func sampleAsk(tag lang.Tag, wrong bool) *askView {
	v := &askView{
		Frame:     providedFrame(tag, "grant.page.ask", grantsPage, "Saara Mäkinen"),
		Customers: []choice{{Text: "Saimaa Metsänhoito Oy"}, {Text: "Northfield Care"}}, Members: []choice{{Text: "Oliver Bennett, " + tag.Text("staff.department.first_line", nil)}},
		Scopes: []choice{{Text: tag.Text("grant.scope.view", nil)}}, Spans: []choice{{Text: tag.Duration(8 * time.Hour)}},
	}
	for _, r := range (grant.Draft{}).Reasons() {
		v.Reasons = append(v.Reasons, choice{Text: upper(tag.Text("grant.reason."+string(r), nil))})
	}
	if wrong {
		v.Words, v.Request, v.After = ".", "R-1", "grt_1"
		v.AfterText = tag.Text("grant.page.extends", map[string]any{"Name": "Oliver Bennett", "Org": "Saimaa Metsänhoito Oy", "Until": "22.11."})
		v.Errors = []fieldError{
			{Field: "words", Text: tag.Text("fault.say_more", nil)},
			{Field: "request", Text: tag.Text("fault.unknown_request", nil)},
			{Field: "staff", Text: tag.Text("fault.not_support", map[string]any{"Name": "Oliver Bennett"})},
		}
	}
	return v
}

func sampleEmergency(tag lang.Tag, keeps bool) *emergencyView {
	v := &emergencyView{Frame: providedFrame(tag, "grant.page.emergency", grantsPage, "Saara Mäkinen"), Limit: tag.Duration(grant.Broken), Keeps: keeps, Own: !keeps}
	v.Customers, v.Members = []choice{{Text: "Saimaa Metsänhoito Oy"}}, []choice{{Text: "Oliver Bennett"}}
	if !keeps {
		v.List = []breakerRow{{"stf_1", "Oliver Bennett", "Dora Ahlström", sampleNow.Add(-900 * time.Hour)}, {"stf_2", "Saara Mäkinen", "Dora Ahlström", sampleNow.Add(-90 * time.Hour)}}
	}
	return v
}

// sampleFile is all about a grant as its reader finds it.
func sampleFile(tag lang.Tag, stage grant.Stage, provider bool, may ...string) *grantView {
	f := grant.File{Row: sampleGrant(stage), May: map[string]bool{}, People: []roster.Person{{Recipient: roster.Recipient{Person: "per_1", Name: "Kaisa Nieminen"}}}}
	for _, action := range may {
		f.May[action] = true
	}
	rec := func(kind, rule, who string, ago time.Duration) ledger.Record {
		return ledger.Record{
			At: sampleNow.Add(-ago), Kind: kind, Rule: rule, Actor: ledger.Actor{Name: who, IP: "203.0.113.7"}, Facts: map[string]any{"ForSeconds": int64(28800)},
			Personal: map[string]string{"Staff": "Oliver Bennett", "Words": f.Words, "Why": ""},
		}
	}
	f.Story = []ledger.Record{rec("grant.approved", "letin-approve", "Saara Mäkinen", 2*time.Hour), rec("grant.asked", "letin-ask", f.Asker, 3*time.Hour)}
	v := &grantView{Provider: provider, Frame: providedFrame(tag, "grant.page.one", grantsPage, "Saara Mäkinen"), Back: grantsPage}
	base := grantsPage
	if !provider {
		v.Frame, v.Back, base = frameFor(tag, "let-in"), "/let-in", ownGrantsPage
	}
	if f.May["reviewGrant"] {
		f.Emergency, f.Approvals, f.Grant.Consent = true, nil, grant.Consent{}
		f.Acts = f.Story
	}
	v.fill(tag, base, f)
	v.Title = tag.Text("grant.page.of", map[string]any{"Name": f.Name, "Org": f.Customer})
	v.Told = []grantTold{
		{To: "Kaisa Nieminen", What: tag.Text("grant.told.grant_asked", nil), State: tag.Text("incident.message.delivered", nil), At: sampleNow.Add(-3 * time.Hour)},
		{To: "Väinö Mäkeläinen", What: tag.Text("grant.told.grant_asked", nil), State: tag.Text("incident.message.failed", nil), At: sampleNow.Add(-3 * time.Hour), Bad: true},
	}
	return v
}

func grantSamples(tag lang.Tag) []sample {
	return []sample{
		{"grants-empty", "grants", sampleGrants(tag, 0)},
		{"grants", "grants", sampleGrants(tag, 9)},
		{"grants-many", "grants", sampleGrants(tag, 200)},
		{"grant-new", "grant-new", sampleAsk(tag, false)},
		{"grant-new-wrong", "grant-new", sampleAsk(tag, true)},
		{"grant-emergency", "grant-emergency", sampleEmergency(tag, false)},
		{"grant-emergency-empty", "grant-emergency", sampleEmergency(tag, true)},
		{"grant-asked", "grant", sampleFile(tag, grant.Asked, true, "approveGrant", "refuseGrant")},
		{"grant-open", "grant", sampleFile(tag, grant.Open, true, "enterGrant", "returnGrant", "askGrant")},
		{"grant-over", "grant", sampleFile(tag, grant.Revoked, true)},
		{"own-grant-asked", "grant", sampleFile(tag, grant.Asked, false, "consentGrant", "refuseGrant")},
		{"own-grant-open", "grant", sampleFile(tag, grant.Open, false, "revokeGrant")},
		{"own-grant-review", "grant", sampleFile(tag, grant.Expired, false, "reviewGrant")},
	}
}
