package outage_test

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/outage"
	"muster/tell/told"
)

// world is a provider with one part that runs for two customers, and the folder
// of its snapshots.
type world struct {
	*testing.T
	town         *town.Town
	olga         actor.Actor
	north, south *town.Organisation
	part         id.Component
	keeper       outage.Keeper
}

func open(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{T: t, town: town.New(t, s)}
	w.olga = actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga", Door: actor.Board, Support: actor.Support{Department: actor.SecondLine, Stands: true}}
	var err error
	w.part, err = component.Keep(t.Context(), s, w.olga, component.Component{Name: "Database"})
	w.must(err)
	w.north, w.south = w.town.Organisation("North"), w.town.Organisation("South")
	for _, org := range []*town.Organisation{w.north, w.south} {
		w.must(component.Install(t.Context(), s, w.olga, org.ID, []component.Installation{{Component: w.part}}))
		deputy := org.Monitor("Deputy of " + org.Admin.Name)
		w.must(duty.Assign(t.Context(), s, org.Admin.Actor, duty.Technical, org.Admin.Person.Person, deputy.Person.Person))
	}
	w.must(contact.Proved(t.Context(), s, w.north.Admin.Actor, w.north.Admin.First("email"))) // nobody of South has an address that counts
	keys, err := outage.OpenKeys(t.Context(), s, w.town.Keys)
	w.must(err)
	w.keeper = outage.Keeper{
		Store: s, Keys: keys, Folder: outage.Folder(filepath.Join(t.TempDir(), "outage")), Wide: 10, URL: "https://muster.test", Log: slog.New(slog.DiscardHandler),
		Aftermath: deliver.Aftermath{Failed: told.Unheard, Dead: contact.Bounced},
		Gather: func(_ context.Context, s *outage.Snapshot) error {
			s.Staff = append(s.Staff, outage.Member{ID: w.olga.Staff, Name: w.olga.Name, Email: "olga@provider.test"})
			return nil
		},
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// taker takes everything.
type taker struct{ got []deliver.Outgoing }

func (*taker) Name() string { return "email" }

func (c *taker) Send(_ context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	c.got = append(c.got, out)
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: string(out.Attempt), Detail: "250 taken"}, nil
}

// tell tells a word from the folder alone, and gives the journal.
func (w *world) tell(by *taker) string {
	w.Helper()
	snap, keys, err := w.keeper.Folder.Read("")
	w.must(err)
	now := time.Now().UTC().Truncate(time.Microsecond)
	d := notice.Draft{Kind: notice.Incident, Phrase: "unreachable", Words: "The disks are gone."}
	d.State, d.Since, d.Promised, d.Components = notice.Investigating, now.Add(-time.Minute), now.Add(time.Hour), []id.Component{snap.Components[0].ID}
	run, p, err := snap.Plan(d, notice.Notice{Kind: notice.Incident}, snap.Staff[0], outage.Member{}, now)
	w.must(err)
	if len(p.To) != 2 || run.People() != 1 {
		w.Fatalf("%+v", p.To)
	}
	run.ID = outage.Name(now, []byte(run.After.ID))
	j, err := w.keeper.Folder.Begin(keys, run)
	w.must(err)
	at := &url.URL{Scheme: "https", Host: "muster.test"}
	send := outage.Sender{Channels: map[string]deliver.Channel{"email": by}, Compose: (&deliver.Engine{URL: at}).Compose, Now: time.Now}
	tally, err := send.Send(w.Context(), j)
	w.must(err)
	if tally.Out != 1 || tally.Silent != 1 {
		w.Fatalf("%+v", tally)
	}
	w.must(j.Close())
	return j.Path
}

func (w *world) heard(org *town.Organisation) (words []told.Told, receipts []told.Receipt) {
	w.Helper()
	w.must(w.town.Store.View(w.Context(), org.ID, func(tx *store.Tx) (err error) {
		if words, err = told.Heard(tx, org.Admin.Actor, ""); err == nil && len(words) > 0 {
			receipts, err = told.Receipts(tx, words[0].Notice)
		}
		return err
	}))
	return words, receipts
}

func TestNotice31WhatWasToldBesideTheDatabaseIsTakenInOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.must(w.keeper.Turn(t.Context()))
		relay := &taker{}
		path := w.tell(relay)
		var first, again outage.Held
		for i, h := range []*outage.Held{&first, &again} {
			var err error
			*h, err = w.keeper.Adopt(t.Context(), path)
			w.must(err)
			words, receipts := w.heard(w.north)
			if len(words) != 1 || words[0].Words != "The disks are gone." || words[0].Reached != 1 {
				t.Fatalf("time %d, North heard %+v", i, words)
			}
			if len(receipts) == 0 || receipts[0].State != deliver.HandedOver || receipts[0].Name != w.north.Admin.Name {
				t.Errorf("time %d: %+v", i, receipts)
			}
			if words, _ := w.heard(w.south); len(words) != 1 || words[0].Reached != 0 {
				t.Errorf("time %d, South: %+v", i, words)
			}
		}
		office := notice.Office{Store: s, Log: w.keeper.Log}
		n, words, err := office.Open(t.Context(), w.olga, first.Notice)
		w.must(err)
		if n.Said != 1 || n.OwnerName != "Olga" || len(words) != 1 || words[0].ByName != "Olga" || words[0].Carried.IsZero() {
			t.Errorf("%+v, %+v", n, words)
		}
		rounds := told.Office{Store: s, Log: w.keeper.Log}
		w.must(rounds.Turn(t.Context())) // nothing is told anew
		if got := len(relay.got); got != 1 || relay.got[0].Thread != string(first.Notice) {
			t.Errorf("%d mails, %+v", got, relay.got)
		}
		calls, err := rounds.Calls(t.Context(), w.olga)
		w.must(err)
		if len(calls) != 1 || calls[0].Org != w.south.ID {
			t.Errorf("to be called: %+v", calls)
		}
		w.reported(relay.got[0], s)
	})
}

// reported has a report of the carrier's reach what was taken in.
func (w *world) reported(out deliver.Outgoing, s *store.Store) {
	w.Helper()
	w.must(w.keeper.Aftermath.Apply(w.Context(), s, "email", deliver.Report{ProviderID: string(out.Attempt), State: deliver.Delivered, Detail: "250 there"}))
	if _, receipts := w.heard(w.north); receipts[0].State != deliver.Delivered {
		w.Errorf("a report that came later: %+v", receipts)
	}
}

func TestNotice31TheProviderReadsHowOldTheSnapshotIsAndOfDrills(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.must(w.keeper.Turn(t.Context()))
		snap, keys, err := w.keeper.Folder.Read("")
		w.must(err)
		run, err := snap.Drill(snap.Staff[0], []string{"olga@provider.test"}, time.Now().UTC())
		w.must(err)
		run.ID = outage.Name(run.Started, nil)
		j, err := w.keeper.Folder.Begin(keys, run)
		w.must(err)
		at := &url.URL{Scheme: "https", Host: "muster.test"}
		_, err = outage.Sender{Channels: map[string]deliver.Channel{"email": &taker{}}, Compose: (&deliver.Engine{URL: at}).Compose, Now: time.Now}.Send(t.Context(), j)
		w.must(err)
		w.must(j.Close())
		w.must(w.keeper.Turn(t.Context()))
		if words, _ := w.heard(w.north); len(words) != 0 {
			t.Errorf("a customer heard of a drill: %+v", words)
		}
		state, err := outage.Look(t.Context(), s, w.olga)
		w.must(err)
		if len(state.Kept) != 1 || state.Kept[0].Organisations != 2 || len(state.Held) != 1 || !state.Held[0].Drill || state.Held[0].Tally.Out != 1 {
			t.Fatalf("%+v", state)
		}
		for name, c := range map[string]struct {
			after time.Duration
			want  outage.Trouble
		}{
			"all is well":        {0, ""},
			"an old snapshot":    {outage.Overdue + time.Minute, outage.Stale},
			"both, the snapshot": {outage.DrillDue + time.Hour, outage.Stale},
		} {
			if got := state.Trouble(s.Now().Add(c.after)); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		state.Kept[0].Taken = s.Now().Add(outage.DrillDue + time.Hour)
		if got := state.Trouble(s.Now().Add(outage.DrillDue + time.Hour)); got != outage.Undrilled {
			t.Errorf("a drill long ago: %q", got)
		}
	})
}
