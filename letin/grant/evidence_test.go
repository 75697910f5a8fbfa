package grant_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/fault"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// access A13: one file a grant, which tells its whole story, holds by itself
// against the book's key, and not any more once it is touched.
func TestAccessA13TheEvidenceHoldsByItself(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		g := w.opened()
		if err := w.enter(w.agent.Actor, g.ID); err != nil {
			t.Fatal(err)
		}
		var early, file bytes.Buffer
		if err := w.office.Evidence(t.Context(), w.lead.Actor, g.ID, &early); err != nil {
			t.Fatal(err)
		}
		if c, err := grant.CheckEvidence(bytes.NewReader(early.Bytes()), ""); err != nil || c.Complete {
			t.Errorf("while it is open: %+v, %v", c, err)
		}
		if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, g.ID, "Thank you"); err != nil {
			t.Fatal(err)
		}
		if err := w.office.Evidence(t.Context(), w.Monitor("Mika").Actor, g.ID, &file); fault.From(err).Code != "refused" || file.Len() > 0 {
			t.Errorf("taken by a monitor: %v", err)
		}
		if err := w.office.Evidence(t.Context(), w.Admin.Actor, g.ID, &file); err != nil {
			t.Fatal(err)
		}
		text := file.String()
		c, err := grant.CheckEvidence(strings.NewReader(text), w.office.Book.Key(w.ID))
		if err != nil || !c.Complete || c.Grant != g.ID || c.Organisation != w.ID {
			t.Fatalf("%+v, %v", c, err)
		}
		for _, kind := range []string{
			"grant.asked", "grant.consented", "grant.approved", "grant.opened", "grant.used", "grant.revoked", "grant.evidence", "grant.denied",
		} {
			if !strings.Contains(text, `"kind":"`+kind+`"`) {
				t.Errorf("nothing of %s", kind)
			}
		}
		lines := strings.SplitAfter(text, "\n")
		for what, other := range map[string]string{
			"a word changed":    strings.Replace(text, "Thank you", "Thank me.", 2),
			"an act changed":    strings.Replace(text, `"kind":"grant.revoked"`, `"kind":"grant.expired"`, 1),
			"cut off":           strings.Join(lines[:len(lines)-2], ""),
			"an entry left out": strings.Join(append(append([]string{}, lines[:4]...), lines[5:]...), ""),
			"entries swapped":   strings.Join(append(append(append([]string{}, lines[:3]...), lines[4], lines[3]), lines[5:]...), ""),
			"said again":        text + lines[3],
			"another key":       strings.Replace(text, w.office.Book.Key(w.ID), w.office.Book.Key(w.Town.Organisation("Elsewhere").ID), 1),
			"another approver":  strings.Replace(text, "Saara Success", "Anna Other", 1),
			"one less, counted": strings.Replace(strings.Join(append(append([]string{}, lines[:4]...), lines[5:]...), ""), fmt.Sprintf(`"entries":%d`, c.Entries), fmt.Sprintf(`"entries":%d`, c.Entries-1), 1),
			"said to be whole":  strings.Replace(early.String(), `"complete":false`, `"complete":true`, 1),
		} {
			if _, err := grant.CheckEvidence(strings.NewReader(other), w.office.Book.Key(w.ID)); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// WK9, access A2 once more, through the database: whoever plays with whatever
// grants there are, none is open by the yes of one, of whoever asked or enters,
// or of one group.
func TestWK9NobodyLetsThemselvesInThroughTheCommands(t *testing.T) {
	w := open(t, mustertest.Store(t))
	var all []town.Colleague
	for i := range 8 {
		held := [][]actor.Position{
			{actor.SuccessManager}, {actor.Director, actor.Head}, {actor.ServicesManager, actor.SuccessManager}, {actor.Head}, nil, {actor.Delegate}, nil, {actor.Head, actor.Director},
		}[i]
		all = append(all, w.Staff(fmt.Sprint("Colleague ", i), []actor.Department{actor.FirstLine, actor.SecondLine}[i%2], held...))
	}
	for _, c := range all[:4] { // an emergency is open by whoever was put on the list by another
		if err := w.office.PutBreaker(t.Context(), all[5].Actor, c.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(what string) town.Colleague { return rapid.SampledFrom(all).Draw(rt, what) }
		asks, who := pick("asks"), pick("who")
		d := w.draft()
		d.Staff = who.ID
		g, err := w.office.Ask(t.Context(), asks.Actor, d)
		if err != nil {
			if asks.ID != who.ID && fault.From(err).Code != "asked_already" {
				rt.Fatalf("%s asks for %s: %v", asks.Name, who.Name, err)
			}
			return
		}
		yes := map[string]bool{}
		for range rapid.IntRange(0, 16).Draw(rt, "acts") {
			switch by := pick("by"); rapid.IntRange(0, 4).Draw(rt, "act") {
			case 0:
				_, err = w.consent(g.ID)
			case 1:
				if _, err = w.office.Withdraw(t.Context(), by.Actor, g.ID); err == nil {
					delete(yes, string(by.ID))
				}
			default:
				if _, err = w.office.Approve(t.Context(), by.Actor, g.ID); err == nil {
					yes[string(by.ID)] = true
				}
			}
			if err == nil {
				continue
			}
			if k := fault.KindOf(err); k != fault.Forbidden && k != fault.Conflict && k != fault.NotFound {
				rt.Fatal(err)
			}
		}
		f, err := w.office.File(t.Context(), w.Admin.Actor, g.ID)
		if err != nil {
			rt.Fatal(err)
		}
		delete(yes, string(asks.ID))
		delete(yes, string(who.ID))
		if f.Stage == grant.Open {
			if opened++; len(yes) < 2 || f.Grant.Consent.At.IsZero() {
				rt.Fatalf("open by %d", len(yes))
			}
		}
		for _, c := range all {
			if in := w.enter(c.Actor, g.ID) == nil; in && (c.ID != who.ID || f.Stage != grant.Open) {
				rt.Fatalf("%s enters by the grant of %s, which is %s", c.Name, who.Name, f.Stage)
			}
		}
		if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, g.ID, ""); err != nil {
			rt.Fatal(err)
		}
	})
	if opened == 0 {
		t.Error("nothing ever opened: this test looks in the wrong place")
	}
	t.Logf("%d opened", opened)
	for _, c := range all {
		_, err := w.office.Break(t.Context(), c.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"})
		if listed := c.ID == all[0].ID || c.ID == all[1].ID || c.ID == all[2].ID || c.ID == all[3].ID; listed != (err == nil) {
			t.Errorf("%s breaks glass: %v", c.Name, err)
		}
	}
}
