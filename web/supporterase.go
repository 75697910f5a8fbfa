package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/desk/insist"
	"muster/store"
)

// eraseView is how far a deletion has come, and its next step.
type eraseView struct {
	About    bool // the request is about a deletion
	Real     bool
	Steps    []eraseStep
	Next     string
	NextText string
	Missing  string
	Director string // the address on file, confirmed; empty: none
	List     []string
	Paper    erase.Paper
	Until    time.Time
	May      bool // the reader takes the next step
	Own      bool // the reader may record that the customer did it
	Again    bool // the list can be written anew
}

// eraseStep is one step of a deletion.
type eraseStep struct {
	Text, By, Note string
	At             time.Time
	Done, Now      bool
}

// exceptionRow is one thing that the head of department was asked to allow.
type exceptionRow struct {
	ID, Scope, Why, By, State, StateText, Head, Words string
	Asked, Decided, Until, Ended                      time.Time
	Holds, Decide, End                                bool // in force; the reader may decide, or end it
}

func (s *site) erasing() erase.Office { return erase.Office{Desk: s.support(), URL: s.URL} }

func (s *site) insisting() insist.Office { return insist.Office{Desk: s.support()} }

// eraseOf reads a request's deletion, if it is about one.
func (s *site) eraseOf(ctx context.Context, v *visit, q desk.Request) (view eraseView, err error) {
	if q.Kind != desk.TestData && q.Kind != desk.RealData {
		return view, nil
	}
	var d erase.Deletion
	var on erase.Address
	err = s.Store.View(ctx, q.Org, func(tx *store.Tx) error {
		if on, err = erase.Director(tx); err != nil {
			return err
		}
		d, err = erase.Find(tx, q)
		return err
	})
	if err != nil {
		return view, err
	}
	view = eraseViewOf(v.tag, d)
	if !on.Verified.IsZero() {
		view.Director = on.Mail
	}
	mine, works := q.Agent == v.who.Staff, v.who.Support
	switch d.Next() {
	case erase.Approve:
		view.May = works.Department == q.Department && holdsPosition(v.who, actor.Head) && !mine
	case erase.Record:
		view.May = works.Department == actor.Development
	case erase.Agree, "":
	default:
		view.May = mine
	}
	view.Own, view.Again = mine && !d.Over() && !d.Has(erase.Pass), mine && d.Real && d.Has(erase.List) && !d.Has(erase.Agree)
	if !q.State.Open() {
		view.May, view.Own, view.Again = false, false, false
	}
	return view, nil
}

func holdsPosition(who actor.Actor, p actor.Position) bool {
	for _, held := range who.Support.Positions {
		if held == p {
			return true
		}
	}
	return false
}

func eraseViewOf(tag lang.Tag, d erase.Deletion) eraseView {
	view := eraseView{About: true, Real: d.Real, Next: string(d.Next()), List: d.List, Paper: d.Paper, Until: d.Until}
	for _, step := range d.Order() {
		done := d.Steps[step]
		view.Steps = append(view.Steps, eraseStep{
			Text: tag.Text("request.step."+string(step), nil), By: done.By, Note: done.Note, At: done.At, Done: d.Has(step), Now: step == d.Next(),
		})
	}
	if own := d.Steps[erase.Own]; d.Has(erase.Own) {
		view.Steps = append(view.Steps, eraseStep{Text: tag.Text("request.step.own", nil), By: own.By, Note: own.Note, At: own.At, Done: true})
	}
	if view.Next != "" {
		view.NextText = tag.Text("request.next."+view.Next, nil)
	}
	if code := d.Missing(); code != "" {
		view.Missing = tag.Text("fault."+code, nil)
	}
	return view
}

// stepErase takes a step of a deletion.
func (s *site) stepErase(r *http.Request, v *visit, which id.Request) error {
	form := r.PostFormValue
	err := s.erasing().Take(r.Context(), v.who, which, erase.Step(form("step")), erase.Given{
		Words: form("said"), List: form("list"), Paper: erase.Paper{Who: form("who"), Why: form("why"), What: form("what")},
	})
	return fieldInstead(err, "words", "said")
}

// exceptions lists what was asked of the head because of a request.
func (s *site) exceptions(ctx context.Context, v *visit, q desk.Request) (rows []exceptionRow, err error) {
	err = s.Store.View(ctx, q.Org, func(tx *store.Tx) error {
		all, err := insist.Of(tx, q.ID)
		rows = nil
		for _, e := range all {
			row := exceptionRowOf(v.tag, e, tx.Now())
			head := v.who.Kind == actor.Staff && v.who.Support.Department == e.Department && holdsPosition(v.who, actor.Head) && e.AskedBy != v.who.Staff
			row.Decide = head && e.State == insist.Asked
			row.End = row.Holds && (head || v.who.Kind == actor.Person && v.who.Has(actor.Administrator, ""))
			rows = append(rows, row)
		}
		return err
	})
	for i := range rows {
		rows[i].Scope = s.scopeCalled(ctx, v.tag, rows[i].Scope)
	}
	return rows, err
}

// scopeCalled says what an exception is about by the setting's name, where it
// has one.
func (s *site) scopeCalled(ctx context.Context, tag lang.Tag, scope string) string {
	if said := scopeText(tag, scope); said != scope {
		return said
	}
	return s.settingCalled(ctx, tag, scope)
}

func exceptionRowOf(tag lang.Tag, e insist.Exception, now time.Time) exceptionRow {
	state := string(e.State)
	if e.State == insist.Allowed && !e.Holds(now) {
		state = "over"
	}
	return exceptionRow{
		ID: string(e.ID), Scope: scopeText(tag, e.Scope), Why: e.Why, By: e.AskedName, State: state, StateText: tag.Text("request.exception."+state, nil),
		Head: e.HeadName, Words: e.Words, Asked: e.Asked, Decided: e.Decided, Until: e.Until, Ended: e.Ended, Holds: e.Holds(now),
	}
}

// scopeText says what an exception is about.
func scopeText(tag lang.Tag, scope string) string {
	if class, ok := strings.CutPrefix(scope, "class:"); ok {
		return tag.Text("request.class."+class, nil)
	}
	return scope
}

// scopeChoices are what an exception can be about: a class, or the setting that
// was asked for.
func scopeChoices(tag lang.Tag, setting, called, chosen string) (all []choice) {
	if setting != "" {
		all = append(all, choice{Value: setting, Text: called, Chosen: setting == chosen})
	}
	for _, scope := range []string{"class:medium", "class:high"} {
		all = append(all, choice{Value: scope, Text: scopeText(tag, scope), Chosen: scope == chosen})
	}
	return all
}

// exceptionAct asks for an exception, decides on one, or ends one.
func (s *site) exceptionAct(r *http.Request, v *visit, which id.Request, act string) error {
	form := r.PostFormValue
	if act == "except" {
		q, _, err := s.requestOf(r, v)
		if err != nil {
			return err
		}
		err = s.insisting().Ask(r.Context(), v.who, which, form("scope"), form("because"), []string{q.Setting})
		return fieldInstead(err, "why", "because")
	}
	exception, err := id.Parse[id.Exception](form("exception"))
	if err != nil {
		return err
	}
	if act == "end" {
		return s.insisting().End(r.Context(), v.who, which, exception)
	}
	var until time.Time
	if day, err := time.Parse(time.DateOnly, form("until")); err == nil {
		until = day.Add(24*time.Hour - time.Second) // to the end of that day
	} else if form("decision") == "allow" {
		return fault.New(fault.Invalid, "day_form").At("until")
	}
	err = s.insisting().Decide(r.Context(), v.who, which, exception, form("decision") == "allow", until, form("decided"))
	return fieldInstead(err, "words", "decided")
}
