package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/lang"
	"muster/roster"
	"muster/roster/duty"
	"muster/roster/quiet"
)

func mustSub(t *testing.T) fs.FS {
	t.Helper()
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// samples are the pages of the preview in one language.
func samples(tag lang.Tag) []sample {
	f := func(title string) Frame { return frameFor(tag, title) }
	worker := func() Frame {
		fr := f("worker")
		fr.Kind, fr.Nav, fr.Pulse = "worker", nil, pulse{}
		fr.Person = "Aino Virtanen"
		return fr
	}
	door := func() Frame {
		fr := f("door")
		fr.Kind, fr.Watching, fr.Nav, fr.Demo, fr.Pulse = "door", false, nil, true, pulse{}
		return fr
	}
	public := func() Frame { fr := f("public"); fr.Kind, fr.Watching = "public", false; return fr }
	withErrors := func(fr Frame, errs ...fieldError) Frame { fr.Errors = errs; return fr }

	running := func(state string, alarm bool) *runningView {
		v := &runningView{
			Frame: worker(), ID: "shf_1", State: state, Activity: "Pumppuaseman tarkastus", LastCheckIn: sampleNow.Add(-18 * time.Minute), NextAt: sampleNow.Add(12*time.Minute + 4*time.Second),
			EndsAt: sampleNow.Add(5 * time.Hour), PercentLeft: 40, InAlarm: alarm, Watchers: people()[:2],
			Extensions: minuteChoices(tag, 15, 30, 60), Risks: minuteChoices(tag, 10, 20, 45), Aways: minuteChoices(tag, 30, 60, 120),
		}
		return v
	}
	troubled := running("well", false)
	troubled.Unprotected, troubled.Unmonitored = true, tag.Text("web.standing.unconfirmed", nil)
	troubled.Marks, troubled.RiskUntil = phoneMarks{Away: sampleNow.Add(time.Hour), Quiet: sampleNow.Add(-time.Hour), Low: true}, sampleNow.Add(9*time.Minute)
	start := &startView{Frame: worker(), Intervals: minuteChoices(tag, 15, 30, 60, 120), Durations: minuteChoices(tag, 120, 240, 480, 720), Workspaces: []choice{{Value: "w", Text: "Savonlinna"}}, Watchers: people()[:2]}
	ack := &challenge{First: 4, Second: 7, Numbers: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, Token: "x"}
	act := func(kind string) *actView {
		return &actView{
			Frame: public(), State: "open", Act: kind, Action: "/a/x", Cause: "help", Name: "Aino Virtanen", Place: "Savonlinna", Activity: "Pumppuaseman tarkastus",
			Raised: sampleNow.Add(-4 * time.Minute), Position: place(0), Phone: "+358 40 123 4567", Challenge: ack, Outcomes: outcomes(tag), OtherHref: "/a/x", BoardHref: "/board",
		}
	}
	done := act("acknowledge")
	done.Challenge, done.Done = nil, tag.Text("web.act.done_acknowledge", nil)
	wrong := act("acknowledge")
	wrong.Problem = tag.Text("fault.challenge_wrong", nil)

	list := []sample{
		{"board", "board", sampleBoard(tag, 58, 2)},
		{"board-calm", "board", sampleBoard(tag, 14, 0)},
		{"board-empty", "board", sampleBoard(tag, 0, 0)},
		{"board-2000", "board", sampleBoard(tag, 2000, 7)},
		{"board-list", "board", withTab(sampleBoard(tag, 58, 2), "list")},
		{"board-map", "board", withTab(sampleBoard(tag, 58, 2), "map")},
		{"alarm-open", "alarm", sampleAlarm(tag, "open")},
		{"alarm-acknowledged", "alarm", sampleAlarm(tag, "acknowledged")},
		{"incidents", "incidents", sampleIncidents(tag, 40)},
		{"incidents-empty", "incidents", sampleIncidents(tag, 0)},
		{"incident", "incident", sampleIncident(tag)},
		{"incident-narrow", "incident", sampleNarrow(tag)},
		{"statistics", "statistics", sampleStatistics(tag, 4000)},
		{"statistics-empty", "statistics", sampleStatistics(tag, 0)},
		{"drills", "drills", sampleDrills(tag, 12)},
		{"drills-empty", "drills", sampleDrills(tag, 0)},
		{"drill", "drill", sampleDrill(tag, "answered")},
		{"drill-unanswered", "drill", sampleDrill(tag, "unanswered")},
		{"statistics-error", "statistics", &statisticsView{Frame: withErrors(f("incidents"), fieldError{Field: "from", Text: tag.Text("fault.day_form", nil)}), Tabs: incidentTabs(tag, nil, "/incidents/statistics"), From: "x", Empty: true}},
		{"profile", "profile", sampleProfile(tag, "shift")},
		{"profile-procedure", "profile", sampleProfile(tag, "procedure")},
		{"profile-history", "profile", sampleProfile(tag, "history")},
		{"profile-position", "profile", sampleProfile(tag, "position")},
		{"profile-unknown", "profile", withoutPosition(sampleProfile(tag, "position"))},
		{"me-start", "start", start},
		{"me-running", "running", running("well", false)},
		{"me-due", "running", running("due", false)},
		{"me-troubled", "running", troubled},
		{"me-alarm", "running", running("alarm", true)},
		{"me-shifts", "my-shifts", &myShiftsView{Frame: worker(), Shifts: pastShifts(tag)}},
		{"me-shifts-empty", "my-shifts", &myShiftsView{Frame: worker()}},
		{"me-devices", "devices", sampleDevices(worker(), tag)},
		{"me-devices-empty", "devices", &devicesView{Frame: worker()}},
		{"roster", "roster", sampleRoster(tag, 40)},
		{"roster-empty", "roster", sampleRoster(tag, 0)},
		{"person", "person", samplePerson(f("roster"), tag, "per_1")},
		{"person-waiting", "person", sampleWaiting(samplePerson(f("roster"), tag, "per_1"), true)},
		{"person-waiting-roles", "person", sampleWaiting(samplePerson(f("roster"), tag, "per_1"), false)},
		{"person-errors", "person", samplePerson(withErrors(f("roster"), fieldError{Field: "email", Text: tag.Text("fault.bad_email", nil)}, fieldError{Field: "mobile", Text: tag.Text("fault.bad_phone", nil)}), tag, "")},
		{"workspaces", "workspaces", &workspacesView{Frame: f("roster"), Tabs: rosterTabs(tag, 1), CanEdit: true, Workspaces: []workspaceRow{{"a", "Savonlinna", "Gate code 4711. Send the duty car.", 21, 4}, {"b", "Mikkeli", "", 18, 3}, {"c", "Kuopio, yövuoro", "", 12, 0}}}},
		{"import", "import", &importView{Frame: withErrors(f("roster"), fieldError{Field: "file", Text: tag.Text("fault.required", nil)})}},
		{"preview", "preview", samplePreview(tag, 0)},
		{"preview-bad", "preview", samplePreview(tag, 3)},
		{"book", "book", sampleBook(tag, 50)},
		{"book-empty", "book", sampleBook(tag, 0)},
		{"book-doubted", "book", doubtedBook(tag)},
		{"settings", "settings", sampleSettings(tag)},
		{"tokens", "tokens", &tokensView{Frame: f("settings"), Tabs: settingsTabsOf(tag, "/settings/tokens"), Fresh: "mst_9sXq0Yb2tR5mK8vWc1LdZ7uHn4PfJ6aE", Tokens: []tokenRow{{"t", "Payroll export", tag.Text("web.role.administrator", nil), sampleNow.Add(-900 * time.Hour), sampleNow.Add(-7 * time.Minute)}, {"u", "Radio gateway", tag.Text("web.role.worker", nil), sampleNow.Add(-90 * time.Hour), time.Time{}}}, Roles: []choice{{Value: "administrator", Text: tag.Text("web.role.administrator", nil)}}}},
		{"account", "account", sampleAccount(tag)},
		{"channels", "channels", sampleMine(f("channels"), tag)},
		{"channels-failed", "channels", sampleFailing(f("channels"), tag)},
		{"channels-empty", "channels", sampleMute(f("channels"), tag)},
		{"sign-in", "sign-in", &signInView{Frame: door(), Passkeys: true}},
		{"sign-in-errors", "sign-in", &signInView{Frame: withErrors(door(), fieldError{Field: "password", Text: tag.Text("fault.unauthenticated", nil)}), Email: "aino@example.org", WithPassword: true}},
		{"code", "code", &codeView{Frame: door(), Email: "aino@example.org"}},
		{"link", "link", &linkView{Frame: door(), Action: "/l/x"}},
		{"choose", "choose", &chooseView{Frame: door(), Choices: []choice{{Value: "a", Text: "Saimaa Metsänhoito Oy"}, {Value: "b", Text: "Alpes Énergie SA"}}}},
		{"error", "error", &errorView{Frame: f("error"), Icon: "help", Text: tag.Text("fault.internal", nil), Safe: tag.Text("web.error.safe", nil), Reference: "7f3a91c2", BackHref: "/board", BackText: tag.Text("web.error.to_board", nil)}},
		{"outbox", "outbox", sampleOutbox(f("outbox"), 12)},
		{"outbox-empty", "outbox", sampleOutbox(f("outbox"), 0)},
		{"act", "act", act("acknowledge")},
		{"act-resolve", "act", act("resolve")},
		{"act-wrong", "act", wrong},
		{"act-done", "act", done},
		{"confirm-still", "confirm", &confirmView{Frame: public(), Challenge: ack, Action: "/a/x", Address: "kaisa.nieminen@saimaa.example", Name: "Kaisa Nieminen", Home: "Saimaa Metsänhoito Oy", Still: true, Shared: true, Known: &knownContact{
			Points: []string{"kaisa.nieminen@saimaa.example", "+358401234567"}, News: []string{tag.Text("contact.category.service", nil), tag.Text("contact.category.security", nil)},
			Duties: []duty.Duty{duty.Technical, duty.Administrative}, Others: []choice{{Value: "per_2", Text: "Jean-Baptiste Grandjean-Lévesque"}},
		}}},
		{"confirm", "confirm", &confirmView{Frame: public(), Challenge: ack, Action: "/c/x", Address: "+358 40 123 4567", Name: "Aino Virtanen"}},
		{"newslink", "newslink", newsLinkSample(tag, public(), ack)},
		{"newslink-wrong", "newslink", func() *newsLinkView {
			v := newsLinkSample(tag, public(), ack)
			v.Problem, v.Asks, v.Rows = tag.Text("fault.challenge_wrong", nil), true, v.Rows[1:]
			return v
		}()},
		{"newslink-read", "newslink", func() *newsLinkView {
			v := newsLinkSample(tag, public(), nil)
			v.Read = sampleNow
			return v
		}()},
		{"seen", "seen", &seenView{Frame: public(), Challenge: ack, Action: "/a/x", Address: "+358 40 123 4567", Name: "Aino Virtanen"}},
		{"seen-done", "seen", &seenView{Frame: public(), Done: true, Address: "+358 40 123 4567", Name: "Aino Virtanen"}},
		{"outside", "outside", &outsideView{Frame: public(), Text: tag.Text("web.act.expired_text", nil), Reference: "7f3a91c2", BoardHref: "/board"}},
	}
	list = append(list, roomSamples(tag, f)...)
	list = append(list, requestSamples(tag, f)...)
	list = append(list, carrierSamples(tag)...)
	list = append(list, staffSamples(tag)...)
	list = append(list, productSamples(tag)...)
	list = append(list, componentSamples(tag)...)
	list = append(list, letinSamples(tag, f)...)
	list = append(list, contactSamples(tag)...)
	list = append(list, noticeSamples(tag)...)
	list = append(list, outageSamples(tag)...)
	list = append(list, statusSamples(tag)...)
	list = append(list, grantSamples(tag)...)
	list = append(list, accountSamples(tag, f)...)
	list = append(list, forgetSamples(tag, f)...)
	list = append(list, settingSamples(tag, f)...)
	list = append(list, dutySamples(tag, f)...)
	list = append(list, enrolSamples(tag, f)...)
	list = append(list, watchSamples(tag, f, worker)...)
	for _, s := range list {
		fr := s.view.frame()
		fr.Map = s.page == "board" || s.page == "alarm" || s.page == "case" || s.name == "profile-position"
		if strings.ToLower(fr.Title) == fr.Title { // no heading of its own
			fr.Title = s.name
		}
	}
	return list
}

var givenNames = []string{"Aino Virtanen", "Juhani Korhonen", "Émilie Lefèvre", "Matti Mäkinen", "Sofia Lindqvist", "Björn Åkerlund", "Chloé Dubois", "Olu Adeyemi", "Maria-Magdalena Hämäläinen-Kärkkäinen", "Tom Fisher"}

func people() []contactCard {
	return []contactCard{{"Kaisa Nieminen", "Monitor", "+358 40 555 0101", ""}, {"Pekka Laine", "Monitor", "+358 40 555 0102", "messages come back: there is no such address or number"}, {"Anna Salo", "Administrator", "+358 40 555 0103", "not confirmed"}}
}

func place(i int) *position {
	lat, lon := 61.868+float64(i%9)*0.11-0.4, 28.886+float64(i%13)*0.17-1
	return &position{
		Lat: lat, Lon: lon, Accuracy: float64(8 + i%5*9), At: sampleNow.Add(-time.Duration(i%40) * time.Minute), Source: "OwnTracks", Battery: (i*37+12)%100 - 1,
		Trail: fmt.Sprintf("%.4f,%.4f;%.4f,%.4f;%.4f,%.4f", lat-0.02, lon-0.03, lat-0.01, lon-0.02, lat, lon),
	}
}

func minuteChoices(tag lang.Tag, minutes ...int) []choice {
	var out []choice
	for i, m := range minutes {
		out = append(out, choice{Value: fmt.Sprint(m), Text: tag.Duration(time.Duration(m) * time.Minute), Chosen: i == 1})
	}
	return out
}

func outcomes(tag lang.Tag) []choice {
	var out []choice
	for _, o := range []string{"real", "precautionary", "false", "drill"} {
		out = append(out, choice{Value: o, Text: tag.Text("web.outcome."+o+"_text", nil)})
	}
	return out
}

func withTab(v *boardView, tab string) *boardView { v.Tab = tab; return v }

func sampleBoard(tag lang.Tag, n, alarms int) *boardView {
	v := &boardView{
		Frame: frameFor(tag, "board"), Tab: "alarms", Total: n, CanRoster: true,
		Workspaces: []choice{{Text: tag.Text("web.board.all_workspaces", nil)}, {Value: "a", Text: "Savonlinna"}},
		States:     []choice{{Text: tag.Text("web.board.all_states", nil)}, {Value: "due", Text: tag.Text("web.state.due", nil)}},
		Tabs:       []choice{{Text: tag.Text("web.board.alarms", nil), Href: "?tab=alarms", Count: alarms, Chosen: true}, {Text: tag.Text("web.board.tab_list", nil), Href: "?tab=list", Count: n}, {Text: tag.Text("web.board.tab_map", nil), Href: "?tab=map"}},
	}
	v.Pulse.Alarms, v.Pulse.Unacknowledged = alarms, alarms/2
	causes := []string{"help", "missed_check_in", "duress", "high_risk"}
	for i := range n {
		row := boardRow{ID: fmt.Sprintf("shf_%d", i), Href: "/people/x", State: "well", Name: givenNames[i%len(givenNames)], PIN: fmt.Sprint(1000 + i), Activity: []string{"Hakkuun mittaus", "Pumppuaseman tarkastus", "Night round"}[i%3], Workspace: []string{"Savonlinna", "Mikkeli"}[i%2], NextAt: sampleNow.Add(time.Duration(i*i+4) * 20 * time.Second), Monitors: 3, Position: place(i)}
		switch {
		case i < alarms:
			row.State, row.AlarmHref = "alarm", "/alarms/alm_1"
			card := alarmCard{ID: row.ID, Href: "/alarms/alm_1", Cause: causes[i%4], Raised: sampleNow.Add(-time.Duration(i*7+2) * time.Minute), Name: row.Name, PIN: row.PIN, Workspace: row.Workspace, Activity: row.Activity, Phone: "+358 40 123 4567", Position: row.Position, Told: 4, CanAcknowledge: true}
			if i%2 == 1 {
				row.State, card.AcknowledgedBy, card.AcknowledgedAt, card.CanAcknowledge, card.Position, card.Late, card.Failed = "acknowledged", "Kaisa Nieminen", sampleNow.Add(-time.Minute), false, nil, 4*time.Second, 1
			}
			v.Alarms = append(v.Alarms, card)
		case i == alarms:
			row.State, row.NextAt = "overdue", sampleNow.Add(-70*time.Second)
			row.Position = nil
		case i < alarms+4:
			row.State = "due"
			row.Monitors = i % 2
		}
		if i < 200 {
			v.Rows = append(v.Rows, row)
		}
	}
	v.Counts = boardCounts{Alarm: alarms, Unacknowledged: (alarms + 1) / 2, Due: min(n, 4), Well: max(0, n-alarms-4), OnShift: n}
	if n > 200 {
		v.MoreHref = "?all=1"
	}
	if n > 0 && alarms == 0 {
		v.LastAlarm = &choice{Href: "/incidents/x", Text: tag.Time(sampleNow.Add(-50*time.Hour), time.UTC, lang.Short)}
	}
	return v
}

func sampleAlarm(tag lang.Tag, state string) *alarmView {
	v := &alarmView{
		Frame: frameFor(tag, "board"), ID: "alm_1", Href: "/alarms/alm_1", Topic: "alarm:alm_1", State: state, Cause: "help", Name: "Aino Virtanen", PIN: "1041", Workspace: "Savonlinna", Activity: "Pumppuaseman tarkastus", Note: "Valkoinen Hilux, portti lukossa",
		Phone: "+358 40 123 4567", Raised: sampleNow.Add(-4 * time.Minute), Position: place(0), Contacts: people(), Steps: steps(), Timeline: timeline(), CanAcknowledge: state == "open", CanResolve: true, CanAssist: true, Outcomes: outcomes(tag), AssistOutcomes: outcomes(tag), General: []item{{Line: 1, Text: "Gate code 4711. Keys with the caretaker, +358 40 555 0199."}}, CanTick: true, ProfileHref: "/people/x", OpenBy: []string{"Pekka Laine"},
	}
	if state != "open" {
		v.AcknowledgedBy, v.AcknowledgedAt = "Kaisa Nieminen", sampleNow.Add(-time.Minute)
	}
	return v
}

func steps() []step {
	return []step{
		{Text: "Tell the monitors of Savonlinna", Detail: "2 people, e-mail then text message", State: "done", Done: true, DoneAt: sampleNow.Add(-4 * time.Minute), By: "Muster"},
		{Text: "Tell them again", State: "next", DueAt: sampleNow.Add(time.Minute)},
		{Text: "Tell every monitor and administrator", State: "later", Detail: "5 min after the alarm, again every 5 min until somebody answers"},
	}
}

func sampleProfile(tag lang.Tag, tab string) *profileView {
	v := &profileView{Frame: frameFor(tag, "board"), Name: "Aino Virtanen", PIN: "1041", State: "due", Workspace: "Savonlinna", Phone: "+358 40 123 4567", EditHref: "/roster/x", Tab: tab, Position: place(3), Monitors: people(), Points: samplePoints(tag), Ladder: ladderView{Steps: steps(), Sure: []string{"Mikko Laine"}}, History: pastShifts(tag)}
	for _, x := range []string{"shift", "procedure", "position", "history"} {
		v.Tabs = append(v.Tabs, choice{Href: "?tab=" + x, Text: tag.Text(map[string]string{"shift": "web.profile.shift", "procedure": "web.profile.tab_procedure", "position": "web.profile.tab_position", "history": "web.profile.tab_history"}[x], nil), Chosen: x == tab})
	}
	v.Shift = &shiftFacts{Activity: "Pumppuaseman tarkastus", Note: "Valkoinen Hilux, portti lukossa", Started: sampleNow.Add(-3 * time.Hour), NextAt: sampleNow.Add(3 * time.Minute), Interval: 30 * time.Minute, Grace: 5 * time.Minute, LastCheckIn: sampleNow.Add(-27 * time.Minute), EndsAt: sampleNow.Add(5 * time.Hour)}
	return v
}

func withoutPosition(v *profileView) *profileView { v.Position = nil; return v }

// doubts are what may be said against an address.
var doubts = [4]string{"not confirmed", "", "messages come back", ""}

func samplePoints(tag lang.Tag) []pointRow {
	return []pointRow{{"a", "aino.virtanen@saimaa.example", "E-mail", "", false}, {"b", "+358 40 123 4567", "SMS", tag.Text("web.channel.bounced_why", map[string]any{"Why": tag.Text("contact.dead.unknown", nil)}), false}, {"c", "+358 40 123 4567", "WhatsApp", "", true}}
}

func pastShifts(tag lang.Tag) []pastShift {
	var out []pastShift
	for i := range 8 {
		out = append(out, pastShift{"Hakkuun mittaus", sampleNow.Add(-time.Duration(i+1) * 25 * time.Hour), time.Duration(7*60+i*11) * time.Minute, "Aino Virtanen"})
	}
	return out
}

func rosterTabs(tag lang.Tag, chosen int) []choice {
	return []choice{{Text: tag.Text("web.roster.people", nil), Href: "/roster", Count: 2040, Chosen: chosen == 0}, {Text: tag.Text("web.workspace.title", nil), Href: "/workspaces", Count: 3, Chosen: chosen == 1}}
}

func sampleRoster(tag lang.Tag, n int) *rosterView {
	v := &rosterView{Frame: frameFor(tag, "roster"), Tabs: rosterTabs(tag, 0), CanEdit: true, Empty: n == 0, Workspaces: []choice{{Text: tag.Text("web.board.all_workspaces", nil)}}, Roles: []choice{{Text: tag.Text("web.role.all", nil)}}}
	for i := range n {
		v.People = append(v.People, personRow{Href: "/roster/x", Name: givenNames[i%10], PIN: fmt.Sprint(1000 + i), Roles: []string{tag.Text("web.role.worker", nil)}, Workspaces: []string{"Savonlinna"}, Email: point{fmt.Sprintf("person%d@saimaa.example", i), doubts[i%4], i%8 == 0}, Mobile: point{"+358 40 123 45" + fmt.Sprint(10+i), doubts[(i+2)%4], i%5 == 0}})
	}
	if n > 0 {
		v.Gaps = []gap{{tag.Text("web.roster.unwatched", map[string]any{"Name": "Kuopio, yövuoro"}), "/workspaces"}}
		v.Pager = pager{Next: "?after=x"}
	}
	return v
}

func sampleWaiting(v *personView, joins bool) *personView {
	v.Waiting = &waitingView{Name: v.Name, By: "Oliver Bennett", Roles: "Monitor (Kuopio)", Grant: "grt_1", New: joins, Since: sampleNow}
	return v
}

func samplePerson(fr Frame, tag lang.Tag, who string) *personView {
	v := &personView{Frame: fr, ID: who, Name: "Aino Virtanen", Action: "/roster/x", ProfileHref: "/people/x", Duress: who != "", Form: personForm{Name: "Aino Virtanen", Email: "aino(at)saimaa.example", Mobile: "0401234567", PIN: "1041", Columns: []string{"Worker", "Monitor", "Administrator"}, Languages: []choice{{Value: "fi", Text: "suomi"}}}}
	v.Channels = sampleChannels(&v.Frame, tag)
	v.Channels.Own, v.Channels.Page, v.Channels.Base = false, "/people/x/edit", "/people/x/contacts"
	for i, ws := range []string{tag.Text("web.person.everywhere", nil), "Savonlinna", "Mikkeli", "Kuopio, yövuoro"} {
		row := roleRow{Text: ws}
		for _, role := range []string{"worker", "monitor", "administrator"} {
			row.Cells = append(row.Cells, choice{Value: role + ":", Text: tag.Text("web.role."+role, nil), Chosen: role == "worker" && i == 1})
		}
		v.Form.Roles = append(v.Form.Roles, row)
	}
	return v
}

func sampleChannels(f *Frame, tag lang.Tag) channelList {
	list := channelList{F: f, Page: "/channels", Base: "/channels", Own: true, Kinds: []choice{{Value: "email", Text: tag.Text("web.contact.email", nil)}}, Alarms: true}
	for i, p := range samplePoints(tag) {
		list.Rows = append(list.Rows, channelRow{pointRow: p, Alarms: i == 0, Earlier: i > 0, Later: i == 0, Asking: i == 1, Absent: i == 2, Test: tag.Text("web.test.answered", nil), TestAt: sampleNow})
	}
	return list
}

func sampleMine(fr Frame, tag lang.Tag) *channelsView {
	v := &channelsView{Frame: fr}
	v.Channels = sampleChannels(&v.Frame, tag)
	v.Quiet = quietOf(&http.Request{}, tag, roster.Person{Recipient: roster.Recipient{Quiet: quiet.Hours{From: 22 * 60, Till: 6*60 + 30, Days: [7]bool{true, true, true, true, true}}}}, "Europe/Helsinki")
	v.Quiet.F = &v.Frame
	return v
}

// sampleFailing is a person whose only address is chosen for nothing and took
// no test.
func sampleFailing(fr Frame, tag lang.Tag) *channelsView {
	fr.Errors = []fieldError{{Field: "address", Text: tag.Text("fault.bad_phone", nil)}}
	v := sampleMine(fr, tag)
	v.Channels.F, v.Quiet.F, v.Channels.Everywhere = &v.Frame, &v.Frame, true
	v.Channels.Address, v.Push = "040 12", "key"
	one := v.Channels.Rows[0]
	one.Value, one.Alarms, one.Later, one.Doubt = "maria-magdalena.hamalainen-karkkainen@pohjois-savo.saimaa.example", false, false, tag.Text("web.contact.unverified", nil)
	one.Test, one.TestWhy = tag.Text("web.test.failed", nil), "550 5.1.1 <maria-magdalena.hamalainen-karkkainen@pohjois-savo.saimaa.example>: Recipient address rejected: User unknown in virtual mailbox table"
	v.Channels.Rows = []channelRow{one}
	return v
}

// sampleMute is a person without any address, and without quiet hours.
func sampleMute(fr Frame, tag lang.Tag) *channelsView {
	v := sampleMine(fr, tag)
	v.Channels.Rows, v.Quiet = nil, quietOf(&http.Request{}, tag, roster.Person{}, "Europe/Helsinki")
	v.Channels.F, v.Quiet.F = &v.Frame, &v.Frame
	return v
}

func samplePreview(tag lang.Tag, bad int) *previewView {
	v := &previewView{Frame: frameFor(tag, "roster"), File: "henkilöt_marraskuu.xlsx", Sheet: "Taul1", Total: 41, Action: "/roster/import/x", Upload: rosterIntake.upload, Blocked: bad > 0, Bad: bad, Add: 6, Change: 3, Leave: 1, LeaveNames: []string{"Tom Fisher"}, Columns: []string{tag.Text("web.col.name", nil), tag.Text("web.col.email", nil), tag.Text("web.col.mobile", nil), tag.Text("web.col.roles", nil), tag.Text("web.board.workspace", nil)}}
	for _, k := range []string{"all", "add", "change", "same", "leave", "bad"} {
		v.Counts = append(v.Counts, choice{Value: k, Text: tag.Text("web.import."+k, nil), Count: len(k) + bad, Href: "?show=" + k, Chosen: k == "all"})
	}
	whats := []string{"add", "change", "same", "leave", "same"}
	if bad > 0 {
		whats[0] = "bad"
	}
	for i := range 20 {
		what := whats[i%5]
		row := previewRow{Number: fmt.Sprint(i + 4), What: what, WhatText: tag.Text("web.import."+what, nil), Cells: []previewCell{{Value: givenNames[i%10]}, {Value: fmt.Sprintf("person%d@saimaa.example", i)}, {Value: "+358 40 123 4567"}, {Value: "worker"}, {Value: "Savonlinna"}}}
		if what == "change" {
			row.Cells[2] = previewCell{Value: "+358 40 765 4321", Old: "+358 40 123 4567", Changed: true}
		}
		if what == "bad" {
			row.Cells[1] = previewCell{Value: "aino(at)saimaa", Problem: tag.Text("fault.bad_email", nil)}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

func sampleSettings(tag lang.Tag) *settingsView {
	v := &settingsView{Frame: frameFor(tag, "settings"), Tabs: settingsTabsOf(tag, "/settings"), OrgID: "org_01936a7c5d0e7b3f9a4c2e1d0f8b7a65"}
	v.Form.Name, v.Form.Zone, v.Form.Interval, v.Form.Grace, v.Form.Remind, v.Form.Repeat, v.Form.Reopen = "Saimaa Metsänhoito Oy", "Europe/Helsinki", "30", "5", "2", "2,5", "15"
	v.Form.Languages = []choice{{Value: "fi", Text: "suomi"}}
	return v
}

func sampleAccount(tag lang.Tag) *accountView {
	return &accountView{Frame: frameFor(tag, "account"), Passkeys: []passkeyRow{{"p", "Kaisan puhelin", sampleNow.Add(-400 * time.Hour), sampleNow.Add(-8 * time.Hour)}}, Sessions: []sessionRow{{"s", "Firefox, Linux", "192.0.2.14", sampleNow.Add(-8 * time.Hour), sampleNow, true}, {"t", "Chrome, Android", "2001:db8::14", sampleNow.Add(-70 * time.Hour), sampleNow.Add(-3 * time.Hour), false}}}
}

func sampleOutbox(fr Frame, n int) *outboxView {
	v := &outboxView{Frame: fr}
	for i := range n {
		v.Messages = append(v.Messages, outboxMessage{ID: fmt.Sprint(i), Channel: []string{"email", "sms"}[i%2], To: "kaisa@saimaa.example", Subject: "AINO VIRTANEN NEEDS HELP", At: sampleNow.Add(-time.Duration(i) * time.Minute), Parts: []textPart{{Text: "Aino Virtanen (PIN 1041) pressed help at 03:08:08.\nCall +358 40 123 4567.\n\nI am taking care of this:\n"}, {Text: "http://127.0.0.1:8420/a/4nD…", Href: "/a/x"}}})
	}
	return v
}
