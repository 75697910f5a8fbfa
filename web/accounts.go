package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/letin/presence"
	"muster/letin/product"
	"muster/letin/staff"
	"muster/roster"
	"muster/store"
)

// accountsPage is where the provider's staff see their customers.
const accountsPage = "/provider/accounts"

// accountsView lists customers as their provider knows them.
type accountsView struct {
	Frame
	CanCreate bool
	Search    string
	Rows      []accountRow
	Next      string // address of the following page
}

type accountRow struct {
	Href, Name, Phase, PhaseText, Manager string
	Missing                               []string // in words
}

// dealForm is a contract as it is typed, and who looks after the customer.
type dealForm struct {
	Reference, Signed  string
	Fixed              bool // on record: only a new contract replaces it
	Managers, Projects []choice
}

// newAccountView is the form of a new customer.
type newAccountView struct {
	Frame
	Deal                                  dealForm
	Name, Country, TimeZone, Admin, Email string
	Languages, Kinds                      []choice
}

// customerView is one customer.
type customerView struct {
	Frame
	ID, Name, Phase, PhaseText string
	Steps                      []stepRow
	Next                       string // act that leads on; empty: there is none, or not for this reader
	Missing                    []string
	Deal                       dealForm
	Reference, Manager         string
	Project                    string
	Signed                     time.Time
	CanName, CanEnd, Renewing  bool
	Version                    string
	Published, Due             time.Time
	Unread                     bool
	Readings                   []account.Reading
	Had                        hadView
	CanReset, CanAsk           bool
	Watching                   []presenceRow // what the reader has asked for
	Words, ResetEmail          string        // as typed
	Runs                       runsBrief
}

// stepRow is one phase of a customer's life.
type stepRow struct {
	Text string
	At   time.Time
	Is   string // past, now or ahead
}

func (s *site) accountRoutes(staff func(string, handler)) {
	staff("GET "+accountsPage, s.accounts)
	staff("GET "+reachPage, s.reach)
	staff("GET "+accountsPage+"/new", s.newAccount)
	staff("POST "+accountsPage+"/new", s.createAccount)
	staff("GET "+accountsPage+"/{org}", s.customer)
	staff("POST "+accountsPage+"/{org}/contract", s.nameManagers)
	staff("POST "+accountsPage+"/{org}/presence", s.askPresence)
	staff("POST "+accountsPage+"/{org}/presence/{presence}/stop", s.stopPresence)
	staff("POST "+accountsPage+"/{org}/reset", s.sendReset)
	staff("POST "+accountsPage+"/{org}/products", s.addCustomerProduct)
	staff("POST "+accountsPage+"/{org}/products/{product}/remove", s.dropCustomerProduct)
	staff("POST "+accountsPage+"/{org}/{act}", s.stepAccount)
}

func (s *site) accounts(w http.ResponseWriter, r *http.Request, v *visit) error {
	f := s.provided(w, r, v, "account.page.title", accountsPage)
	view := &accountsView{Frame: f, Search: r.URL.Query().Get("q"), CanCreate: directs(v.who)}
	err := s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		after := account.Account{Org: id.Org(r.URL.Query().Get("after")), Name: r.URL.Query().Get("name")}
		all, last, err := account.List(tx, v.who, account.Filter{Text: view.Search, After: after})
		if err != nil {
			return err
		}
		names, err := staffNames(tx)
		for _, a := range all {
			view.Rows = append(view.Rows, rowOf(v.tag, a, names))
		}
		if last.Org != "" {
			view.Next = accountsPage + "?" + url.Values{"q": {view.Search}, "after": {string(last.Org)}, "name": {last.Name}}.Encode()
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, "accounts", view)
}

func rowOf(tag lang.Tag, a account.Account, names map[id.Staff]string) accountRow {
	return accountRow{
		Href: accountsPage + "/" + string(a.Org), Name: a.Name, Phase: string(a.Phase), PhaseText: phaseText(tag, a.Phase),
		Manager: names[a.Manager], Missing: missingOf(tag, a),
	}
}

func phaseText(tag lang.Tag, p account.Stage) string {
	return tag.Text("account.phase."+string(p), nil)
}

// missingOf says in words what an account waits for.
func missingOf(tag lang.Tag, a account.Account) (all []string) {
	if a.Phase == account.Ended {
		return nil
	}
	if !a.Complete() {
		all = append(all, tag.Text("account.page.missing_contract", nil))
	}
	if a.Unread && a.Complete() {
		all = append(all, tag.Text("account.page.missing_policy", nil))
	}
	return all
}

func staffNames(tx *store.AcrossTx) (map[id.Staff]string, error) {
	all, err := staff.List(tx)
	names := make(map[id.Staff]string, len(all))
	for _, m := range all {
		names[m.ID] = m.Name
	}
	return names, err
}

// directs tells whether somebody of the staff decides for the director.
func directs(who actor.Actor) bool {
	return slices.Contains(who.Support.Positions, actor.Director) || slices.Contains(who.Support.Positions, actor.Delegate)
}

// dealOf is a contract as the form has it, with who could look after the
// customer.
func dealOf(tx *store.AcrossTx, tag lang.Tag, d account.Deal) (form dealForm, err error) {
	all, err := staff.List(tx)
	if err != nil {
		return form, err
	}
	form.Reference = d.Reference
	if !d.Signed.IsZero() {
		form.Signed = d.Signed.Format(time.DateOnly)
	}
	form.Managers = holders(tag, all, actor.SuccessManager, d.Manager, "account.page.choose")
	form.Projects = holders(tag, all, actor.OnboardingManager, d.Project, "account.page.nobody")
	return form, nil
}

// holders are those who hold a position, to choose from.
func holders(tag lang.Tag, all []staff.Member, p actor.Position, chosen id.Staff, none string) []choice {
	out := []choice{{Text: tag.Text(none, nil)}}
	for _, m := range all {
		if m.Active && m.Is(p) || m.ID == chosen {
			out = append(out, choice{Value: string(m.ID), Text: m.Name, Chosen: m.ID == chosen})
		}
	}
	return out
}

// dealFrom reads the form. A day that cannot be read is none.
func dealFrom(r *http.Request) account.Deal {
	signed, _ := time.Parse(time.DateOnly, r.PostFormValue("contract_signed"))
	return account.Deal{
		Reference: r.PostFormValue("contract_reference"), Signed: signed,
		Manager: id.Staff(r.PostFormValue("success_manager")), Project: id.Staff(r.PostFormValue("onboarding_manager")),
	}
}

func (s *site) newAccount(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !directs(v.who) {
		return refusedBy("floor-create-organisation")
	}
	view, err := s.accountForm(w, r, v, account.Deal{})
	if err != nil {
		return err
	}
	view.Country, view.TimeZone = "FI", "Europe/Helsinki"
	return s.show(w, r, "account-new", view)
}

// refusedBy is a no by a rule, before a page is shown that leads nowhere.
func refusedBy(rule string) error {
	return fault.New(fault.Forbidden, "refused").With("rule", rule).With("why", "policy."+rule)
}

func (s *site) accountForm(w http.ResponseWriter, r *http.Request, v *visit, d account.Deal) (*newAccountView, error) {
	view := &newAccountView{Frame: s.provided(w, r, v, "account.page.new", accountsPage)}
	view.Name, view.Country, view.TimeZone = r.PostFormValue("name"), r.PostFormValue("country"), r.PostFormValue("time_zone")
	view.Admin, view.Email = r.PostFormValue("administrator"), r.PostFormValue("email")
	view.Languages = languageChoices(cmp.Or(r.PostFormValue("language"), string(v.tag)))
	kind := r.PostFormValue("kind")
	for _, k := range []roster.Kind{roster.Customer, roster.Partner} {
		view.Kinds = append(view.Kinds, choice{Value: string(k), Text: v.tag.Text("account.page.kind_"+string(k), nil), Chosen: kind == string(k)})
	}
	err := s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) (err error) {
		view.Deal, err = dealOf(tx, v.tag, d)
		return err
	})
	return view, err
}

func (s *site) createAccount(w http.ResponseWriter, r *http.Request, v *visit) error {
	n := account.New{
		Organisation: roster.Organisation{
			Name: r.PostFormValue("name"), Kind: roster.Kind(r.PostFormValue("kind")), Country: r.PostFormValue("country"),
			TimeZone: r.PostFormValue("time_zone"), Language: r.PostFormValue("language"),
		},
		First: &roster.NewPerson{Name: r.PostFormValue("administrator"), Email: r.PostFormValue("email")},
		Deal:  dealFrom(r),
	}
	org, err := s.Accounts.Create(r.Context(), v.who, n)
	if err == nil {
		s.say(w, said{Key: "account.page.created"})
		return see(w, r, accountsPage+"/"+string(org))
	}
	view, ferr := s.accountForm(w, r, v, n.Deal)
	if ferr != nil {
		return ferr
	}
	if !view.wrongInput(err) {
		return err
	}
	return s.showAs(w, r, http.StatusUnprocessableEntity, "account-new", view)
}

func (s *site) customer(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.customerView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "account-one", view)
}

func (s *site) customerView(w http.ResponseWriter, r *http.Request, v *visit) (*customerView, error) {
	org, err := id.Parse[id.Org](r.PathValue("org"))
	if err != nil {
		return nil, err
	}
	view := &customerView{Frame: s.provided(w, r, v, "account.page.title", accountsPage)}
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		a, read, err := account.Get(tx, v.who, org)
		if err != nil {
			return err
		}
		names, err := staffNames(tx)
		if err != nil {
			return err
		}
		view.fill(v.tag, a, v.who, names)
		view.Readings = read
		if view.Watching, err = watchingOf(tx, v, org); err != nil {
			return err
		}
		if view.Had, err = hadBy(tx, v.tag, org); err != nil {
			return err
		}
		view.Had.Keep = product.May(v.who, a)
		d := a.Deal
		if a.Phase == account.Ended {
			d = account.Deal{Manager: a.Manager, Project: a.Project}
		}
		view.Deal, err = dealOf(tx, v.tag, d)
		view.Deal.Fixed = d.Reference != ""
		return err
	})
	if err == nil {
		view.Runs, err = s.brief(r, v, org)
	}
	return view, err
}

// fill shows how far the customer is, and what leads on.
func (view *customerView) fill(tag lang.Tag, a account.Account, who actor.Actor, names map[id.Staff]string) {
	may := func(action string) bool { _, err := a.May(who, action); return err == nil }
	view.Title, view.ID, view.Name, view.Phase, view.PhaseText = a.Name, string(a.Org), a.Name, string(a.Phase), phaseText(tag, a.Phase)
	view.Reference, view.Signed, view.Manager, view.Project = a.Reference, a.Signed, names[a.Manager], names[a.Project]
	view.Unread, view.Version, view.Published, view.Due = a.Unread, account.Version(), a.PublishedAt, a.Overdue()
	view.Missing = missingOf(tag, a)
	view.CanReset = may("resetLink") && a.Phase != account.Ended
	view.CanAsk = may("startPresence") && (a.Phase == account.Onboarding || a.Phase == account.Live)
	view.CanName, view.CanEnd = may("nameManagers") && a.Phase != account.Ended, may("endCustomer") && a.Phase != account.Ended
	view.Renewing = a.Phase == account.Ended && may("renewCustomer")
	switch {
	case a.Phase == account.Created && may("beginOnboarding"):
		view.Next = "begin"
	case a.Phase == account.Onboarding && may("goLive"):
		view.Next = "live"
	}
	at := map[account.Stage]time.Time{
		account.Contract: a.Signed, account.Created: a.Made, account.Onboarding: a.Begun, account.Live: a.Live, account.Ended: a.Ended,
	}
	now := slices.Index(account.Stages(), a.Phase)
	for i, p := range account.Stages() {
		row := stepRow{Text: phaseText(tag, p), At: at[p], Is: "ahead"}
		switch {
		case i == now:
			row.Is = "now"
		case i < now:
			row.Is = "past"
		}
		view.Steps = append(view.Steps, row)
	}
}

func (s *site) nameManagers(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.actOnAccount(w, r, v, "account.page.saved", func(org id.Org) error {
		if r.PostFormValue("renew") != "" {
			return s.Accounts.Renew(r.Context(), v.who, org, dealFrom(r))
		}
		return s.Accounts.Name(r.Context(), v.who, org, dealFrom(r))
	})
}

func (s *site) stepAccount(w http.ResponseWriter, r *http.Request, v *visit) error {
	acts := map[string]func(id.Org) error{
		"begin": func(org id.Org) error { return s.Accounts.Begin(r.Context(), v.who, org) },
		"live":  func(org id.Org) error { return s.Accounts.GoLive(r.Context(), v.who, org) },
		"end": func(org id.Org) error {
			if r.PostFormValue("sure") == "" {
				return fault.New(fault.Invalid, "account_sure").At("sure")
			}
			return s.Accounts.End(r.Context(), v.who, org)
		},
	}
	act, ok := acts[r.PathValue("act")]
	if !ok {
		return fault.New(fault.NotFound, "not_found")
	}
	return s.actOnAccount(w, r, v, "account.page.done_"+r.PathValue("act"), act)
}

// actOnAccount does something about a customer. What is wrong with what was
// typed stands on the customer's page, with it.
func (s *site) actOnAccount(w http.ResponseWriter, r *http.Request, v *visit, done string, act func(id.Org) error) error {
	return s.actOnAccountFrom(w, r, v, "", done, act)
}

// actOnAccountFrom leads back to the page where the act was asked for, if that
// is not the account's own.
func (s *site) actOnAccountFrom(w http.ResponseWriter, r *http.Request, v *visit, from, done string, act func(id.Org) error) error {
	org, err := id.Parse[id.Org](r.PathValue("org"))
	if err != nil {
		return err
	}
	cause := act(org)
	if cause == nil {
		s.say(w, said{Key: done})
		if from != "" {
			return see(w, r, back(from))
		}
		return see(w, r, accountsPage+"/"+string(org))
	}
	view, err := s.customerView(w, r, v)
	if err != nil {
		return err
	}
	if !view.wrongInput(cause) {
		return cause
	}
	view.typed(r)
	return s.showAs(w, r, http.StatusUnprocessableEntity, "account-one", view)
}

// typed keeps what was typed, whichever of the page's forms it was.
func (view *customerView) typed(r *http.Request) {
	if r.PostForm.Has("contract_reference") {
		view.Deal.Reference, view.Deal.Signed = r.PostFormValue("contract_reference"), r.PostFormValue("contract_signed")
	}
	for field, list := range map[string][]choice{"success_manager": view.Deal.Managers, "onboarding_manager": view.Deal.Projects} {
		if r.PostForm.Has(field) {
			for i := range list {
				list[i].Chosen = list[i].Value == r.PostFormValue(field)
			}
		}
	}
	view.ResetEmail, view.Words = r.PostFormValue("reset_email"), r.PostFormValue("words")
}

// watchingOf is what the reader has asked of the customer, as long as it goes
// on.
func watchingOf(tx *store.AcrossTx, v *visit, org id.Org) (rows []presenceRow, err error) {
	err = tx.For(org, func(tx *store.Tx) error {
		all, err := presence.Of(tx)
		for _, p := range all {
			if p.Open() && p.Staff == v.who.Staff {
				rows = append(rows, presenceRowOf(v.tag, p, tx.Now()))
			}
		}
		return err
	})
	return rows, err
}
