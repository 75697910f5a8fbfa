package web

import (
	"cmp"
	"net/http"
	"slices"

	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/roster/duty"
	"muster/store"
)

// reachPage is where the provider's staff see whom they could not tell
// anything, before there is something to tell (BS5).
const reachPage = "/provider/contacts"

// mostUnreached bounds the work list; what is worst stands first.
const mostUnreached = 200

// reachView is the share of contact persons that can be relied on, and the
// customers of whom something has to be mended.
type reachView struct {
	Frame
	Customers, Contacts, Valid int
	Share                      string // of the contacts, in percent; empty: there are none
	Unreached                  int    // customers of whom nobody could be told anything
	Rows                       []reachRow
	More                       int // beyond the rows that are shown
}

type reachRow struct {
	accountRow
	Contacts, Valid int
	Nobody          bool // could be told anything
	Troubles        []reachTrouble
}

type reachTrouble struct {
	Duty duty.Duty
	Text string
}

func (s *site) reach(w http.ResponseWriter, r *http.Request, v *visit) error {
	view := &reachView{Frame: s.provided(w, r, v, "contact.reach.title", accountsPage)}
	err := s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		customers, err := customersOf(tx, v)
		if err != nil {
			return err
		}
		reached, err := duty.Reaches(tx)
		if err != nil {
			return err
		}
		names, err := staffNames(tx)
		view.fill(v.tag, customers, reached, names)
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "reach", view)
}

// customersOf are all customers that lists name to the reader, but for those
// that have ended.
func customersOf(tx *store.AcrossTx, v *visit) (all []account.Account, err error) {
	var after account.Account
	for {
		page, last, err := account.List(tx, v.who, account.Filter{After: after})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if last.Org == "" {
			return slices.DeleteFunc(all, func(a account.Account) bool { return a.Phase == account.Ended }), nil
		}
		after = last
	}
}

// fill counts, and lists what has to be mended: first those of whom nobody
// could be told anything, then by name.
func (view *reachView) fill(tag lang.Tag, customers []account.Account, reached map[id.Org]duty.Reach, names map[id.Staff]string) {
	*view = reachView{Frame: view.Frame, Customers: len(customers)}
	for _, a := range customers {
		one := reached[a.Org]
		view.Contacts += one.Contacts
		view.Valid += one.Valid
		if !one.Told() {
			view.Unreached++
		}
		if one.Fine() {
			continue
		}
		row := reachRow{accountRow: rowOf(tag, a, names), Contacts: one.Contacts, Valid: one.Valid, Nobody: !one.Told()}
		for _, d := range duty.Duties() {
			if t := one.Trouble(d); t != duty.Fine {
				row.Troubles = append(row.Troubles, reachTrouble{d, tag.Text("contact.banner."+string(t), nil)})
			}
		}
		view.Rows = append(view.Rows, row)
	}
	slices.SortStableFunc(view.Rows, func(a, b reachRow) int { return cmp.Compare(worth(b.Nobody), worth(a.Nobody)) })
	if view.More = max(0, len(view.Rows)-mostUnreached); view.More > 0 {
		view.Rows = view.Rows[:mostUnreached]
	}
	if view.Contacts > 0 {
		view.Share = share(tag, float64(view.Valid)/float64(view.Contacts))
	}
}

func worth(is bool) int {
	if is {
		return 1
	}
	return 0
}
