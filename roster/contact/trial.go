package contact

import (
	"context"
	"net/netip"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// trial is the purpose of a message that only asks whether it arrived.
const trial = "test"

// SendTest sends a message to an address of the person that only asks whether
// it arrived. Within a minute of the last one it is Limited "limited" with
// Seconds to wait.
func SendTest(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, contact id.Contact) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		r, rule, err := open(tx, who, person, "verifyContact")
		if err != nil {
			return err
		}
		p, err := pick(r, contact)
		if err != nil {
			return err
		}
		before, err := tests(tx, contact)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			if wait := before[0].At.Add(pause).Sub(tx.Now()); wait > 0 {
				return fault.New(fault.Limited, "limited").With("Seconds", int(wait.Seconds())+1)
			}
		}
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		m, err := deliver.Queue(tx, deliver.Message{
			Purpose: trial, Lane: deliver.Duty, Person: person, Lang: r.Language, About: string(contact),
			Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "Link": wording.Act},
			Route: []deliver.Stop{{Channel: p.Channel, Address: p.Address}}, Valid: time.Hour,
		})
		if err != nil {
			return err
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "contact.tested", Subject: string(contact), About: person, Rule: rule,
			Facts: map[string]any{"Channel": p.Channel, "Message": string(m)}, Personal: map[string]string{"Name": r.Name, "Address": p.Address},
		})
	})
}

// LastTest is the newest test message to an address and how it fared; where
// there was none it is NotFound.
func LastTest(tx *store.Tx, contact id.Contact) (deliver.Message, error) {
	last, err := tests(tx, contact)
	if err != nil {
		return deliver.Message{}, err
	}
	if len(last) == 0 {
		return deliver.Message{}, none
	}
	m, _ := last[0].Facts["Message"].(string)
	return deliver.Get(tx, id.Message(m))
}

// tests reads the newest entry about a test of the address from the book,
// which keeps them newest first.
func tests(tx *store.Tx, contact id.Contact) ([]ledger.Record, error) {
	return ledger.List(tx, ledger.Filter{Kind: "contact.tested", Subject: string(contact), Limit: 1})
}

// Seen records that the recipient of the test message m has seen it. It is for
// the deliberate act on the page behind its link; from is where that page was.
// A link that is too old is Expired "link_expired". To follow it twice is the
// same as once.
func Seen(ctx context.Context, s *store.Store, org id.Org, m id.Message, from netip.Addr) error {
	return s.Do(ctx, org, func(tx *store.Tx) error {
		msg, err := deliver.Get(tx, m)
		if err != nil {
			return err
		}
		if msg.Purpose != trial {
			return none
		}
		r, err := roster.Find(tx, msg.Person)
		if err != nil {
			return err
		}
		if !r.Active || tx.Now().After(msg.Made.Add(linkValid)) {
			return fault.New(fault.Expired, "link_expired")
		}
		if msg.State == deliver.Answered {
			return nil
		}
		who := actor.Actor{Kind: actor.Person, Org: org, Person: r.Person, Name: r.Name, Roles: r.Roles, Door: actor.Link, IP: from}
		_, rule, err := open(tx, who, r.Person, "verifyContact")
		if err != nil {
			return err
		}
		if err := deliver.MarkAnswered(tx, m); err != nil {
			return err
		}
		tx.Touch("outbox")
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "contact.test_seen", Subject: msg.About, About: r.Person, Rule: rule,
			Facts: map[string]any{"Message": string(m)}, Personal: map[string]string{"Name": r.Name},
		})
	})
}
