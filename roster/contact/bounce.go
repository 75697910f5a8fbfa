package contact

import (
	"strings"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// Bounced marks an address that a carrier calls dead, for everybody of the
// organisation who has it. Nobody is protected by it any more until its owner
// confirms it again; in an alarm it is still tried, last. To be told so twice
// is the same as once, and what was tried before the address was last confirmed
// says nothing.
func Bounced(tx *store.Tx, a deliver.Attempt, why dead.Why) error {
	known, err := store.All(tx, trusted, scanPoint, a.Channel, a.Address, a.At)
	if err != nil || len(known) == 0 {
		return err
	}
	if err := roster.Changed(tx); err != nil {
		return err
	}
	code := word(a.Code)
	for _, one := range known {
		if err := tx.Write(bounce, one.contact, tx.Now(), string(why), code); err != nil {
			return err
		}
		r, err := roster.Find(tx, one.person)
		if err != nil {
			return err
		}
		err = ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "contact.bounced", Subject: string(one.contact), About: r.Person,
			Facts:    map[string]any{"Channel": a.Channel, "Why": string(why), "Code": code, "Message": string(a.Message)},
			Personal: map[string]string{"Name": r.Name, "Address": a.Address},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxCode bounds what is kept of a carrier's code, in bytes.
const maxCode = 20

// word is a carrier's code as one word, of letters, digits and full stops.
func word(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, code[:min(len(code), maxCode)])
}
