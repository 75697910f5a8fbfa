package outage

import (
	"context"
	"errors"
	"os"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/identity"
	"muster/ledger"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/told"
)

// kept is how long a journal stays after it is in the books: it names people, who
// may be erased there.
const kept = 7 * 24 * time.Hour

// AdoptAll takes in the journals of the folder. One that another program has
// open is left to it.
func (k Keeper) AdoptAll(ctx context.Context) (failed error) {
	all, err := k.Folder.Journals()
	if err != nil {
		return err
	}
	for _, path := range all {
		h, err := k.Adopt(ctx, path)
		if err == nil && !h.Adopted.IsZero() && k.Store.Now().Sub(h.Adopted) > kept {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, errBusy) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Adopt takes a journal into the books: the provider's, and that of each
// organisation that was told. What is in them already stays as it is, and what
// the run left undone goes on from where it was.
func (k Keeper) Adopt(ctx context.Context, path string) (h Held, err error) {
	j, err := OpenJournal(k.Keys, path)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if h, err = k.enter(ctx, j); err != nil {
		return h, err
	}
	if h.Adopted.IsZero() && !h.Drill {
		w := j.word()
		w.N = h.N
		for _, house := range j.Run.Houses {
			if err := k.Store.Do(ctx, house.Org, func(tx *store.Tx) error { return k.house(tx, j, w, house) }); err != nil {
				return h, err
			}
		}
	}
	if h.Adopted.IsZero() {
		if err := k.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error { return h.done(tx) }); err != nil {
			return h, err
		}
	}
	if j.Given.IsZero() {
		at := k.Store.Now()
		err = j.add(record{Given: &at}, true)
	}
	return h, err
}

// enter puts the run, and the word it told, among the provider's; once.
func (k Keeper) enter(ctx context.Context, j *Journal) (h Held, err error) {
	err = k.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := store.All(tx, getRun, scanHeld, j.Run.ID)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			h = all[0]
			return nil
		}
		r, n := j.Run, 0
		h = Held{Run: r.ID, Drill: r.Drill, Notice: r.After.ID, Began: r.Started, Taken: r.Taken, Writer: r.By.ID, By: r.By.Name, Second: r.Second.Name, Tally: j.Count(), Would: r.Would, WouldOrgs: r.WouldOrgs}
		if !r.Drill {
			after, err := j.word().Adopt(tx, r.Second.ID)
			if err != nil {
				return err
			}
			n = after.Said
		}
		h.N = n
		t := h.Tally
		tx.Touch(topic)
		return errors.Join(
			tx.Write(addRun, h.Run, h.Drill, h.Notice, h.N, h.Began, h.Taken, h.Writer, h.By, h.Second,
				t.Letters, t.Out, t.Lost, t.Twice, t.Missing, t.Silent, h.Would, h.WouldOrgs),
			ledger.Append(tx, actor.Engine(), h.entry()),
		)
	})
	return h, err
}

// entry is what the provider's book says of a run.
func (h Held) entry() ledger.Entry {
	t, kind := h.Tally, "outage.told"
	if h.Drill {
		kind = "outage.drill"
	}
	e := ledger.Entry{
		Kind: kind, Subject: string(h.Notice),
		Facts: map[string]any{
			"Run": h.Run, "N": h.N, "When": h.Began.UnixMicro(), "Snapshot": h.Taken.UnixMicro(), "Messages": t.Letters, "Out": t.Out, "Lost": t.Lost,
			"Twice": t.Twice, "Missing": t.Missing, "Silent": t.Silent,
		},
		Personal: map[string]string{"Staff": h.By},
	}
	if h.Second != "" {
		e.Kind, e.Personal["Second"] = "outage.told_by_two", h.Second
	}
	return e
}

func (h Held) done(tx *store.Tx) error {
	n, err := tx.Exec(given, h.Run, tx.Now())
	if err != nil || n == 0 {
		return err
	}
	tx.Touch(topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "outage.adopted", Subject: string(h.Notice), Facts: map[string]any{"Run": h.Run, "N": h.N}})
}

// word is what the run told, as one of its notice's news.
func (j *Journal) word() notice.Word {
	r := j.Run
	return notice.Word{
		Notice: r.After.ID, State: r.After.State, Phrase: r.Phrase, Words: r.Words, By: r.By.ID, ByName: r.By.Name, Wide: r.Wide,
		Written: r.Started, Released: r.Started, After: r.After,
	}
}

// house puts what one organisation was told into its rows and its book, with
// what follows from a dead address and from a word that nobody got.
func (k Keeper) house(tx *store.Tx, j *Journal, w notice.Word, h House) error {
	people, dying := make([]told.Recorded, 0, len(h.Letters)), []attempt(nil)
	for _, l := range h.Letters {
		p, tries := j.recorded(l)
		people = append(people, p)
		for _, t := range tries {
			if t.Dead != dead.Alive {
				dying = append(dying, t)
			}
		}
	}
	fresh, err := told.Adopt(tx, w, h.Parts, people, h.Missing)
	if err != nil || !fresh {
		return err
	}
	for _, t := range dying {
		if k.Aftermath.Dead != nil {
			err = errors.Join(err, k.Aftermath.Dead(tx, t.Attempt, t.Dead))
		}
	}
	for _, p := range people {
		lost := p.Message.State == deliver.Failed || p.Message.State == deliver.Expired
		if lost && k.Aftermath.Failed != nil {
			err = errors.Join(err, k.Aftermath.Failed(tx, p.Message))
		}
	}
	return err
}

// recorded is a letter as the journal leaves it. What a carrier may have without
// our knowing counts as a try, and goes on as another.
func (j *Journal) recorded(l Letter) (p told.Recorded, tries []attempt) {
	now, _, unsure := j.Now(l.Message)
	tries = j.tries[l.ID]
	p = told.Recorded{Message: now, Why: l.Why, Twice: j.twice(l)}
	for _, t := range tries {
		p.Tries = append(p.Tries, t.Attempt)
	}
	if unsure {
		_, _, a, _ := now.Tried(deliver.Receipt{}, errUnsure, j.Run.Started)
		p.Tries, p.Twice = append(p.Tries, a), true
		p.Message.Tries++
	}
	return p, tries
}

var errUnsure = errors.New("possibly twice: the program ended while the carrier had it")
