package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

var (
	hireAccount = store.Across("web_test.account", `insert into account (id, email, fold, handle, made_in, created) values ($1, $2, $2, $3, $4, $5)`)
	hireStaff   = store.Across("web_test.staff", `insert into staff (id, account, name, active, created, department, positions)
		values ($1, $2, $3, true, $4, $5, $6)`)
	hireProof = store.Across("web_test.proof", `insert into staff_proof (staff, proof, since) values ($1, $2, $3)`)
)

// hired is one of the provider's people, with every proof, and their browser.
func (h *house) hired(name string, d actor.Department, p actor.Position) (id.Staff, *browser) {
	h.t.Helper()
	who := id.New[id.Staff]()
	err := h.Store.Across().Do(h.t.Context(), func(tx *store.AcrossTx) error {
		acc := id.New[id.Account]()
		positions := "[]"
		if p != "" {
			positions = `["` + string(p) + `"]`
		}
		return errors.Join(
			tx.Write(hireAccount, acc, strings.ToLower(name)+"@provider.test", []byte(acc), identity.Provider, tx.Now()),
			tx.Write(hireStaff, who, acc, name, tx.Now(), string(d), positions),
			tx.Write(hireProof, who, "agreement", tx.Now()), tx.Write(hireProof, who, "background", tx.Now()),
		)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	link, err := h.gate.MakeLink(h.t.Context(), shell, identity.LinkSpec{Staff: who, Many: true})
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	path := link[strings.Index(link, "/sign-in/link/"):]
	b.get(path, http.StatusOK)
	b.post(path, nil, http.StatusOK)
	return who, b
}

// customer is an organisation that was made on the pages, and its first
// administrator.
func (h *house) customer(director *browser, manager id.Staff, name string) (page string, org *town.Organisation) {
	h.t.Helper()
	made := director.post(accountsPage+"/new", url.Values{
		"contract_reference": {"C-2026-114"}, "contract_signed": {"2026-01-08"}, "success_manager": {string(manager)},
		"name": {name}, "country": {"FI"}, "time_zone": {"Europe/Helsinki"}, "language": {"en"},
		"administrator": {"Kaisa Nieminen"}, "email": {"kaisa@" + strings.ToLower(name) + ".test"},
	}, http.StatusOK)
	org = &town.Organisation{ID: id.Org(strings.TrimPrefix(made.path, accountsPage+"/"))}
	err := h.Store.View(h.t.Context(), org.ID, func(tx *store.Tx) error {
		all, err := roster.All(tx)
		if err == nil {
			org.Admin = town.Member{Person: all[0]}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return made.path, org
}

func TestWK1WK11ACustomersLifeOnThePages(t *testing.T) {
	h := openHouse(t)
	_, director := h.hired("Dora", actor.CustomerSuccess, actor.Director)
	mona, manager := h.hired("Mona", actor.CustomerSuccess, actor.SuccessManager)
	_, agent := h.hired("Axel", actor.FirstLine, "")
	agent.get(accountsPage, http.StatusOK).sees(t, "No customers in your list", `name="q"`)
	agent.get(accountsPage+"/new", http.StatusForbidden).sees(t, "To the first page")
	if came := agent.get("/", http.StatusOK); came.path != supportPage { // where customers are answered
		t.Errorf("support begins at %s", came.path)
	}
	if came := director.get("/", http.StatusOK); came.path != accountsPage {
		t.Errorf("a director begins at %s", came.path)
	}
	agent.post(accountsPage+"/new", url.Values{}, http.StatusForbidden)

	wrong := director.post(accountsPage+"/new", url.Values{"name": {"Saimaa"}, "contract_signed": {"2099-01-01"}}, http.StatusUnprocessableEntity)
	wrong.sees(t, `value="Saimaa"`, `href="#f-contract_reference"`, `href="#f-contract_signed"`, `href="#f-success_manager"`, `href="#f-administrator"`)
	page, org := h.customer(director, mona, "Saimaa")
	director.get(page, http.StatusOK).sees(t, "C-2026-114", "policy not acknowledged", "Nobody has acknowledged it yet.")
	manager.get(accountsPage, http.StatusOK).sees(t, "Saimaa", "Created")
	agent.get(page, http.StatusForbidden).sees(t, "Before onboarding begins, only the customer-success manager")
	manager.post(page+"/begin", nil, http.StatusUnprocessableEntity).sees(t, "has to acknowledge the policy")

	admin := h.as(org, org.Admin)
	admin.get("/board", http.StatusOK).sees(t, "The policy for support access is new or has changed.")
	rules := admin.get(account.PolicyPage, http.StatusOK).sees(t, "Support that was let in looks, and changes nothing", "Nobody is let in for longer than", account.Version())
	if strings.Contains(rules.body, "account.rules.ask") {
		t.Error("the page asks to open itself")
	}
	form := url.Values{"version": {account.Version()}}
	admin.post(account.PolicyPage, form, http.StatusUnprocessableEntity).sees(t, "confirm that you have read it")
	form.Set("read", "yes")
	form.Set("version", "0123456789ab")
	admin.post(account.PolicyPage, form, http.StatusUnprocessableEntity).sees(t, "has changed since you opened it")
	form.Set("version", account.Version())
	admin.post(account.PolicyPage, form, http.StatusOK).sees(t, "You have acknowledged this version.", "Kaisa Nieminen", "127.0.0.1")
	if board := admin.get("/board", http.StatusOK); strings.Contains(board.body, account.PolicyPage+`">Read it`) {
		t.Error("the bar is still there")
	}

	director.get(page, http.StatusOK).sees(t, "Kaisa Nieminen", "127.0.0.1")
	manager.post(page+"/begin", nil, http.StatusOK).sees(t, "Onboarding has begun")
	agent.get(page, http.StatusOK).sees(t, "Saimaa")
	agent.post(page+"/live", nil, http.StatusForbidden)
	manager.post(page+"/live", nil, http.StatusOK).sees(t, "the stricter rules hold")
	manager.post(page+"/end", url.Values{"sure": {"yes"}}, http.StatusForbidden)
	director.post(page+"/end", nil, http.StatusUnprocessableEntity).sees(t, "confirm that the contract has ended")
	director.post(page+"/end", url.Values{"sure": {"yes"}}, http.StatusOK).sees(t, "The account has ended", "Take the account up again")
	book := admin.get("/book", http.StatusOK)
	if !regexp.MustCompile(`Dora[^<]* ended the account of Saimaa`).MatchString(book.body) {
		t.Error(plainText(book.body))
	}
}

func TestWK1AnAccountThatIsNoneLooksLikeNone(t *testing.T) {
	h := openHouse(t)
	_, director := h.hired("Dora", actor.CustomerSuccess, actor.Director)
	director.get(accountsPage+"/"+string(id.New[id.Org]()), http.StatusNotFound)
	director.get(accountsPage+"/org_nonsense", http.StatusNotFound)
	director.post(accountsPage+"/"+string(id.New[id.Org]())+"/end", url.Values{"sure": {"yes"}}, http.StatusNotFound)
	if code := fault.From(refusedBy("account-end")).Code; code != "refused" {
		t.Error(code)
	}
}

func TestWK4TheEndOfAnAccountEndsEveryGrant(t *testing.T) {
	h := openHouse(t)
	_, director := h.hired("Dora", actor.CustomerSuccess, actor.Director)
	org := h.Organisation("Harbour Works").Live()
	g := org.Granted(h.Staff("Axel Agent", actor.SecondLine), grant.View)
	director.post(accountsPage+"/"+string(org.ID)+"/end", url.Values{"sure": {"yes"}}, http.StatusOK)
	err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) (err error) {
		g, err = grant.Read(tx, g.ID)
		return err
	})
	if err != nil || g.Stage != grant.Fallen {
		t.Errorf("%s, %v", g.Stage, err)
	}
	h.as(org, org.Admin).get("/book", http.StatusOK).sees(t, "ended the account of Harbour Works")
}
