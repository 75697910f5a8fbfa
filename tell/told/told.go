package told

import (
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/contact"
	"muster/tell/notice"
)

// Why an organisation has to be called.
const (
	whyNobody = "nobody" // nobody there has a confirmed address
	whyFailed = "failed" // nothing got through
	whySilent = "silent" // carriers took it, and nothing says that anybody got it
)

// byDeputy is why somebody is told who stands in for one whom nothing reached.
const byDeputy contact.Reason = "deputy"

// Told is one word as an organisation was told it.
type Told struct {
	Notice id.Notice
	N      int
	Kind   notice.Kind
	State  notice.State
	notice.Said
	Since      time.Time
	From, Till time.Time
	Promised   time.Time
	Moved      int
	At         time.Time
	Reached    int // people
}

// Heard is what the reader's organisation was told, of one notice or, without
// one, of all, the newest first.
func Heard(tx *store.Tx, who actor.Actor, which id.Notice) ([]Told, error) {
	if _, err := policy.Check(who, "seeNews", policy.Resource{Type: "Organisation", ID: string(tx.Org()), Org: tx.Org()}); err != nil {
		return nil, err
	}
	return store.All(tx, listTold, scanTold, which, mostShown)
}

// mostShown is how many words one page shows.
const mostShown = 200

// Address is where readers of an organisation follow a notice.
func Address(n id.Notice) string { return "/news/" + string(n) }

// to queues a word for one reader, who is to pass it on to branches if there are
// any, and keeps that it was.
func (t Told) to(tx *store.Tx, org roster.Organisation, p audience.Told, branches string) error {
	m, err := deliver.Queue(tx, t.message(org, p, branches))
	if err != nil {
		return err
	}
	return tx.Write(addToldPerson, t.Notice, t.N, p.Person, m, string(p.Why))
}

// branches are the names of workspaces that nobody is listed for.
func branches(tx *store.Tx, which []id.Workspace) (string, error) {
	if len(which) == 0 {
		return "", nil
	}
	places, err := roster.Workspaces(tx)
	return named(which, places), err
}

func named(which []id.Workspace, places []roster.Workspace) string {
	var names []string
	for _, w := range places {
		if slices.Contains(which, w.ID) {
			names = append(names, w.Name)
		}
	}
	return strings.Join(names, ", ")
}

// message is a word for one reader.
func (t Told) message(org roster.Organisation, to audience.Told, branches string) deliver.Message {
	facts := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Link": wording.Act,
		"Text": t.Text(to.Language, t.Kind, t.State), "Words": t.Words,
	}
	for name, at := range map[string]time.Time{"Began": t.Since, "From": t.From, "Till": t.Till, "Next": t.State.Word(t.Promised)} {
		if !at.IsZero() {
			facts[name] = at
		}
	}
	if branches != "" {
		facts["Forward"] = branches
	}
	return deliver.Message{
		Purpose: "notice_" + string(t.Kind), Lane: deliver.Notice, Person: to.Person, Lang: to.Language,
		About: string(t.Notice), Route: to.Route, Valid: valid, Facts: facts,
	}
}

// Is tells whether a message carries a word on a notice.
func Is(m deliver.Message) bool {
	return m.Purpose == "notice_incident" || m.Purpose == "notice_maintenance"
}

// Unheard is what follows when no way is left for a word to somebody: their
// deputy is told, and where nobody of the organisation can have heard it, the
// provider calls them (notices row 8).
func Unheard(tx *store.Tx, m deliver.Message) error {
	if !Is(m) {
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
	tx.Touch(notice.Topic)
	told, err := standIn(tx, which, lost, people, m)
	if err != nil || told {
		return err
	}
	sent, err := deliver.About(tx, m.About, mostMessages)
	if err != nil {
		return err
	}
	hope := slices.ContainsFunc(people, func(r Receipt) bool {
		return r.Message != m.ID && slices.ContainsFunc(sent, func(o deliver.Message) bool { return o.ID == r.Message && !o.Lost() })
	})
	if hope {
		return nil
	}
	why := whyFailed
	if m.State == deliver.HandedOver {
		why = whySilent
	}
	return errors.Join(tx.Write(addCall, which, lost.N, why, tx.Now()), ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "notice.unreached", Subject: m.About, Facts: map[string]any{"N": lost.N},
	}))
}

// mostMessages is how many messages about one notice to one organisation are
// looked at.
const mostMessages = 1000

// standIn tells the deputy of somebody whom a message did not reach, and to whom
// they are to pass it on in their place.
func standIn(tx *store.Tx, which id.Notice, lost Receipt, people []Receipt, m deliver.Message) (bool, error) {
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
		forward, _ := m.Facts["Forward"].(string)
		return true, errors.Join(words[at].to(tx, org, p, forward), ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "notice.deputy", Subject: string(which), About: deputy.Person, Facts: map[string]any{"N": lost.N}, Personal: map[string]string{"Name": deputy.Name},
		}))
	}
	return false, nil
}
