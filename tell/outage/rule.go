package outage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// How long a word is worth having, and a drill's.
const (
	valid      = 24 * time.Hour
	drillValid = 10 * time.Minute
)

// Letter is one message of a run, and to whom it goes.
type Letter struct {
	deliver.Message
	Name string
	Why  string
}

// House is what one organisation is told.
type House struct {
	Org     id.Org
	Name    string
	Parts   []string // what of it runs for them, by name
	Letters []Letter
	Missing []audience.Missing
}

// Run is one word that is told beside the database.
type Run struct {
	ID      string // of its journal
	Started time.Time
	Taken   time.Time // of the snapshot that it stands on
	By      Member
	Second  Member // who answers for it as well; empty: nobody had to
	Wide    bool
	Drill   bool
	// Would is, of a drill, how many people of how many organisations a word on
	// everything would have reached, and how many of those letters could be
	// written.
	Would, WouldOrgs, WouldWritten int

	After  notice.Notice
	Phrase string
	Words  string
	Houses []House
}

// People is how many are told.
func (r Run) People() (n int) {
	for _, h := range r.Houses {
		n += len(h.Letters)
	}
	return n
}

// Name names the run of an instant; chance keeps two of one second apart.
func Name(at time.Time, chance []byte) string {
	sum := sha256.Sum256(chance)
	return at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(sum[:4])
}

// Plan says what would be told, to whom, by a draft. before is the notice that
// it goes on with; one with no id is new. Where it reaches many, two people
// answer for it: Invalid "outage_second" at second.
func (s Snapshot) Plan(d notice.Draft, before notice.Notice, by, second Member, now time.Time) (r Run, p notice.Preview, err error) {
	p, err = d.Aside(before, s.Components, s.Customers, s.Wide, now)
	if err != nil {
		return r, p, err
	}
	p.After.Owner, p.After.OwnerName = by.ID, by.Name
	r = Run{
		Started: now, Taken: s.Taken, By: by, Second: second, Wide: p.Wide,
		After: p.After, Phrase: d.Phrase, Words: d.Words,
	}
	if p.Wide && (second.ID == "" || second.ID == by.ID) {
		err = fault.New(fault.Invalid, "outage_second").At("second")
	}
	for _, a := range p.To {
		i := slices.IndexFunc(s.Customers, func(c notice.Customer) bool { return c.Org == a.Org })
		c := s.Customers[i]
		said := notice.Word{Phrase: d.Phrase, Words: d.Words}.Said(s.Components, a.Components)
		h := House{Org: a.Org, Name: c.Name, Parts: said.Parts, Missing: a.Missing}
		for _, to := range a.Told {
			m := s.worded(told.Letter(p.After, said, c, to), p.After, d.Phrase, said.Names())
			h.Letters = append(h.Letters, Letter{made(m, a.Org, valid, now), to.Name, string(to.Why)})
		}
		r.Houses = append(r.Houses, h)
	}
	return r, p, err
}

// worded gives a message the sentence that was approved when the snapshot was
// taken: this program may be another version.
func (s Snapshot) worded(m deliver.Message, n notice.Notice, phrase, parts string) deliver.Message {
	for _, tag := range []lang.Tag{m.Lang, lang.English} {
		if text := s.Sentences[tag][n.Kind][n.State][phrase]; text != "" {
			m.Facts["Text"] = strings.ReplaceAll(text, notice.PartsMark, parts)
			return m
		}
	}
	return m
}

// made gives a message what queueing it would have given.
func made(m deliver.Message, org id.Org, valid time.Duration, now time.Time) deliver.Message {
	m.ID, m.Org, m.State = id.New[id.Message](), org, deliver.Queued
	m.Thread, m.Valid, m.Made, m.Expires = m.About, valid, now, now.Add(valid)
	return m
}

// Drill plans a word to nobody but some of the provider's own people: the first
// phrase on the first part, marked as a drill. Addresses of customers' contact
// persons are refused.
func (s Snapshot) Drill(by Member, to []string, now time.Time) (r Run, err error) {
	r = Run{Started: now, Taken: s.Taken, By: by, Drill: true}
	d := s.everything(now)
	before := notice.Notice{Kind: notice.Incident}
	house := House{Org: identity.Provider, Name: "Muster"}
	parts := "Muster"
	r.After = notice.Notice{ID: id.New[id.Notice](), Kind: notice.Incident, State: notice.Investigating, Since: now, Promised: d.Promised, Said: 1, Last: now}
	if len(s.Components) > 0 {
		p, err := d.Aside(before, s.Components, s.Customers, 0, now)
		if err != nil {
			return r, fmt.Errorf("nothing could be told from this snapshot: %w", err)
		}
		r.WouldOrgs = len(p.To)
		for _, a := range p.To {
			r.Would += len(a.Told)
		}
		parts = p.Said.Names()
	}
	r.Phrase, house.Parts = d.Phrase, []string{parts}
	for _, address := range to {
		m, ours := s.Person(address)
		if !ours && s.customers(address) {
			return r, fault.New(fault.Invalid, "outage_drill_customer").At("to").With("Address", address)
		}
		stop := deliver.Stop{Channel: "email", Address: strings.TrimSpace(address)}
		if strings.HasPrefix(stop.Address, "+") {
			stop.Channel = "sms"
		}
		msg := deliver.Message{
			Purpose: "notice_incident", Lane: deliver.Notice, Lang: lang.Match(string(m.Language)), About: string(r.After.ID),
			Route: []deliver.Stop{stop},
			Facts: map[string]any{"Org": "Muster", "Zone": "UTC", "Link": Page, "Drill": true, "Text": parts, "Began": now, "Next": d.Promised},
		}
		msg = s.worded(msg, r.After, d.Phrase, parts)
		house.Letters = append(house.Letters, Letter{made(msg, identity.Provider, drillValid, now), m.Name, "drill"})
	}
	if len(house.Letters) == 0 {
		return r, fault.New(fault.Invalid, "outage_drill_nobody").At("to")
	}
	r.Houses = []House{house}
	return r, nil
}

// Page is where the provider reads of snapshots and drills.
const Page = "/provider/outage"

// everything is a first word on all roots of the tree, as many as may be named.
func (s Snapshot) everything(now time.Time) notice.Draft {
	d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable"}
	d.State, d.Since, d.Promised = notice.Investigating, now, now.Add(time.Hour)
	for _, c := range s.Roots() {
		if len(d.Components) < 10 {
			d.Components = append(d.Components, c.ID)
		}
	}
	return d
}

// Roots are the parts that no other contains.
func (s Snapshot) Roots() []component.Component {
	return slices.DeleteFunc(slices.Clone(s.Components), func(c component.Component) bool { return c.Parent != "" })
}

// customers tells whether somebody of a customer has an address.
func (s Snapshot) customers(address string) bool {
	return slices.ContainsFunc(s.Customers, func(c notice.Customer) bool {
		for _, p := range c.People {
			for _, at := range p.Points {
				if strings.EqualFold(at.Address, strings.TrimSpace(address)) {
					return true
				}
			}
		}
		return false
	})
}
