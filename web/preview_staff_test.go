package web

import (
	"fmt"
	"time"

	"muster/actor"
	"muster/id"
	"muster/lang"
	"muster/letin/staff"
)

// staffSamples are the pages about the provider's people.
func staffSamples(tag lang.Tag) []sample {
	frame := func(title string) Frame {
		f := providedFrame(tag, "staff.page.title", staffPage, "Dana Whitfield")
		f.Title = title
		return f
	}
	title := tag.Text("staff.page.title", nil)
	held := func(until time.Time) map[staff.Proof]staff.Span {
		return map[staff.Proof]staff.Span{staff.Agreement: {Since: sampleNow.AddDate(-1, 0, 0)}, staff.Background: {Since: sampleNow.AddDate(0, -5, 0), Until: until}}
	}
	member := func(n int, name string, d actor.Department, positions ...actor.Position) staff.Member {
		return staff.Member{
			ID: id.Staff(fmt.Sprintf("stf_%032d", n)), Name: name, Email: fmt.Sprintf("member.%d@provider.example", n), Active: true, Department: d, Positions: positions,
			Delegate: sampleNow.AddDate(0, 2, 0), Standing: held(sampleNow.AddDate(1, 0, 0)), Confirmed: sampleNow.AddDate(0, -2, 0), LastProved: sampleNow.Add(-time.Hour),
		}
	}
	agent := member(1, "Aino Mäkelä", actor.FirstLine)
	director := member(2, "Dana Whitfield", actor.CustomerSuccess, actor.Director, actor.Head)
	delegate := member(3, "Delphine Roche-Beauséjour", actor.Sales, actor.Delegate)
	fresh := member(4, "Otso Virtanen", actor.SecondLine)
	fresh.Standing, fresh.LastProved = nil, time.Time{}
	late := member(5, "Alma Virta", actor.Onboarding, actor.OnboardingManager)
	late.Confirmed, late.Standing = sampleNow.AddDate(0, -7, 0), held(sampleNow.AddDate(0, 0, -3))
	gone := member(6, "Pekka Poissa", actor.Accounting)
	gone.Active = false
	rows := func(all ...staff.Member) (out []memberRow) {
		for _, m := range all {
			out = append(out, rowOfMember(tag, m, sampleNow))
		}
		return out
	}
	many := &staffView{Frame: frame(title), CanAdd: true}
	for n := range 300 {
		many.Members = append(many.Members, rows(member(n, fmt.Sprintf("Staff Member %d", n), staff.Departments()[n%7]))...)
	}
	who := actor.Actor{Kind: actor.Staff, Staff: director.ID, Support: director.Support(sampleNow)}
	view := func(m staff.Member, who actor.Actor) *memberView {
		v := viewOfMember(frame(title), tag, m, who, sampleNow)
		v.SignOn, v.Tied = "Example ID", m.ID != fresh.ID
		return v
	}
	blank := &memberView{Frame: frame(tag.Text("staff.page.add", nil)), CanKeep: true}
	blank.fill(tag, staff.Draft{Department: actor.FirstLine}, memberDraft{}, who)
	wrong := &memberView{Frame: frame(tag.Text("staff.page.add", nil)), CanKeep: true}
	wrong.fill(tag, staff.Draft{Department: actor.FirstLine, Positions: []actor.Position{actor.Delegate}}, memberDraft{Name: "Eve", Email: "none"}, who)
	wrong.Errors = []fieldError{{Field: "email", Text: tag.Text("fault.bad_email", nil)}, {Field: "delegate", Text: tag.Text("fault.staff_delegate_end", nil)}}
	sign := &signInView{Frame: Frame{Kind: "door", Title: tag.Text("web.signin.title", nil), Lang: tag, Zone: "UTC", Now: sampleNow, Path: "/sign-in"}, Passkeys: true, SignOn: "Example ID"}
	sign.Errors = []fieldError{{Text: tag.Text("fault.sso_factor", map[string]any{"Name": "Example ID", "Said": "pwd"})}}
	return []sample{
		{"staff", "staff", &staffView{Frame: frame(title), CanAdd: true, Members: rows(agent, late, director, delegate, fresh), Gone: rows(gone)}},
		{"staff-alone", "staff", &staffView{Frame: frame(title), CanAdd: true, NoSignOn: true, Alone: true, Members: rows(fresh)}},
		{"staff-many", "staff", many},
		{"staff-new", "member", blank},
		{"staff-wrong", "member", wrong},
		{"staff-member", "member", view(fresh, who)},
		{"staff-late", "member", view(late, who)},
		{"staff-oneself", "member", view(director, who)},
		{"staff-gone", "member", view(gone, who)},
		{"staff-sign-in", "sign-in", sign},
	}
}
