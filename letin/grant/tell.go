package grant

import (
	"cmp"
	"slices"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/roster"
	"muster/store"
)

// newsValid is how long it helps to hear what became of a grant, askValid how
// long to hear that it waits.
const (
	newsValid = 24 * time.Hour
	askValid  = Reminder
)

// purposes are the messages for what has its own; all else is news.
var purposes = map[string]struct{ customer, provider string }{
	"asked":   {"grant_asked", "grant_pending"},
	"waiting": {"grant_waiting", "grant_waiting"},
	"broken":  {"grant_broken", "grant_news"},
}

// tell says what happened: to the customer's administrators, and of an
// emergency to its contact persons too, in this unit; to the provider's people
// as soon as it is committed (access A10, A12).
func (g Grant) tell(tx *store.Tx, what, by string) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	told := account.Told
	if what == "broken" {
		told = account.ToldAtOnce
	}
	people, err := told(tx)
	if err != nil {
		return err
	}
	m := g.message(what, by, org.Name)
	m.Facts["Zone"], m.Facts["Link"] = org.TimeZone, "/let-in/grants/"+string(g.ID)
	if p, known := purposes[what]; known {
		m.Purpose = p.customer
	}
	for _, p := range people {
		if m.Purpose == "grant_asked" {
			m.Facts["Consent"] = g.Wording(p.Language, org.Name).Words
		}
		if err := g.reach(tx, p, m); err != nil {
			return err
		}
	}
	return tx.Write(addNews, g.ID, what, by, tx.Now())
}

// reach says it to one administrator: in an emergency over all channels at
// once, otherwise over the preferred one.
func (g Grant) reach(tx *store.Tx, r roster.Recipient, m deliver.Message) error {
	if m.Purpose != "grant_broken" {
		_, err := r.Tell(tx, m)
		return err
	}
	wanted, rest := r.Routes()
	for _, stop := range append(wanted, rest...) {
		m.Person, m.Lang, m.Route = r.Person, r.Language, []deliver.Stop{stop}
		if _, err := deliver.Queue(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// message is what there is to say about a grant, whoever hears it. Whatever
// somebody must act on goes out on the lane for that.
func (g Grant) message(what, by, org string) deliver.Message {
	m := deliver.Message{
		Purpose: "grant_news", Lane: deliver.Notice, About: string(g.ID), Valid: newsValid,
		Facts: map[string]any{
			"Org": org, "Staff": g.Name, "By": by, "Reason": string(g.Reason), "Note": g.Words, "Request": g.Request,
			"Lasts": int64(g.For / time.Second), "News": what, "Stage": string(g.Stage),
		},
	}
	if g.Stage == Open {
		m.Facts["Until"] = g.Until
	}
	if _, own := purposes[what]; own {
		m.Lane, m.Valid = deliver.Duty, askValid
	}
	return m
}

// hearers are those of the provider's people whom it concerns: who asked, who
// is to enter, who approved and, while it waits, who could.
func (g Grant) hearers(what string, people map[id.Staff]staff.Member, now time.Time) (all []staff.Member) {
	for _, m := range people {
		approver := what == "asked" || what == "waiting"
		approver = approver && m.ID != g.Staff && m.ID != g.AskedBy && len(groupsOf(m, people[g.Staff])) > 0
		if m.Active && (m.ID == g.Staff || m.ID == g.AskedBy || g.approvedBy(m.ID) || approver && lasting(m, now)) {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b staff.Member) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// inform says it to the provider's people, by mail to the address of their
// account.
func (g Grant) inform(tx *store.Tx, n told, org string, people map[id.Staff]staff.Member) error {
	for _, p := range g.hearers(n.what, people, tx.Now()) {
		m := g.message(n.what, n.by, org)
		m.Facts["Zone"], m.Facts["Link"] = "UTC", "/provider/grants/"+string(g.ID)
		if own, known := purposes[n.what]; known {
			m.Purpose = own.provider
		}
		if m.Purpose == "grant_pending" && (p.ID == g.Staff || p.ID == g.AskedBy) {
			m.Purpose = "grant_news"
		}
		m.Lang, m.Route = p.Lang, []deliver.Stop{{Channel: roster.Email, Address: p.Email}}
		if _, err := deliver.Queue(tx, m); err != nil {
			return err
		}
	}
	return nil
}
