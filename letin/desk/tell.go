package desk

import (
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/letin/setting"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// worthwhile is how long it helps to be told of a request.
const worthwhile = 7 * 24 * time.Hour

// mail queues what is said to whoever asks. The message is empty where there
// is no address.
func (d Desk) mail(tx *store.Tx, q Request, purpose string, facts map[string]any) (id.Message, error) {
	to, stop, err := q.answerable(tx)
	if err != nil || stop.Address == "" {
		return "", err
	}
	facts["Reference"], facts["Subject"], facts["Org"] = q.Reference(), q.Subject, "Muster"
	if org, err := roster.Get(tx); err == nil {
		facts["Org"], facts["Zone"] = org.Name, org.TimeZone
		if to.Language == "" {
			to.Language = org.Tag()
		}
	}
	if q.Sender.Person != "" {
		facts["Link"] = "/let-in/requests/" + string(q.ID)
	}
	return deliver.Queue(tx, deliver.Message{
		Purpose: purpose, Lane: deliver.Notice, Person: q.Sender.Person, Lang: lang.Match(string(to.Language)), About: string(q.ID),
		Facts: facts, Route: []deliver.Stop{stop}, Valid: worthwhile,
	})
}

// acknowledge says that a request has come, and why it does not count yet, if
// it does not.
func (d Desk) acknowledge(tx *store.Tx, q Request) error {
	to, stop, err := q.answerable(tx)
	if err != nil || stop.Address == "" {
		return err
	}
	facts := map[string]any{}
	if q.Doubt != "" {
		tag := lang.Match(string(to.Language))
		words := tag.Text("request.asked_for."+string(q.Doubt), nil)
		if q.Doubt.confirmable() {
			words += "\n\n" + q.named(tag)
		}
		facts["Words"] = words
	}
	_, err = d.mail(tx, q, "request_received", facts)
	return err
}

// named says what a request is about, to whoever is asked to confirm it.
func (q Request) named(tag lang.Tag) string {
	what := tag.Text("request.kind."+string(q.Kind), nil)
	if key, own := strings.CutPrefix(q.Setting, setting.Muster+"/"); own {
		what += ": " + setting.Setting{Product: setting.Muster, Key: key}.Name(tag) + " (" + setting.Muster + ")"
	} else if q.Setting != "" {
		what += ": " + q.Setting
	}
	return tag.Text("request.asked_for.what", map[string]any{"What": what})
}

// strangersADay is how often somebody whom nobody knows is written to.
const strangersADay = 2

// turnAway writes, politely and without a word of what there is, to whoever is
// not known: in every language, since theirs is not known either.
func (d Desk) turnAway(tx *store.Tx, q Request) error {
	about := "stranger:" + strings.ToLower(q.Sender.Address)
	n, err := store.One(tx, told, store.Scalar[int], about, "request_stranger", tx.Now().Add(-dayLong))
	if err != nil || n >= strangersADay {
		return err
	}
	var words []string
	for _, tag := range lang.Supported() {
		words = append(words, tag.Text("request.stranger", nil))
	}
	_, err = deliver.Queue(tx, deliver.Message{
		Purpose: "request_stranger", Lane: deliver.Bulk, Lang: lang.English, About: about, Valid: worthwhile,
		Facts: map[string]any{"Org": "Muster", "Subject": q.Subject, "Words": strings.Join(words, "\n\n")},
		Route: []deliver.Stop{{Channel: roster.Email, Address: q.Sender.Address}},
	})
	return err
}

// news is what people of the provider are told because of a unit. It leaves in
// the provider's own organisation, when that of the customer is done.
type news struct{ all []notice }

type notice struct {
	purpose    string
	facts      map[string]any
	about      id.Request
	department actor.Department // everybody in it, or
	head       bool             // its head, or
	staff      id.Staff         // this one
}

func newsOf(tx *store.Tx) *news {
	return tx.Slot("letin/desk", func() any { return &news{} }).(*news)
}

func (q Request) notice(purpose string) notice {
	return notice{purpose: purpose, about: q.ID, facts: map[string]any{
		"Org": q.OrgName, "Reference": q.Reference(), "Subject": q.Subject, "Who": q.Sender.Name, "Link": "/provider/desk/" + string(q.ID),
	}}
}

// TellQueue tells those in whose queue a request is that it is new there.
func (d Desk) TellQueue(tx *store.Tx, q Request) {
	n := q.notice("request_new")
	n.department = q.Department
	newsOf(tx).all = append(newsOf(tx).all, n)
}

// tellAgent tells whoever has the request; where nobody has, the department.
func (d Desk) tellAgent(tx *store.Tx, q Request) {
	if q.Agent == "" {
		d.TellQueue(tx, q)
		return
	}
	d.Tell(tx, q, q.Agent, "request_heard", "")
}

// Tell tells one of the staff.
func (d Desk) Tell(tx *store.Tx, q Request, who id.Staff, purpose, words string) {
	n := q.notice(purpose)
	n.staff = who
	if words != "" {
		n.facts["Words"] = words
	}
	newsOf(tx).all = append(newsOf(tx).all, n)
}

// TellHead tells the head of the department in whose queue a request is (FL14).
func (d Desk) TellHead(tx *store.Tx, q Request, purpose, words string) {
	n := q.notice(purpose)
	n.department, n.head, n.facts["Words"] = q.Department, true, words
	newsOf(tx).all = append(newsOf(tx).all, n)
}

func (n *news) send(tx *store.AcrossTx) error {
	if len(n.all) == 0 {
		return nil
	}
	everybody, err := staff.List(tx)
	if err != nil {
		return err
	}
	return tx.For(identity.Provider, func(tx *store.Tx) error {
		for _, one := range n.all {
			for _, m := range everybody {
				if !one.concerns(m) {
					continue
				}
				_, err := deliver.Queue(tx, deliver.Message{
					Purpose: one.purpose, Lane: deliver.Notice, Lang: m.Lang, About: string(one.about), Valid: worthwhile,
					Facts: one.facts, Route: []deliver.Stop{{Channel: roster.Email, Address: m.Email}},
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// concerns tells whether somebody is told.
func (n notice) concerns(m staff.Member) bool {
	switch {
	case !m.Active || m.Email == "":
		return false
	case n.staff != "":
		return m.ID == n.staff
	}
	return m.Department == n.department && (!n.head || m.Is(actor.Head))
}

// see asks whether the actor may look at a request.
func (q Request) see(who actor.Actor) error {
	_, err := q.may(who, "seeRequest", policy.Fact(0))
	return err
}
