package web

import (
	"net/http"

	"muster/letin/desk/insist"
	"muster/roster"
	"muster/store"
)

// exceptionsPage is where heads of department see what was allowed against the
// rules, over all customers (FL14).
const exceptionsPage = "/provider/exceptions"

// exceptionsView lists them: those that hold, those that wait, and those that
// are over.
type exceptionsView struct {
	Frame
	Holding, Waiting, Over []listedRow
}

type listedRow struct {
	exceptionRow
	Href, Customer string
}

func (s *site) exceptionList(w http.ResponseWriter, r *http.Request, v *visit) error {
	var all []insist.Listed
	names := map[string]string{}
	err := s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) (err error) {
		if all, err = insist.Every(tx, v.who); err != nil {
			return err
		}
		for _, e := range all {
			if names[string(e.Org)] != "" {
				continue
			}
			err := tx.For(e.Org, func(tx *store.Tx) error {
				org, err := roster.Get(tx)
				names[string(e.Org)] = org.Name
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	view := &exceptionsView{Frame: s.provided(w, r, v, "request.page.every_exception", supportPage)}
	for _, e := range all {
		row := listedRow{exceptionRow: exceptionRowOf(v.tag, e.Exception, s.Store.Now()), Href: supportPage + "/" + string(e.Request), Customer: names[string(e.Org)]}
		row.Scope = s.scopeCalled(r.Context(), v.tag, e.Scope)
		switch {
		case row.Holds:
			view.Holding = append(view.Holding, row)
		case e.State == insist.Asked:
			view.Waiting = append(view.Waiting, row)
		default:
			view.Over = append(view.Over, row)
		}
	}
	return s.show(w, r, "exceptions", view)
}

// goHome leads whoever types the provider's address to where staff come in.
func (s *site) goHome(w http.ResponseWriter, r *http.Request, v *visit) error {
	return see(w, r, v.providerHome())
}
