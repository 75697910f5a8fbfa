package web

import (
	"net/http"

	"muster/id"
	"muster/letin/account"
	"muster/roster"
	"muster/store"
	"muster/tell/component"
)

// oursPage is where an organisation reads what runs for it.
const oursPage = newsPage + "/components"

// runsView is what runs for one customer, for the provider's staff to change.
type runsView struct {
	Frame
	ID, Name     string
	Installs     bool
	Rows         []installedRow
	Parts, Where []choice // to choose what else runs, and where
}

type installedRow struct{ Component, Workspace, Path, Place string }

// runsBrief is the section about it on a customer's page.
type runsBrief struct {
	Href string
	Rows []installedRow
	More int
}

// briefRuns is how much of what runs the customer's page shows.
const briefRuns = 8

// oursView is what runs for the reader's organisation.
type oursView struct {
	Frame
	Rows []installedRow
}

func installedRows(all []component.Running) (rows []installedRow) {
	for _, one := range all {
		rows = append(rows, installedRow{string(one.Component), string(one.Workspace), one.Path, one.Place})
	}
	return rows
}

// brief reads the section of a customer's page.
func (s *site) brief(r *http.Request, v *visit, org id.Org) (b runsBrief, err error) {
	all, err := component.Runs(r.Context(), s.Store, v.who, org)
	b = runsBrief{Href: accountsPage + "/" + string(org) + "/components", Rows: installedRows(all)}
	if b.More = max(0, len(b.Rows)-briefRuns); b.More > 0 {
		b.Rows = b.Rows[:briefRuns]
	}
	return b, err
}

func (s *site) accountRuns(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.runsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "runs", view)
}

func (s *site) runsView(w http.ResponseWriter, r *http.Request, v *visit) (*runsView, error) {
	org, err := id.Parse[id.Org](r.PathValue("org"))
	if err != nil {
		return nil, err
	}
	view := &runsView{Frame: s.provided(w, r, v, "component.runs.title", accountsPage), ID: string(org), Installs: keeps(v, "installComponents")}
	var places []roster.Workspace
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		a, _, err := account.Get(tx, v.who, org)
		if err != nil {
			return err
		}
		view.Name = a.Name
		return tx.For(org, func(tx *store.Tx) error { places, err = roster.Workspaces(tx); return err })
	})
	if err != nil {
		return nil, err
	}
	all, err := component.Runs(r.Context(), s.Store, v.who, org)
	if err != nil {
		return nil, err
	}
	view.Rows = installedRows(all)
	known, err := component.List(r.Context(), s.Store, v.who)
	for _, c := range component.Paths(known) {
		view.Parts = append(view.Parts, choice{Value: string(c.ID), Text: c.Path, Chosen: string(c.ID) == r.FormValue("component")})
	}
	view.Where = []choice{{Text: v.tag.Text("component.runs.whole", nil)}}
	for _, p := range places {
		view.Where = append(view.Where, choice{Value: string(p.ID), Text: p.Name, Chosen: string(p.ID) == r.PostFormValue("workspace")})
	}
	return view, err
}

// runComponent says that something runs for a customer, or that it does not.
func (s *site) runComponent(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.setRun(w, r, v, true)
}

func (s *site) stopComponent(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.setRun(w, r, v, false)
}

func (s *site) setRun(w http.ResponseWriter, r *http.Request, v *visit, runs bool) error {
	org, err := id.Parse[id.Org](r.PathValue("org"))
	if err != nil {
		return err
	}
	one := component.Installation{Component: id.Component(r.PostFormValue("component")), Workspace: id.Workspace(r.PostFormValue("workspace"))}
	if err := component.Run(r.Context(), s.Store, v.who, org, one, runs); err != nil {
		view, verr := s.runsView(w, r, v)
		if verr != nil {
			return verr
		}
		return s.again(w, r, "runs", view, err)
	}
	s.say(w, said{Key: "component.runs.saved"})
	return see(w, r, accountsPage+"/"+string(org)+"/components")
}

// ours shows a customer what runs for them: what there can be news about.
func (s *site) ours(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := s.framed(w, r, v, "component.ours.title", newsPage)
	if err != nil {
		return err
	}
	all, err := component.Runs(r.Context(), s.Store, v.who, v.who.Org)
	if err != nil {
		return err
	}
	return s.show(w, r, "ours", &oursView{Frame: f, Rows: installedRows(all)})
}
