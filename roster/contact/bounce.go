package contact

import (
	"maps"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/roster/duty"
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
	var recent, all int
	if _, err := store.One(tx, countBounced, func(r store.Row) (int, error) { return all, r.Scan(&recent, &all) }, a.Channel, tx.Now().Add(-together)); err != nil {
		return err
	}
	if doubtful(recent, all) {
		return doubt(tx, a, why, recent)
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
		if err := warn(tx, r, one.contact, a, why); err != nil {
			return err
		}
	}
	return nil
}

// doubt tells the administrators, once for so many, that a carrier is not
// believed.
func doubt(tx *store.Tx, a deliver.Attempt, why dead.Why, recent int) error {
	about := "doubt:" + a.Channel
	told, err := deliver.Told(tx, about, "addresses_doubted")
	if err != nil {
		return err
	}
	for _, at := range told {
		if tx.Now().Sub(at) < bouncedValid {
			return nil
		}
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	admins, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	if err != nil {
		return err
	}
	for _, admin := range admins {
		_, err := admin.Living().Tell(tx, deliver.Message{
			Purpose: "addresses_doubted", Lane: deliver.Duty, About: about, Valid: bouncedValid,
			Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "Count": recent, "At": tx.Now(), "Link": "/roster"},
		})
		if err != nil {
			return err
		}
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "contact.doubted", Subject: a.Channel,
		Facts: map[string]any{"Channel": a.Channel, "Why": string(why), "Code": word(a.Code), "Count": recent},
	})
}

// bouncedValid is how long it makes sense to say so: the pages go on saying it.
const bouncedValid = 3 * 24 * time.Hour

// warn tells whoever can do something about a dead address: its owner, over
// what else they have, the administrators and, where the owner stands for the
// organisation, who else does (notices row 7).
func warn(tx *store.Tx, r roster.Person, c id.Contact, a deliver.Attempt, why dead.Why) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Who": r.Name, "Address": a.Address, "Why": string(why), "At": tx.Now(), "Link": "/channels",
	}
	m := deliver.Message{Purpose: "address_dead", Lane: deliver.Duty, About: string(c), Facts: facts, Valid: bouncedValid}
	if _, err := r.Living().Tell(tx, m); err != nil {
		return err
	}
	admins, err := roster.List(tx, roster.Filter{Role: actor.Administrator})
	if err != nil {
		return err
	}
	beside, err := duty.Beside(tx, r.Person)
	if err != nil {
		return err
	}
	m.Purpose, m.Facts = "address_dead_of", maps.Clone(facts)
	m.Facts["Address"], m.Facts["Link"] = shortened(a.Channel, a.Address), "/people/"+string(r.Person)+"/edit"
	for _, admin := range admins {
		beside = slices.DeleteFunc(beside, func(b roster.Recipient) bool { return b.Person == admin.Person && looksAfter(admin, r) })
		if admin.Person == r.Person || !looksAfter(admin, r) {
			continue
		}
		if _, err := admin.Living().Tell(tx, m); err != nil {
			return err
		}
	}
	m.Facts["Link"] = "/contacts" // which they may open
	for _, b := range beside {
		if _, err := b.Living().Tell(tx, m); err != nil {
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
