package web

import (
	"fmt"
	"time"

	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/staff"
	inside "muster/letin/visit"
	"muster/roster"
)

// sampleGuest is a visit that goes on.
func sampleGuest(n int) inside.Visit {
	return inside.Visit{
		ID: id.Visit(fmt.Sprintf("vis_%d", n)), Grant: "grt_01936a7c5d0e7b3f9a4c2e1d0f8b7a65", Name: "Oliver Bennett", IP: "192.0.2.14", Began: sampleNow.Add(-23 * time.Minute),
		Seen: sampleNow.Add(-12 * time.Second), Page: inside.Page{Path: "/people/{person}"}, Pages: 7, Until: sampleNow.Add(96 * time.Minute),
		Scope: grant.View, Reason: grant.Support, Words: "The board is empty since noon, and nobody sees who is out", Request: "R-2026-000117",
	}
}

func sampleVisits(n int) (all []inside.Visit) {
	ends := []inside.End{inside.Left, inside.ThrownOut, inside.Expired, inside.Standing, inside.Revoked}
	for i := range n {
		v := sampleGuest(i)
		v.Began = sampleNow.Add(-time.Duration(i+1) * 26 * time.Hour)
		v.Ended, v.How, v.By = v.Began.Add(time.Duration(3+i*7)*time.Minute), ends[i%len(ends)], "Kaisa Nieminen"
		if i%2 == 1 {
			v.Eyes, v.Whose, v.Name = "per_1", "Aino Virtanen", "Maximilian Schwarzenberger"
		}
		all = append(all, v)
	}
	return all
}

func sampleActivity(tag lang.Tag) (rows []activityRow) {
	entry := func(seq int64, kind, rule string, facts map[string]any, personal map[string]string) {
		rows = append(rows, activityRowOf(tag, ledger.Record{
			Seq: seq, At: sampleNow.Add(-time.Duration(1050-seq) * time.Minute), Kind: kind, Rule: rule, Facts: facts, Personal: personal,
			Actor: ledger.Actor{Kind: "staff", Name: "Oliver Bennett", IP: "192.0.2.14"},
		}))
	}
	entry(1049, "visit.refused", "floor-guest", map[string]any{"Page": "POST /alarms/{alarm}/resolve"}, nil)
	entry(1048, "visit.looked", "", map[string]any{"Page": "/people/{person}"}, nil)
	entry(1047, "visit.looked", "", map[string]any{"Page": "/roster"}, nil)
	entry(1044, "visit.entered", "letin-enter", map[string]any{}, map[string]string{"Words": "The board is empty since noon"})
	return rows
}

// letinSamples are the pages about support's being inside: the customer's, the
// guest's and the provider's.
func letinSamples(tag lang.Tag, f func(string) Frame) []sample {
	guestFrame := func(fr Frame, eyes bool) Frame {
		g := sampleGuest(1)
		if eyes {
			g.Eyes, g.Whose = "per_1", "Aino Virtanen"
		}
		v := &visit{tag: tag, own: tag, org: roster.Organisation{Name: fr.Org}, guest: &g, doors: []pass.Product{{ID: "prd_1", Name: "Freight Desk"}}}
		if eyes {
			v.doors = append(v.doors, pass.Product{ID: "prd_2", Name: "Portail des expéditeurs"})
		}
		fr.Now = sampleNow
		v.surround(&fr)
		return fr
	}
	mirror := func(fr Frame) Frame {
		v := sampleVisit(tag, roster.Customer)
		v.who.Kind, v.inside = "person", []inside.Visit{sampleGuest(1)}
		v.surround(&fr)
		return fr
	}
	tabs := func(at string) []choice { return letinTabs(tag, at) }
	var past []visitRow
	for _, g := range sampleVisits(40) {
		past = append(past, visitRowOf(tag, g))
	}
	now := visitRowOf(tag, sampleGuest(1))
	waiting := []waitingRow{{Title: tag.Text("visit.wait.consent", map[string]any{"Name": "Oliver Bennett"}), Text: tag.Text("visit.reason.support", nil) + ": The board is empty since noon", Href: "/let-in/grants/x"}}
	key := "muster/0123456789abcdef/org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65+5c0ffee5+AZbJ0dNq9gkH0Zc2gqWl4Lw3nB1fJv8o2mG7s5t6uXyZ"
	board, roster := sampleBoard(tag, 14, 2), sampleRoster(tag, 12)
	board.Frame, roster.Frame = guestFrame(board.Frame, false), guestFrame(roster.Frame, true)
	mirrored := sampleBoard(tag, 14, 0)
	mirrored.Frame = mirror(mirrored.Frame)
	worker := f("worker")
	worker.Kind, worker.Nav, worker.Pulse = "worker", nil, pulse{}
	bare := f("door")
	bare.Kind, bare.Watching, bare.Nav, bare.Pulse = "door", false, nil, pulse{}
	over := bare
	over.Title = tag.Text("visit.over.title", map[string]any{"Org": f("door").Org})
	refused := guestFrame(bare, false)
	why := "policy.floor-guest"
	provider := providedFrame(tag, "visit.provider.title", insidePage, "Oliver Bennett")
	person := supportRowOf(&visit{tag: tag, zone: "UTC"}, staff.Member{
		Name: "Oliver Bennett", Department: "first_line", Standing: map[staff.Proof]staff.Span{staff.Agreement: {Since: sampleNow}, staff.Background: {Since: sampleNow, Until: sampleNow.AddDate(0, 5, 0)}},
	}, nil)
	boss := person
	boss.Name, boss.Positions, boss.Grant, boss.Has = "Maximilian Schwarzenberger", tag.Text("staff.position.services_manager", nil), "grt_1", tag.Text("visit.has_leave", nil)
	here := whereRow{ID: "vis_1", Grant: "grt_1", Org: "Saimaa Metsänhoito Oy", As: now.As, Why: now.Why, Page: now.Page, Here: true, Since: now.Since, Until: now.Until, Pages: 7}
	elsewhere := here
	elsewhere.Org, elsewhere.Here = "Alpes Énergie SA", false
	return []sample{
		{"guest-board", "board", board},
		{"guest-roster", "roster", roster},
		{"guest-start", "start", &startView{Frame: guestFrame(worker, true), Intervals: minuteChoices(tag, 15, 30), Durations: minuteChoices(tag, 120, 240), Workspaces: []choice{{Value: "w", Text: "Savonlinna"}}}},
		{"guest-refused", "error", &errorView{Frame: refused, Icon: "shield-lock", Text: tag.Text("fault.forbidden", nil), Why: tag.Text(why, nil), Reference: "7f3a91c2", BackHref: "/board", BackText: tag.Text("web.error.to_board", nil)}},
		{"view-as", "view-as", &viewAsView{Frame: guestFrame(f("board"), false), Grant: "grt_1", People: []eyesRow{{"per_1", "Aino Virtanen", tag.Text("web.role.worker", nil)}, {"per_2", "Kaisa Nieminen", tag.Text("web.role.administrator", nil)}}}},
		{"view-as-back", "view-as", &viewAsView{Frame: guestFrame(f("board"), true), Grant: "grt_1", Whose: "Aino Virtanen"}},
		{"visit-over", "visit-over", &visitOverView{Frame: over, Org: "Saimaa Metsänhoito Oy", Why: tag.Text("visit.over.thrown_out", map[string]any{"Name": "Kaisa Nieminen"}), At: sampleNow}},
		{"visit-over-standing", "visit-over", &visitOverView{Frame: over, Org: "Saimaa Metsänhoito Oy", Why: tag.Text("visit.over.standing", map[string]any{}), At: sampleNow, Lacks: []string{tag.Text("staff.proof.agreement", nil)}}},
		{"mirror-board", "board", mirrored},
		{"letin", "letin", &letinView{Frame: mirror(f("let-in")), Tabs: tabs(letinPage), Guests: []visitRow{now}, Waiting: waiting, Last: past[:5]}},
		{"letin-empty", "letin", &letinView{Frame: f("let-in"), Tabs: tabs(letinPage)}},
		{"letin-visits", "letin-visits", &letinVisitsView{Frame: f("let-in"), Tabs: tabs(letinPage + "/visits"), Visits: append([]visitRow{now}, past...), Pager: pager{Next: "/x"}}},
		{"letin-visits-empty", "letin-visits", &letinVisitsView{Frame: f("let-in"), Tabs: tabs(letinPage + "/visits")}},
		{"letin-visit", "letin-visit", &letinVisitView{Frame: f("let-in"), Visit: now, GrantHref: "/let-in/grants/x", Key: key, Entries: sampleActivity(tag)}},
		{"letin-visit-over", "letin-visit", &letinVisitView{Frame: f("let-in"), Visit: past[1], GrantHref: "/let-in/grants/x", Key: key, Entries: sampleActivity(tag)}},
		{"letin-activity", "letin-activity", &letinActivityView{Frame: f("let-in"), Tabs: tabs(letinPage + "/activity"), Key: key, Entries: sampleActivity(tag)}},
		{"letin-activity-empty", "letin-activity", &letinActivityView{Frame: f("let-in"), Tabs: tabs(letinPage + "/activity"), Key: key}},
		{"letin-people", "letin-people", &letinPeopleView{Frame: f("let-in"), Tabs: tabs(letinPage + "/people"), People: []supportRow{boss, person}}},
		{"letin-people-empty", "letin-people", &letinPeopleView{Frame: f("let-in"), Tabs: tabs(letinPage + "/people")}},
		{"inside", "inside", &whereInsideView{Frame: provider, Visits: []whereRow{here, elsewhere}}},
		{"inside-empty", "inside", &whereInsideView{Frame: provider}},
	}
}
