package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster/address"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/component"
	"muster/tell/contact"
)

// Topic is what is touched when there is something new about a notice.
const Topic = "notice"

// most is how much may be written beside a phrase, in characters.
const most = 2000

// Office is where notices are written and told.
type Office struct {
	Store *store.Store
	Log   *slog.Logger
	// Wide is how many organisations news may reach before somebody else than
	// the writer has to release them; zero: however many.
	Wide int
	// Mail is where somebody of the provider reads mail, and in which language,
	// in the provider's own unit; empty: nowhere any more.
	Mail func(*store.Tx, id.Staff) (string, lang.Tag, error)
}

// Draft is one word that is about to be said.
type Draft struct {
	Notice id.Notice // empty: the first word of a new one
	Kind   Kind      // of a new one
	News
	Phrase string
	Words  string
	Phone  string // where the writer is called if the next word does not come; empty: where they were called before
	Seen   string // digest of the preview that the writer saw
}

// Preview is who would be told, and what.
type Preview struct {
	After  Notice
	Said   Said
	To     []audience.Audience // by organisation
	Wide   bool
	Digest string // changes with everything that is shown
}

func may(who actor.Actor, action string, facts policy.Fact) (string, error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation", Facts: facts})
}

// Look shows who would be told of a draft (BS5). Faults are at the draft's
// fields.
func (o Office) Look(ctx context.Context, who actor.Actor, d Draft) (p Preview, err error) {
	if _, err := may(who, "writeNotice", 0); err != nil {
		return p, err
	}
	p, _, err = o.look(ctx, who, d)
	return p, err
}

// Say puts a word down (BS5). It is told at once, or, where it reaches many,
// once somebody else has released it. Whoever is told is who the preview
// showed: Conflict "audience_changed" if that is somebody else by now.
func (o Office) Say(ctx context.Context, who actor.Actor, d Draft) (p Preview, err error) {
	rule, err := may(who, "writeNotice", 0)
	if err != nil {
		return p, err
	}
	p, before, err := o.look(ctx, who, d)
	if err == nil && p.Digest != d.Seen {
		err = errSeen
	}
	if err != nil {
		return p, err
	}
	return p, o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		if d.Notice != "" {
			now, err := store.One(tx, holdNotice, scanNotice, d.Notice)
			if err == nil && !reflect.DeepEqual(now, before) {
				err = errSeen
			}
			if err != nil {
				return err
			}
		}
		return p.put(tx, who, rule, d)
	})
}

var errSeen error = fault.New(fault.Conflict, "audience_changed")

// put writes the word and what the notice is after it.
func (p Preview) put(tx *store.Tx, who actor.Actor, rule string, d Draft) error {
	w := Word{State: p.After.State, Phrase: d.Phrase, Words: d.Words, By: who.Staff, ByName: who.Name, Wide: p.Wide}
	if !p.Wide {
		w.Released = tx.Now()
	}
	return errors.Join(
		p.After.say(tx, w),
		ledger.Append(tx, who, ledger.Entry{Kind: "notice.written", Subject: string(p.After.ID), Rule: rule, Facts: map[string]any{
			"Kind": string(p.After.Kind), "State": string(p.After.State), "N": p.After.Said, "Phrase": d.Phrase, "Organisations": len(p.To), "Wide": p.Wide,
		}}),
	)
}

// Release lets a word go that waits for a second person.
func (o Office) Release(ctx context.Context, who actor.Actor, which id.Notice, n int) error {
	return o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := store.All(tx, listNews, scanWord, which)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(w Word) bool { return w.N == n })
		if i < 0 {
			return fault.New(fault.NotFound, "not_found")
		}
		var own policy.Fact
		if all[i].By == who.Staff {
			own = policy.Own
		}
		rule, err := may(who, "releaseNotice", own)
		if err != nil {
			return err
		}
		gone, err := tx.Exec(release, which, n, tx.Now(), who.Staff)
		if err == nil && gone == 0 {
			err = fault.New(fault.Conflict, "already_done")
		}
		tx.Touch(Topic)
		return errors.Join(err, ledger.Append(tx, who, ledger.Entry{
			Kind: "notice.released", Subject: string(which), Rule: rule, Facts: map[string]any{"N": n},
		}))
	})
}

// look is a draft's preview, and what the notice is before it. It only reads: a
// unit that writes would hold every customer until its end, and no alarm would
// get through.
func (o Office) look(ctx context.Context, who actor.Actor, d Draft) (p Preview, before Notice, err error) {
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		p, before, err = o.preview(tx, who, d)
		return err
	})
	return p, before, err
}

func (o Office) preview(tx *store.AcrossTx, who actor.Actor, d Draft) (p Preview, before Notice, err error) {
	now, known := tx.Now(), []component.Component(nil)
	before = Notice{ID: d.Notice, Kind: d.Kind}
	err = tx.For(identity.Provider, func(tx *store.Tx) error {
		if d.Notice != "" {
			if before, err = store.One(tx, getNotice, scanNotice, d.Notice); err != nil {
				return err
			}
		}
		known, err = component.All(tx)
		return err
	})
	if err != nil {
		return p, before, err
	}
	p.After, err = before.Take(d.News, now)
	err = fault.Join(err, before.check(&d, known))
	if err != nil {
		return p, before, err
	}
	if p.After.ID == "" {
		p.After.ID = id.New[id.Notice]()
	}
	p.After.Owner, p.After.OwnerName, p.After.Phone = who.Staff, who.Name, d.Phone
	p.Said = Said{Phrase: d.Phrase, Words: d.Words, Parts: nameOf(known, d.Components)}
	tree, err := component.Grow(known)
	if err != nil {
		return p, before, err
	}
	if p.To, err = audiences(tx, tree, p.After.subject()); err != nil {
		return p, before, err
	}
	p.Wide = o.Wide > 0 && len(p.To) > o.Wide
	p.Digest, err = p.digest(d)
	return p, before, err
}

// subject is what a notice is about, as far as it matters to who is told.
func (n Notice) subject() audience.Subject {
	s := audience.Subject{Category: contact.Incident, Components: n.Components}
	if n.Kind == Maintenance {
		s.Category = contact.Maintenance
	}
	return s
}

// check looks at what a draft brings beside the news themselves, and writes the
// number as it is dialled.
func (n Notice) check(d *Draft, known []component.Component) (wrong error) {
	if phone := strings.TrimSpace(d.Phone); phone != "" {
		var err error
		if d.Phone, err = address.Phone(phone, ""); err != nil {
			wrong = fault.From(err).At("phone")
		}
	}
	if n.Kind != Incident && n.Kind != Maintenance {
		wrong = fault.Join(wrong, fault.New(fault.Invalid, "notice_kind").At("kind"))
	}
	if !slices.Contains(n.Phrases(d.State), d.Phrase) {
		wrong = fault.Join(wrong, fault.New(fault.Invalid, "phrase_unknown").At("phrase"))
	}
	if len([]rune(d.Words)) > most {
		wrong = fault.Join(wrong, fault.New(fault.Invalid, "too_long").At("words").With("Max", most))
	}
	for _, c := range d.Components {
		if !slices.ContainsFunc(known, func(k component.Component) bool { return k.ID == c }) {
			wrong = fault.Join(wrong, fault.New(fault.Invalid, "component_unknown").At("components"))
		}
	}
	return wrong
}

func nameOf(known []component.Component, which []id.Component) (names []string) {
	for _, c := range known {
		if slices.Contains(which, c.ID) {
			names = append(names, c.Name)
		}
	}
	return names
}

// digest names what a preview shows: who, why, over what, and the words.
func (p Preview) digest(d Draft) (string, error) {
	n := p.After
	n.ID, n.Last = "", time.Time{} // not shown, and another at each look
	shown, err := json.Marshal([]any{n, d.Phrase, d.Words, p.To})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(shown)
	return hex.EncodeToString(sum[:12]), nil
}

// String is for logs: which word of which notice.
func (w Word) String() string { return strings.TrimSpace(fmt.Sprintf("%s/%d", w.Notice, w.N)) }
