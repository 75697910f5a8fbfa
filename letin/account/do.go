package account

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
	"muster/turn"
)

// Topic is what is touched when an account has changed.
const Topic = "account"

// Office is where accounts are kept.
type Office struct {
	Store *store.Store
	Keys  *seal.Keys
	// Close ends, in the unit that ends the account, whatever lets staff in.
	Close func(tx *store.Tx, who actor.Actor) error
	// Send mails a person a link to sign in, in the caller's unit.
	Send func(tx *store.Tx, person id.Person, purpose, orgName string) error
}

// New is a customer who has signed.
type New struct {
	roster.Organisation
	Workspace string
	First     *roster.NewPerson // first administrator
	Deal
}

// Create makes the account of a customer whose contract is signed (WK1), with
// whoever looks after it (WK2). Faults are at the fields of the API:
// contract_reference, contract_signed, success_manager, onboarding_manager,
// administrator, and those of roster.CreateOrganisation.
func (o Office) Create(ctx context.Context, who actor.Actor, n New) (org id.Org, err error) {
	rule, err := policy.Check(who, "createOrganisation", policy.Resource{Type: "Installation"})
	if err != nil {
		return "", err
	}
	org = id.New[id.Org]()
	n.Deal = n.tidy()
	err = o.Store.Across().Do(ctx, func(all *store.AcrossTx) error {
		wrong := n.check(all.Now())
		if n.First == nil || strings.TrimSpace(n.First.Name) == "" {
			wrong = fault.Join(wrong, fault.New(fault.Invalid, "required").At("administrator"))
		}
		if n.First != nil && strings.TrimSpace(n.First.Email) == "" {
			wrong = fault.Join(wrong, fault.New(fault.Invalid, "required").At("email"))
		}
		names, err := n.named(all)
		wrong = fault.Join(wrong, err)
		a := Account{Org: org, Deal: n.Deal}
		if a.Phase, err = Contract.step(create); err != nil {
			return err
		}
		var e ledger.Entry
		err = all.For(org, func(tx *store.Tx) error {
			if err := fault.Join(wrong, n.Found(tx, who, o.Keys, rule, n.Workspace, n.First)); err != nil {
				return err
			}
			if a, err = held(tx); err != nil {
				return err
			}
			a.Deal = n.Deal
			e = a.entry("account.created", rule)
			e.Facts["Administrator"], e.Personal = true, names
			return errors.Join(a.save(tx), ledger.Append(tx, who, e), publish(tx, a))
		})
		if err != nil {
			return err
		}
		return booked(all, who, e)
	})
	if err != nil {
		return "", err
	}
	return org, nil
}

// named finds whoever is to look after the customer, and gives their names.
func (d Deal) named(tx *store.AcrossTx) (map[string]string, error) {
	var wrong []error
	names := map[string]string{}
	for _, n := range []struct {
		who         id.Staff
		as          actor.Position
		field, name string
	}{
		{d.Manager, actor.SuccessManager, "success_manager", "Manager"},
		{d.Project, actor.OnboardingManager, "onboarding_manager", "Project"},
	} {
		if n.who == "" {
			continue
		}
		m, err := staff.Find(tx, n.who)
		if err != nil && !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			return nil, err
		}
		wrong = append(wrong, looksAfter(m, n.as, n.field))
		names[n.name] = m.Name
	}
	return names, fault.Join(wrong...)
}

// booked writes an entry about a customer into the provider's book too.
func booked(tx *store.AcrossTx, who actor.Actor, e ledger.Entry) error {
	return tx.For(identity.Provider, func(tx *store.Tx) error { return ledger.Append(tx, who, e) })
}

func (a Account) entry(kind, rule string) ledger.Entry {
	facts := map[string]any{"Organisation": a.Name, "Phase": string(a.Phase)}
	if a.Complete() {
		facts["Contract"], facts["Signed"] = a.Reference, a.Signed.Format(time.DateOnly)
	}
	return ledger.Entry{Kind: kind, Subject: string(a.Org), Rule: rule, Facts: facts}
}

// held reads the account and holds its row, which it makes where there is none.
func held(tx *store.Tx) (a Account, err error) {
	if err := tx.Write(addCustomer, tx.Now()); err != nil {
		return a, err
	}
	if _, err := store.One(tx, holdCustomer, store.Scalar[string]); err != nil {
		return a, err
	}
	return Find(tx)
}

func (a Account) save(tx *store.Tx) error {
	tx.Touch(Topic)
	return tx.Write(saveCustomer, string(a.Phase), a.Reference, a.Signed, a.Manager, a.Project,
		a.Begun, a.Live, a.Ended, a.Published, a.PublishedAt)
}

// change is one unit about a customer, written in both books.
func (o Office) change(ctx context.Context, who actor.Actor, org id.Org, action, kind string, do func(tx *store.Tx, a Account) (Account, error), names map[string]string) error {
	return o.Store.Across().Do(ctx, func(all *store.AcrossTx) error {
		return o.changeIn(all, who, org, action, kind, do, names)
	})
}

func (o Office) changeIn(all *store.AcrossTx, who actor.Actor, org id.Org, action, kind string, do func(tx *store.Tx, a Account) (Account, error), names map[string]string) error {
	var e ledger.Entry
	err := all.For(org, func(tx *store.Tx) error {
		if _, err := Find(tx); err != nil {
			return err // before a row is made for an organisation that does not exist
		}
		a, err := held(tx)
		if err != nil {
			return err
		}
		rule, err := a.May(who, action)
		if err != nil {
			return err
		}
		was := a.Phase
		if a, err = do(tx, a); err != nil {
			return err
		}
		e = a.entry(kind, rule)
		e.Personal = names
		err = errors.Join(a.save(tx), ledger.Append(tx, who, e))
		if err == nil && a.Phase != was {
			err = news(tx, a)
		}
		if err == nil && a.unpublished() {
			err = publish(tx, a)
		}
		return err
	})
	if err != nil {
		return err
	}
	return booked(all, who, e)
}

// Name enters the contract of an account that has none yet, and says who looks
// after the customer. A contract on record stays: only Renew replaces it.
func (o Office) Name(ctx context.Context, who actor.Actor, org id.Org, d Deal) error {
	d = d.tidy()
	return o.Store.Across().Do(ctx, func(all *store.AcrossTx) error {
		names, wrong := d.named(all)
		return o.changeIn(all, who, org, "nameManagers", "account.managers", func(tx *store.Tx, a Account) (Account, error) {
			if a.Phase == Ended {
				return a, fault.New(fault.Conflict, "account_over")
			}
			if a.Reference != "" {
				d.Reference, d.Signed = a.Reference, a.Signed
			}
			a.Deal = d
			return a, fault.Join(d.check(tx.Now()), wrong)
		}, names)
	})
}

// Begin begins onboarding. Faults: Conflict "account_phase",
// "account_incomplete", and "policy_unread" where no administrator has
// acknowledged the policy (WK11).
func (o Office) Begin(ctx context.Context, who actor.Actor, org id.Org) error {
	return o.change(ctx, who, org, "beginOnboarding", "account.onboarding", func(tx *store.Tx, a Account) (Account, error) {
		return a.begin(tx.Now())
	}, nil)
}

// GoLive ends onboarding: from now on the stricter rules hold.
func (o Office) GoLive(ctx context.Context, who actor.Actor, org id.Org) error {
	return o.change(ctx, who, org, "goLive", "account.live", func(tx *store.Tx, a Account) (next Account, err error) {
		a.Phase, err = a.Phase.step(goLive)
		a.Live = tx.Now()
		return a, err
	}, nil)
}

// End ends an account: every grant ends and none begins. The customer keeps
// what is theirs to read.
func (o Office) End(ctx context.Context, who actor.Actor, org id.Org) error {
	return o.change(ctx, who, org, "endCustomer", "account.ended", func(tx *store.Tx, a Account) (next Account, err error) {
		if a.Phase, err = a.Phase.step(end); err != nil {
			return a, err
		}
		a.Ended = tx.Now()
		if o.Close != nil {
			err = o.Close(tx, who)
		}
		return a, err
	}, nil)
}

// Renew takes up an account that has ended, with a new contract. It begins
// where a new one does.
func (o Office) Renew(ctx context.Context, who actor.Actor, org id.Org, d Deal) error {
	d = d.tidy()
	return o.Store.Across().Do(ctx, func(all *store.AcrossTx) error {
		names, wrong := d.named(all)
		return o.changeIn(all, who, org, "renewCustomer", "account.renewed", func(tx *store.Tx, a Account) (Account, error) {
			next, err := a.Phase.step(renew)
			if err != nil {
				return a, err
			}
			a.Deal, a.Phase = d, next
			a.Begun, a.Live, a.Ended = time.Time{}, time.Time{}, time.Time{}
			return a, fault.Join(d.check(tx.Now()), wrong)
		}, names)
	})
}

// Acknowledge notes that the actor, an administrator, has read a version of
// the policy (WK11). A version that does not hold any more is Conflict
// "policy_changed".
func Acknowledge(ctx context.Context, s *store.Store, who actor.Actor, version string) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := own(tx, who, "acknowledgePolicy")
		if err != nil {
			return err
		}
		if version != Version() {
			return fault.New(fault.Conflict, "policy_changed")
		}
		ip := ""
		if who.IP.IsValid() {
			ip = who.IP.String()
		}
		n, err := store.One(tx, hasRead, store.Scalar[int], who.Person, version)
		if err != nil || n > 0 {
			return err // twice is once
		}
		tx.Touch(Topic)
		return errors.Join(tx.Write(addReading, who.Person, version, tx.Now(), ip), ledger.Append(tx, who, ledger.Entry{
			Kind: "policy.acknowledged", Subject: string(tx.Org()), About: who.Person, Rule: rule, Facts: map[string]any{"Version": version},
		}))
	})
}

// news tells the customer's administrators of a new phase.
func news(tx *store.Tx, a Account) error {
	return tell(tx, func(r roster.Recipient) deliver.Message {
		return deliver.Message{
			Purpose: "account_phase", Lane: deliver.Notice, Valid: newsValid,
			Facts: map[string]any{"Text": r.Language.Text("account.told."+string(a.Phase), map[string]any{"Org": a.Name}), "Link": PolicyPage},
		}
	})
}

// PolicyPage is where the customer reads the policy.
const PolicyPage = "/let-in/policy"

const newsValid = 3 * 24 * time.Hour

// tell sends a message to everybody of the customer's who is told.
func tell(tx *store.Tx, m func(roster.Recipient) deliver.Message) error {
	all, err := Told(tx)
	if err != nil {
		return err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	for _, r := range all {
		one := m(r)
		one.Facts["Org"], one.Facts["Zone"], one.About = org.Name, org.TimeZone, string(tx.Org())
		if _, err := r.Tell(tx, one); err != nil {
			return err
		}
	}
	return nil
}

// publish tells the administrators that there is a version of the policy to
// be read, once for each version.
func publish(tx *store.Tx, a Account) error {
	a.Published, a.PublishedAt = Version(), tx.Now()
	err := errors.Join(a.save(tx), ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "policy.published", Subject: string(a.Org), Facts: map[string]any{"Version": a.Published},
	}))
	if err != nil {
		return err
	}
	return tell(tx, func(roster.Recipient) deliver.Message {
		return deliver.Message{
			Purpose: "policy_published", Lane: deliver.Notice, Valid: newsValid,
			Facts: map[string]any{"Link": PolicyPage},
		}
	})
}

// unpublished tells whether the customer has to be told of the policy as it is
// now. Whoever has no contract on record lets nobody in and is let be.
func (a Account) unpublished() bool {
	return a.Complete() && a.Phase != Ended && a.Published != Version()
}

// again is how often it is looked, without being woken, whether somebody has not
// been told of the policy.
const again = time.Hour

// Run publishes the policy, as it is now, to every customer who was told of
// another version or of none, whenever an account has changed, until ctx ends.
func Run(ctx context.Context, s *store.Store, log *slog.Logger) {
	turn.Run(ctx, s, []string{Topic}, again, func(ctx context.Context) error { return Publish(ctx, s) }, func(err error) {
		log.Error("the policy for support access is not published to everybody", "err", err)
	})
}

// Publish does that once. While nodes of two versions run, each customer is told
// of either once.
func Publish(ctx context.Context, s *store.Store) error {
	return turn.Each(ctx, func(after id.Org) (page []id.Org, err error) {
		err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
			page, err = store.All(tx, unpublished, store.Scalar[id.Org], Version(), after, turn.Batch)
			return err
		})
		return page, err
	}, func(org id.Org) id.Org { return org }, func(org id.Org) error {
		return s.Do(ctx, org, func(tx *store.Tx) error {
			a, err := Find(tx)
			if err != nil || !a.unpublished() {
				return err
			}
			before, err := ledger.List(tx, ledger.Filter{Subject: string(org), Kind: "policy.published"})
			if err != nil || slices.ContainsFunc(before, func(r ledger.Record) bool { return r.Facts["Version"] == Version() }) {
				return err
			}
			if a, err = held(tx); err != nil {
				return err
			}
			return publish(tx, a)
		})
	})
}
