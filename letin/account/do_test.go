package account_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/mustertest"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// desk is the provider with some of its people.
type desk struct {
	t *testing.T
	account.Office
	director, manager, project, agent actor.Actor
}

func open(t *testing.T, s *store.Store) *desk {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, Office: account.Office{Store: s, Keys: keys}}
	for name, of := range map[string]struct {
		who      *actor.Actor
		position actor.Position
	}{
		"dora": {&d.director, actor.Director}, "mona": {&d.manager, actor.SuccessManager},
		"petra": {&d.project, actor.OnboardingManager}, "axel": {&d.agent, ""},
	} {
		*of.who = hire(t, s, name, of.position)
	}
	return d
}

var (
	addAccount = store.Across("account_test.account", `insert into account (id, email, fold, handle, made_in, created) values ($1, $2, $2, $3, $4, $5)`)
	addStaff   = store.Across("account_test.staff", `insert into staff (id, account, name, active, created, department, positions)
		values ($1, $2, $3, true, $4, 'second_line', $5)`)
)

// hire makes one of the provider's people.
func hire(t *testing.T, s *store.Store, name string, position actor.Position) actor.Actor {
	t.Helper()
	who := actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: name, Door: actor.Board}
	who.Support = actor.Support{Department: actor.SecondLine, Positions: []actor.Position{position}, Stands: true}
	err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
		acc := id.New[id.Account]()
		return errors.Join(tx.Write(addAccount, acc, name+"@provider.test", []byte(acc), identity.Provider, tx.Now()),
			tx.Write(addStaff, who.Staff, acc, name, tx.Now(), `["`+string(position)+`"]`))
	})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func (d *desk) contract() account.Deal {
	return account.Deal{Reference: "C-2026-114", Signed: time.Date(2026, 1, 8, 0, 0, 0, 0, time.UTC), Manager: d.manager.Staff, Project: d.project.Staff}
}

func (d *desk) customer(name string) account.New {
	return account.New{
		Organisation: roster.Organisation{Name: name, Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi"},
		First:        &roster.NewPerson{Name: "Kaisa Nieminen", Email: strings.ToLower(name) + "@good.test"},
		Deal:         d.contract(),
	}
}

func (d *desk) create(name string) id.Org {
	d.t.Helper()
	org, err := d.Create(d.t.Context(), d.director, d.customer(name))
	if err != nil {
		d.t.Fatal(err)
	}
	return org
}

func (d *desk) find(org id.Org) (a account.Account) {
	d.t.Helper()
	d.view(org, func(tx *store.Tx) (err error) {
		a, err = account.Find(tx)
		return err
	})
	return a
}

func (d *desk) view(org id.Org, fn func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.Store.View(d.t.Context(), org, fn); err != nil {
		d.t.Fatal(err)
	}
}

// administrator is the customer's first.
func (d *desk) administrator(org id.Org) (who actor.Actor) {
	d.t.Helper()
	d.view(org, func(tx *store.Tx) error {
		all, err := roster.All(tx)
		if err == nil {
			who = actor.Actor{
				Kind: actor.Person, Org: org, Person: all[0].Person, Name: all[0].Name, Roles: all[0].Roles,
				Door: actor.Board, IP: netip.MustParseAddr("192.0.2.7"),
			}
		}
		return err
	})
	return who
}

// kinds are what a book says, newest first.
func (d *desk) kinds(org id.Org, topic string) string {
	d.t.Helper()
	var out []string
	d.view(org, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Limit: 100})
		for _, r := range all {
			if k, ok := strings.CutPrefix(r.Kind, topic); ok {
				out = append(out, k)
			}
		}
		return err
	})
	return strings.Join(out, " ")
}

func code(err error) string {
	if err == nil {
		return ""
	}
	f := fault.From(err)
	if rule, ok := f.Args["rule"].(string); ok {
		return rule
	}
	return f.Code
}

func (d *desk) expect(what string, err error, want string) {
	d.t.Helper()
	if got := code(err); got != want {
		d.t.Errorf("%s: %q, want %q (%v)", what, got, want, err)
	}
}

func TestWK1AnAccountIsCreatedByADirectorAfterTheContract(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		for _, who := range []actor.Actor{d.manager, d.project, d.agent} {
			_, err := d.Create(t.Context(), who, d.customer("Saimaa"))
			d.expect("by "+who.Name, err, "floor-create-organisation")
		}
		unsigned := d.customer("Saimaa")
		unsigned.Deal = account.Deal{Manager: d.agent.Staff, Project: d.manager.Staff}
		unsigned.Country = "XX"
		unsigned.First = nil
		_, err := d.Create(t.Context(), d.director, unsigned)
		var fields []string
		for _, f := range fault.All(err) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != "contract_reference contract_signed administrator success_manager onboarding_manager country" {
			t.Errorf("%s: %v", got, err)
		}
		org := d.create("Saimaa")
		a := d.find(org)
		if a.Phase != account.Created || a.Reference != "C-2026-114" || a.Manager != d.manager.Staff || a.Published != account.Version() || !a.Unread {
			t.Errorf("%+v", a)
		}
		if got := d.kinds(org, "account."); got != "created" {
			t.Errorf("the customer's book: %s", got)
		}
		if got := d.kinds(identity.Provider, "account."); got != "created" {
			t.Errorf("the provider's book: %s", got)
		}
	})
}

func TestWK2OnlyTheTwoWhoLookAfterACustomerSeeItAtCreation(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		org := d.create("Saimaa")
		for name, c := range map[string]struct {
			who  actor.Actor
			sees bool
		}{"manager": {d.manager, true}, "project manager": {d.project, true}, "director": {d.director, true}, "agent": {d.agent, false}} {
			err := s.Across().View(t.Context(), func(tx *store.AcrossTx) error {
				all, _, err := account.List(tx, c.who, account.Filter{Text: "SAIM"})
				if len(all) == 1 != c.sees {
					t.Errorf("%s sees %d", name, len(all))
				}
				if _, _, err := account.Get(tx, c.who, org); (err == nil) != c.sees {
					t.Errorf("%s: %v", name, err)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		// One of older data has no row, and is no looser for that.
		bare, err := roster.CreateOrganisation(t.Context(), s, d.Keys, d.director, d.customer("Bare").Organisation, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := d.find(bare); a.Phase != account.Created || code(a.Opens(d.manager.Staff, a.Made)) != "account_waits" {
			t.Errorf("%+v", a)
		}
		d.expect("begin without a contract", d.Begin(t.Context(), d.director, bare), "account_incomplete")
		d.expect("name", d.Name(t.Context(), d.director, bare, d.contract()), "")
		d.expect("begin unread", d.Begin(t.Context(), d.manager, bare), "policy_unread")
		d.expect("an organisation that is none", d.Name(t.Context(), d.director, "org_none", d.contract()), "not_found")
	})
}

func TestWK11ACustomersLifeFromTheContractToTheEnd(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		closed := 0
		d.Close = func(*store.Tx, actor.Actor) error { closed++; return nil }
		org := d.create("Saimaa")
		admin := d.administrator(org)
		d.expect("begin before it was read", d.Begin(t.Context(), d.manager, org), "policy_unread")
		d.expect("read by a worker", account.Acknowledge(t.Context(), s, actor.Actor{Kind: actor.Person, Org: org, Person: admin.Person}, account.Version()), "account-acknowledge")
		d.expect("another version", account.Acknowledge(t.Context(), s, admin, "000000000000"), "policy_changed")
		d.expect("read", account.Acknowledge(t.Context(), s, admin, account.Version()), "")
		d.expect("read twice", account.Acknowledge(t.Context(), s, admin, account.Version()), "")
		d.view(org, func(tx *store.Tx) error {
			all, err := account.Readings(tx)
			if len(all) != 1 || all[0].Name != "Kaisa Nieminen" || all[0].Version != account.Version() || all[0].IP != "192.0.2.7" {
				t.Errorf("%+v", all)
			}
			return err
		})
		d.expect("begin, by somebody else", d.Begin(t.Context(), d.agent, org), "account-lead")
		d.expect("live before onboarding", d.GoLive(t.Context(), d.manager, org), "account_phase")
		d.expect("begin", d.Begin(t.Context(), d.project, org), "")
		d.expect("begin again", d.Begin(t.Context(), d.project, org), "account_phase")
		d.expect("live", d.GoLive(t.Context(), d.manager, org), "")
		d.expect("end, by the manager", d.End(t.Context(), d.manager, org), "account-end")
		if closed != 0 {
			t.Error("grants were closed before the end")
		}
		d.expect("end", d.End(t.Context(), d.director, org), "")
		d.expect("end again", d.End(t.Context(), d.director, org), "account_phase")
		if a := d.find(org); closed != 1 || a.Phase != account.Ended || code(a.Opens(d.manager.Staff, a.Ended)) != "account_over" {
			t.Errorf("closed %d, %+v", closed, a)
		}
		for _, book := range []id.Org{org, identity.Provider} {
			if got := d.kinds(book, "account."); got != "ended live onboarding created" {
				t.Errorf("%s: %s", book, got)
			}
		}
		d.expect("renew without a contract", d.Renew(t.Context(), d.director, org, account.Deal{}), "required")
		d.expect("renew", d.Renew(t.Context(), d.director, org, d.contract()), "")
		if a := d.find(org); a.Phase != account.Created || a.Unread || !a.Ended.IsZero() {
			t.Errorf("%+v", a)
		}
	})
}

func TestWK11EveryCustomerIsToldOfANewVersionOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		org := d.create("Saimaa")
		for range 2 {
			if err := account.Publish(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.kinds(org, "policy."); got != "published" {
			t.Error(got)
		}
		// A node of another version has told them of its own, meanwhile.
		if err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			return errors.Join(tx.Write(publishedOther), ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "policy.published", Subject: string(org), Facts: map[string]any{"Version": "other"}}))
		}); err != nil {
			t.Fatal(err)
		}
		if err := account.Publish(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got := d.kinds(org, "policy."); got != "published published" {
			t.Errorf("told of each version, once: %s", got)
		}
		d.view(org, func(tx *store.Tx) error {
			all, err := account.Told(tx)
			if len(all) != 1 || all[0].Name != "Kaisa Nieminen" {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

var publishedOther = store.Query("account_test.published", `update customer set published = 'other' where org = $1`)

// What is published while a node runs does not wait for its next start.
func TestWK11TheRunnerPublishesWhatComesWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustertest.Store(t)
		d := open(t, s)
		org, err := roster.CreateOrganisation(t.Context(), s, d.Keys, d.director, d.customer("Saimaa").Organisation, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go account.Run(ctx, s, slog.New(slog.DiscardHandler))
		synctest.Wait()
		if err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			return errors.Join(tx.Write(contracted, d.manager.Staff, tx.Now()), ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "account.managers", Subject: string(org)}))
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := d.kinds(org, "policy."); got != "published" {
			t.Errorf("in the book: %s", got)
		}
		stop()
		synctest.Wait()
	})
}

// contracted is a contract that came by another way than a command: an import,
// or a node of another version.
var contracted = store.Query("account_test.contracted", `insert into customer (org, phase, contract, signed, manager, project, made, published)
	values ($1, 'created', 'C-1', $3, $2, '', $3, '')`)
