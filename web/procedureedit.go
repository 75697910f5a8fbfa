package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/call/partner/connection"
	"muster/call/procedure"
	"muster/call/rota"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// procedureView is a procedure as it is written.
type procedureView struct {
	Frame
	ID           string // empty: a new one
	Action       string
	Name         string
	Instructions string
	For          string // of an existing one
	Subjects     []choice
	Active       bool
	Version      int
	Steps        []stepForm
	Versions     []procedureRow
}

// stepForm is one step in the form. Moving and removing steps and adding one
// send the form as it is, and get it back changed; nothing is saved by it.
type stepForm struct {
	Number      int
	First, Last bool
	Whom        []choiceGroup
	Channels    []choice
	Times       []choice
	Wait        string // minutes
	Do          string
}

// choiceGroup is the entries of a select under one heading.
type choiceGroup struct {
	Text    string
	Choices []choice
}

// mostChoices is how many people a step can be chosen from; in a larger
// organisation those are offered who answer alarms anyway.
const mostChoices = 200

func (s *site) editProcedure(w http.ResponseWriter, r *http.Request, v *visit) error {
	d := procedure.Draft{Steps: []procedure.Step{{Whom: procedure.Monitors, Wait: v.org.Repeat, When: procedure.Always}}}
	var p procedure.Procedure
	subject, err := procedure.ParseSubject(r.URL.Query().Get("for"))
	if err != nil {
		return err
	}
	if r.PathValue("procedure") != "" {
		if p, err = s.procedureIn(r, v); err != nil {
			return err
		}
		d, subject = p.Draft, p.Subject
	}
	view, err := s.procedureForm(w, r, v, p, subject, d)
	if err != nil {
		return err
	}
	return s.show(w, r, "procedure", view)
}

func (s *site) procedureIn(r *http.Request, v *visit) (p procedure.Procedure, err error) {
	which, err := id.Parse[id.Procedure](r.PathValue("procedure"))
	if err != nil {
		return p, err
	}
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		p, err = procedure.Get(tx, v.who, which)
		return err
	})
	return p, err
}

// saveProcedure saves the form, or gives it back with its steps arranged anew.
func (s *site) saveProcedure(w http.ResponseWriter, r *http.Request, v *visit) error {
	var p procedure.Procedure
	subject, err := procedure.ParseSubject(r.PostFormValue("for"))
	if err != nil {
		return err
	}
	if r.PathValue("procedure") != "" {
		if p, err = s.procedureIn(r, v); err != nil {
			return err
		}
		subject = p.Subject
	}
	d, wrong := draftFrom(r)
	save := arrange(&d, r.PostFormValue("do"))
	if save && wrong == nil {
		if p.ID == "" {
			p, wrong = procedure.Create(r.Context(), s.Store, v.who, subject, d)
		} else {
			p, wrong = procedure.Revise(r.Context(), s.Store, v.who, p.ID, number(r.PostFormValue("version")), d)
		}
		if wrong == nil {
			s.say(w, said{Key: "web.procedure.saved", Args: map[string]any{"Name": p.Name, "Version": p.Version}})
			return see(w, r, "/procedures/preview?procedure="+string(p.ID)+"&for="+p.Subject.Key())
		}
	}
	view, err := s.procedureForm(w, r, v, p, subject, d)
	if err != nil {
		return err
	}
	if !save {
		return s.show(w, r, "procedure", view)
	}
	return s.again(w, r, "procedure", view, wrong)
}

// draftFrom reads the form. What is wrong with the waits is said with the rest.
func draftFrom(r *http.Request) (procedure.Draft, error) {
	d := procedure.Draft{Name: r.PostFormValue("name"), Instructions: r.PostFormValue("instructions")}
	var errs []error
	for i := range min(number(r.PostFormValue("steps")), 100) {
		at := func(name string) string { return r.PostFormValue(fmt.Sprintf("steps.%d.%s", i+1, name)) }
		whom, which, _ := strings.Cut(at("whom"), ":")
		st := procedure.Step{
			Whom: procedure.Whom(whom), ID: which, Channels: strings.Fields(at("channels")), When: procedure.When(at("when")), Do: at("do"),
		}
		var err error
		if st.Wait, err = minutesFrom(at("wait_seconds"), fmt.Sprintf("steps.%d.wait_seconds", i+1)); err != nil {
			errs = append(errs, err)
		}
		d.Steps = append(d.Steps, st)
	}
	return d, fault.Join(errs...)
}

// arrange does to the steps what a button of the form says, and tells whether
// it says to save.
func arrange(d *procedure.Draft, do string) (save bool) {
	act, at, _ := strings.Cut(do, ":")
	n := number(at)
	inside := n >= 1 && n <= len(d.Steps)
	switch {
	case act == "add":
		d.Steps = append(d.Steps, procedure.Step{Whom: procedure.Everyone, Wait: 2 * time.Minute, When: procedure.Always})
	case act == "remove" && inside:
		d.Steps = slices.Delete(d.Steps, n-1, n)
	case act == "up" && inside && n > 1:
		d.Steps[n-1], d.Steps[n-2] = d.Steps[n-2], d.Steps[n-1]
	case act == "down" && inside && n < len(d.Steps):
		d.Steps[n-1], d.Steps[n] = d.Steps[n], d.Steps[n-1]
	default:
		return act == "save" || act == ""
	}
	return false
}

func (s *site) procedureForm(w http.ResponseWriter, r *http.Request, v *visit, p procedure.Procedure, subject procedure.Subject, d procedure.Draft) (*procedureView, error) {
	f, err := s.framed(w, r, v, "web.procedure.title", "/procedures")
	if err != nil {
		return nil, err
	}
	f.Watching = false // it is being written
	view := &procedureView{
		Frame: f, ID: string(p.ID), Action: "/procedures/new", Name: d.Name, Instructions: d.Instructions, Active: p.Active, Version: p.Latest,
	}
	var whom []choiceGroup
	err = s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) error {
		spaces, err := roster.Workspaces(tx)
		if err != nil {
			return err
		}
		if p.ID != "" {
			view.Action = "/procedures/" + string(p.ID)
			if view.Versions, err = versionRows(tx, v, p.ID); err != nil {
				return err
			}
		}
		if view.For, err = subjectName(tx, v.tag, subject, spaces); err != nil {
			return err
		}
		view.Subjects = subjectChoices(v, subject, spaces, view.For)
		whom, err = whomChoices(tx, v, d.Steps)
		return err
	})
	if err != nil {
		return nil, err
	}
	duties, err := s.rotaChoices(r.Context(), v)
	if err != nil {
		return nil, err
	}
	whom = slices.Insert(whom, 1, choiceGroup{v.tag.Text("web.procedure.rotas", nil), duties})
	for i, st := range d.Steps {
		view.Steps = append(view.Steps, stepForm{
			Number: i + 1, First: i == 0, Last: i == len(d.Steps)-1, Whom: chosen(whom, st, v.tag), Channels: s.channelChoices(v.tag, st),
			Times: timeChoices(v.tag, st), Wait: minutesOf(st.Wait), Do: st.Do,
		})
	}
	return view, nil
}

func versionRows(tx *store.Tx, v *visit, which id.Procedure) (rows []procedureRow, err error) {
	all, err := procedure.Versions(tx, v.who, which)
	for _, one := range all {
		rows = append(rows, procedureRow{Name: one.Name, Version: one.Version, Steps: len(one.Steps), Made: one.Made, MadeBy: one.MadeBy})
	}
	return rows, err
}

func subjectChoices(v *visit, subject procedure.Subject, spaces []roster.Workspace, name string) []choice {
	var all []choice
	if v.who.Has(actor.Administrator, "") {
		all = append(all, choice{Text: v.tag.Text("web.procedure.for_all", nil), Chosen: subject == (procedure.Subject{})})
	}
	for _, ws := range spaces {
		if v.who.Has(actor.Administrator, ws.ID) {
			all = append(all, choice{Value: string(ws.ID), Text: ws.Name, Chosen: ws.ID == subject.Workspace})
		}
	}
	if subject.Worker != "" {
		all = append(all, choice{Value: string(subject.Worker), Text: name, Chosen: true})
	}
	return all
}

// whomChoices are whom a step can call. Whom a step names already is always
// among them.
func whomChoices(tx *store.Tx, v *visit, steps []procedure.Step) ([]choiceGroup, error) {
	t := func(key string) string { return v.tag.Text(key, nil) }
	groups := []choiceGroup{
		{t("web.procedure.groups"), []choice{
			{Value: string(procedure.Monitors), Text: t("web.procedure.whom_monitors")},
			{Value: string(procedure.Everyone), Text: t("web.procedure.whom_everyone")},
		}},
	}
	all, err := roster.All(tx)
	if err != nil {
		return nil, err
	}
	var people []choice
	for _, p := range all {
		named := slices.ContainsFunc(steps, func(st procedure.Step) bool { return st.ID == string(p.Person) })
		if named || len(all) <= mostChoices || p.Has(actor.Monitor) || p.Has(actor.Administrator) {
			people = append(people, choice{Value: string(procedure.Somebody) + ":" + string(p.Person), Text: p.Name})
		}
	}
	links, err := connection.In(tx, connection.Customer)
	if err != nil {
		return nil, err
	}
	var partners []choice
	for _, link := range links {
		partners = append(partners, choice{Value: string(procedure.Partner) + ":" + string(link.Other), Text: link.OtherName})
	}
	return append(groups, choiceGroup{t("web.procedure.partners"), partners}, choiceGroup{t("web.nav.roster"), people}), nil
}

func (s *site) rotaChoices(ctx context.Context, v *visit) (all []choice, err error) {
	now := s.Store.Now()
	sheets, err := rota.List(ctx, s.Store, v.who, now, now.Add(time.Second))
	for _, one := range sheets {
		all = append(all, choice{Value: string(procedure.OnDuty) + ":" + string(one.ID), Text: one.Name})
	}
	return all, err
}

// chosen marks whom a step calls. One that is not to be chosen any more still
// stands there.
func chosen(groups []choiceGroup, st procedure.Step, tag lang.Tag) []choiceGroup {
	value := string(st.Whom)
	if st.ID != "" {
		value += ":" + st.ID
	}
	found := false
	out := make([]choiceGroup, 0, len(groups)+1)
	for _, g := range groups {
		g.Choices = slices.Clone(g.Choices)
		for i := range g.Choices {
			if g.Choices[i].Value == value {
				g.Choices[i].Chosen, found = true, true
			}
		}
		if len(g.Choices) > 0 {
			out = append(out, g)
		}
	}
	if !found && st.ID != "" {
		gone := choice{Value: value, Text: callees{}.whom(tag, st), Chosen: true}
		out = append(out, choiceGroup{tag.Text("web.procedure.gone", nil), []choice{gone}})
	}
	return out
}

func (d Deps) channelChoices(tag lang.Tag, st procedure.Step) []choice {
	all := []choice{{Text: tag.Text("web.procedure.as_preferred", nil)}}
	var names []string
	for _, c := range procedure.Channels() {
		name := tag.Text("web.contact."+c, nil)
		names = append(names, name)
		if d.has(c) || slices.Contains(st.Channels, c) {
			all = append(all, choice{Value: c, Text: name})
		}
	}
	all = append(all, choice{Value: strings.Join(procedure.Channels(), " "), Text: strings.Join(names, " + ")})
	has := slices.Sorted(slices.Values(st.Channels))
	if len(has) > 1 && len(has) < len(procedure.Channels()) { // by the API, or from when there were fewer
		names = names[:0]
		for _, c := range has {
			names = append(names, tag.Text("web.contact."+c, nil))
		}
		all = append(all, choice{Value: strings.Join(has, " "), Text: strings.Join(names, " + ")})
	}
	for i := range all {
		all[i].Chosen = slices.Equal(slices.Sorted(slices.Values(strings.Fields(all[i].Value))), has)
	}
	return all
}

func timeChoices(tag lang.Tag, st procedure.Step) (all []choice) {
	for _, when := range procedure.Times() {
		all = append(all, choice{
			Value: string(when), Text: tag.Text("web.procedure.when_"+string(when), nil), Chosen: when == cmp.Or(st.When, procedure.Always),
		})
	}
	return all
}

// number is a count in a form; what is none is 0.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
