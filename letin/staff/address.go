package staff

import (
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/identity"
	"muster/ledger"
	"muster/store"
)

// moves is what a new mail address means beside the change of it: whoever reads
// it could be somebody else, so all that lets the member in ends and must be
// proved anew. Both addresses stand in the book; the old one and the directors
// are told.
func moves(tx *store.AcrossTx, who actor.Actor, was Member, to string, e *entry) error {
	to = strings.TrimSpace(to)
	e.new = true
	e.also = []ledger.Entry{{Kind: "staff.readdressed", Personal: map[string]string{"name": was.Name, "from": was.Email, "to": to}}}
	e.with = func(tx *store.Tx) error {
		all, err := store.All(tx, colleague, scanMember)
		if err != nil {
			return err
		}
		told := slices.DeleteFunc(all, func(m Member) bool {
			return m.ID == was.ID || m.ID == who.Staff || !m.at(tx.Now()).Is(actor.Director, actor.Delegate)
		})
		return tell(tx, append(told, was), was, "staff_address", map[string]any{"By": who.Name, "Address": to, "At": tx.Now()})
	}
	_, err := identity.UnbindStaff(tx, was.ID)
	return errors.Join(err, identity.EndStaff(tx, was.ID))
}
