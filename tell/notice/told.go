package notice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/contact"
)

// Why an organisation has to be called.
const (
	whyNobody = "nobody" // nobody there has a confirmed address
	whyFailed = "failed" // nothing got through
)

// byDeputy is why somebody is told who stands in for one whom nothing reached.
const byDeputy contact.Reason = "deputy"

// to queues a word for one reader, and keeps that it was.
func (t Told) to(tx *store.Tx, org roster.Organisation, p audience.Told) error {
	places, err := roster.Workspaces(tx)
	if err != nil {
		return err
	}
	m, err := deliver.Queue(tx, t.message(org, p, places))
	if err != nil {
		return err
	}
	return tx.Write(addToldPerson, t.Notice, t.N, p.Person, m, string(p.Why))
}

// message is a word for one reader.
func (t Told) message(org roster.Organisation, to audience.Told, places []roster.Workspace) deliver.Message {
	facts := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Link": Address(t.Notice),
		"Text": t.Text(to.Language, t.Kind, t.State), "Words": t.Words,
	}
	for name, at := range map[string]time.Time{"Began": t.Since, "From": t.From, "Till": t.Till, "Next": t.State.Word(t.Promised)} {
		if !at.IsZero() {
			facts[name] = at
		}
	}
	var branches []string
	for _, w := range places {
		if slices.Contains(to.Forward, w.ID) {
			branches = append(branches, w.Name)
		}
	}
	if len(branches) > 0 {
		facts["Forward"] = strings.Join(branches, ", ")
	}
	return deliver.Message{
		Purpose: "notice_" + string(t.Kind), Lane: deliver.Notice, Person: to.Person, Lang: to.Language,
		About: string(t.Notice), Route: to.Route, Valid: valid, Facts: facts,
	}
}

// Unheard is what follows when no way is left for a word to somebody: their
// deputy is told, and where nobody of the organisation can have heard it, the
// provider calls them (notices row 8).
func Unheard(tx *store.Tx, m deliver.Message) error {
	if m.Purpose != "notice_incident" && m.Purpose != "notice_maintenance" {
		return nil
	}
	which := id.Notice(m.About)
	people, err := store.All(tx, toldPeople, scanReceipt, which)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(people, func(r Receipt) bool { return r.Message == m.ID })
	if i < 0 {
		return nil
	}
	lost := people[i]
	people = slices.DeleteFunc(people, func(r Receipt) bool { return r.N != lost.N })
	tx.Touch(Topic)
	told, err := standIn(tx, which, lost, people)
	if err != nil || told {
		return err
	}
	sent, err := deliver.About(tx, m.About, mostMessages)
	if err != nil {
		return err
	}
	hope := slices.ContainsFunc(people, func(r Receipt) bool {
		return r.Message != m.ID && slices.ContainsFunc(sent, func(o deliver.Message) bool {
			return o.ID == r.Message && o.State != deliver.Failed && o.State != deliver.Expired && o.State != deliver.Cancelled
		})
	})
	if hope {
		return nil
	}
	return errors.Join(tx.Write(addCall, which, lost.N, whyFailed, tx.Now()), ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "notice.unreached", Subject: m.About, Facts: map[string]any{"N": lost.N},
	}))
}

// mostMessages is how many messages about one notice to one organisation are
// looked at.
const mostMessages = 1000

// standIn tells the deputy of somebody whom nothing reached.
func standIn(tx *store.Tx, which id.Notice, lost Receipt, people []Receipt) (bool, error) {
	held, err := duty.Holders(tx)
	if err != nil {
		return false, err
	}
	words, err := store.All(tx, listTold, scanTold, which, mostShown)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(words, func(t Told) bool { return t.N == lost.N })
	for _, h := range held {
		deputy := h.Deputy
		knows := slices.ContainsFunc(people, func(r Receipt) bool { return r.Person == deputy.Person })
		route := audience.Route(deputy)
		if h.Person.Person != lost.Person || deputy.Person == "" || knows || len(route) == 0 || at < 0 {
			continue
		}
		org, err := roster.Get(tx)
		if err != nil {
			return false, err
		}
		p := audience.Told{Person: deputy.Person, Name: deputy.Name, Language: deputy.Language, Route: route, Why: byDeputy}
		return true, errors.Join(words[at].to(tx, org, p), ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "notice.deputy", Subject: string(which), About: deputy.Person, Facts: map[string]any{"N": lost.N}, Personal: map[string]string{"Name": deputy.Name},
		}))
	}
	return false, nil
}

// Receipt is what is known of one person and one word.
type Receipt struct {
	N       int
	Person  id.Person
	Name    string
	Why     contact.Reason
	Message id.Message    // empty: no confirmed address
	Channel string        // by which it went last
	State   deliver.State // how far it came; empty without a message
	Read    time.Time     // when they said that they have read it
}

func scanReceipt(r store.Row) (t Receipt, err error) {
	return t, r.Scan(&t.N, &t.Person, &t.Message, &t.Why, store.Time(&t.Read))
}

// Receipts are what is known of each person that one notice was told in the
// unit's organisation, the newest word first (BS8).
func Receipts(tx *store.Tx, which id.Notice) ([]Receipt, error) {
	all, err := store.All(tx, toldPeople, scanReceipt, which)
	if err != nil || len(all) == 0 {
		return all, err
	}
	sent, err := deliver.About(tx, string(which), mostMessages)
	if err != nil {
		return nil, err
	}
	names := map[id.Person]string{}
	for i, r := range all {
		if _, known := names[r.Person]; !known {
			p, err := roster.Find(tx, r.Person)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
			names[r.Person] = p.Name
		}
		all[i].Name = names[r.Person]
		for _, m := range sent {
			if m.ID == r.Message {
				all[i].State, all[i].Channel = m.State, m.Route[min(m.Stop, len(m.Route)-1)].Channel
			}
		}
	}
	return all, nil
}

// Read notes that somebody who was told of a notice has read it. Whoever was
// not told is NotFound.
func Read(ctx context.Context, s *store.Store, who actor.Actor, which id.Notice) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "confirmNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		mine, err := store.All(tx, toldPeople, scanReceipt, which)
		if err != nil {
			return err
		}
		mine = slices.DeleteFunc(mine, func(r Receipt) bool { return r.Person != who.Person })
		if len(mine) == 0 {
			return fault.New(fault.NotFound, "not_found")
		}
		if !slices.ContainsFunc(mine, func(r Receipt) bool { return r.Read.IsZero() }) {
			return nil // twice is as good as once
		}
		err = tx.Write(markRead, which, who.Person, tx.Now())
		for _, r := range mine {
			if r.Message != "" {
				err = errors.Join(err, deliver.MarkAnswered(tx, r.Message))
			}
		}
		tx.Touch(Topic)
		return errors.Join(err, ledger.Append(tx, who, ledger.Entry{
			Kind: "notice.read", Subject: string(which), About: who.Person, Rule: rule, Facts: map[string]any{"N": mine[0].N},
		}))
	})
}
