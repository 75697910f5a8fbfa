package web

import (
	"time"

	"muster/fault"
	"muster/lang"
	"muster/roster"
	"muster/roster/forget"
)

// forgetSamples are the pages about those who have left.
func forgetSamples(tag lang.Tag, f func(string) Frame) []sample {
	return []sample{
		{"left", "roster-left", sampleLeft(f("roster"), tag, 3)},
		{"left-empty", "roster-left", sampleLeft(f("roster"), tag, 0)},
		{"forget", "forget", sampleForget(f("roster"), tag, forget.Plan{})},
		{"forget-wrong", "forget", sampleForget(withWrong(tag)(f("roster"), "name"), tag, forget.Plan{Namesake: true})},
		{"forget-obstacle", "forget", sampleForget(f("roster"), tag, forget.Plan{Obstacle: fault.New(fault.Conflict, "forget_alarm_open")})},
		{"forget-done", "forget", sampleForget(f("roster"), tag, forget.Plan{Erased: sampleNow.Add(-time.Hour)})},
	}
}

// sampleLeft are those who have left, one of them erased.
func sampleLeft(f Frame, tag lang.Tag, n int) *leftView {
	v := &leftView{Frame: f, Tabs: rosterTabsOf(tag, 40, 3, "/roster/left", true)}
	for i := range n {
		p := roster.Person{Left: sampleNow.Add(-time.Duration(i+1) * 30 * 24 * time.Hour)}
		p.Person, p.Name = "per_1", []string{"Aila Ruusuvuori", forget.Word, "Matti Meikäläinen"}[i%3]
		v.People = append(v.People, leftRowOf(tag, p))
	}
	return v
}

// sampleForget is somebody with a past.
func sampleForget(f Frame, tag lang.Tag, p forget.Plan) *forgetView {
	p.Name, p.Alarms, p.Shifts, p.Positions, p.Messages = "Aila Ruusuvuori", 1, 214, 18_320, 97
	p.Devices, p.Enrolments, p.Requests, p.Entries, p.Partners = 1, 4, 2, 1_204, 1
	f.Title = p.Name
	return forgetViewOf(f, tag, "per_1", p, "", "")
}
