package account

import (
	"context"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// ResetLink has a link to sign in sent to whoever of a customer's has this
// address on file, at that address and no other (FL9). Whoever asks for it
// learns nothing: not whether there is such a person, and not the link.
func (o Office) ResetLink(ctx context.Context, who actor.Actor, org id.Org, address string) error {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "@") || len(address) > 320 {
		return fault.New(fault.Invalid, "bad_email").At("reset_email").With("Value", "")
	}
	return o.Store.Do(ctx, org, func(tx *store.Tx) error {
		a, err := Find(tx)
		if err != nil {
			return err
		}
		rule, err := a.May(who, "resetLink")
		if err != nil {
			return err
		}
		if a.Phase == Ended {
			return fault.New(fault.Conflict, "account_over")
		}
		people, err := store.All(tx, personAt, store.Scalar[id.Person], strings.ToLower(address))
		if err != nil || len(people) != 1 {
			return err // nobody, or more than one: no address of one person's own
		}
		p, err := roster.Find(tx, people[0])
		if err != nil {
			return err
		}
		if err := o.Send(tx, p.Person, "reset_link", a.Name); fault.KindOf(err) == fault.NotFound {
			return nil // on the roster, but not to sign in
		} else if err != nil {
			return err
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "account.reset_link", Subject: string(p.Person), About: p.Person, Rule: rule, Personal: map[string]string{"Name": p.Name},
		})
	})
}
