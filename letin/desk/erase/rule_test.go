package erase

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/fault"
)

var all = []Step{Show, Decline, Write, Approve, Compare, List, Send, Agree, Pass, Record, Own}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// by is who takes a step in these tests: the paper and its approval are by
// different people, and the director's yes comes from the address on file.
func by(s Step) Done {
	d := Done{At: noon, By: "Agent", ID: "stf_agent"}
	switch s {
	case Approve:
		d.ID = "stf_head"
	case Agree:
		d.By = "director@good.test"
	}
	return d
}

func fresh(real bool) Deletion {
	return Deletion{Real: real, Address: "director@good.test", Until: noon.Add(time.Hour), List: []string{"Invoices of 2019"}}
}

// Every order of every step: from each state that can be reached, each step is
// tried, and only the one whose turn it is is taken.
func TestFL6FL7NoStepIsLeftOutInAnyOrder(t *testing.T) {
	for _, real := range []bool{false, true} {
		tried, ends := 0, 0
		seen := map[string]bool{}
		var walk func(d Deletion)
		walk = func(d Deletion) {
			if key := key(d); seen[key] {
				return
			} else {
				seen[key] = true
			}
			holds(t, d)
			if d.Over() {
				ends++
			}
			for _, s := range all {
				tried++
				next, err := d.take(s, by(s))
				allowed := !d.Over() && (s == d.Next() || s == Own && !d.Has(Pass) || (s == List || s == Send) && d.Has(s) && !d.Has(Agree))
				if (err == nil) != allowed {
					t.Errorf("real %t after %v: %s gives %v", real, slices.Sorted(maps.Keys(d.Steps)), s, err)
				}
				if err == nil {
					walk(next)
				} else if key(next) != key(d) {
					t.Errorf("a step that was refused changed something: %s", s)
				}
			}
		}
		walk(fresh(real))
		if tried < 70 || ends < 5 {
			t.Errorf("real %t: %d tries, %d ends: this test looks in the wrong place", real, tried, ends)
		}
	}
}

func key(d Deletion) string {
	out := ""
	for _, s := range slices.Sorted(maps.Keys(d.Steps)) {
		out += string(s) + " "
	}
	return out
}

// holds is what must be true however one came here.
func holds(t testing.TB, d Deletion) {
	t.Helper()
	need := func(s Step, before ...Step) {
		for _, b := range before {
			if d.Has(s) && !d.Has(b) {
				t.Errorf("%s without %s: %v", s, b, d.Steps)
			}
		}
	}
	if d.Real {
		need(Pass, Compare, List, Send, Agree)
		need(Agree, Compare, List, Send)
	} else {
		need(Pass, Show, Decline, Write, Approve)
		need(Approve, Write)
	}
	need(Record, Pass)
	if d.Has(Own) && d.Has(Pass) {
		t.Errorf("done twice: %v", d.Steps)
	}
}

func TestFL7AtRandomNothingGoesWithoutTheDirectorsYes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := fresh(rapid.Bool().Draw(t, "real"))
		var agreed []string
		for range rapid.IntRange(1, 25).Draw(t, "tries") {
			s := rapid.SampledFrom(all).Draw(t, "step")
			as := by(s)
			as.At = noon.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minute")) * time.Minute)
			if rapid.Bool().Draw(t, "wrong") {
				as.By, as.ID = "eve@good.test", "stf_agent"
			}
			next, err := d.take(s, as)
			if err != nil {
				continue
			}
			if s == Agree {
				if as.By != d.Address || !as.At.Before(d.Until) {
					t.Fatalf("agreed by %s at %s", as.By, as.At)
				}
				agreed = append(agreed, next.Digest())
			}
			if s == Approve && as.ID == d.Steps[Write].ID {
				t.Fatal("approved by whoever wrote it")
			}
			if s == List {
				next.List = []string{rapid.StringN(1, 10, 40).Draw(t, "list")}
			}
			d = next
			if d.Real && d.Has(Pass) && !slices.Contains(agreed, d.Digest()) {
				t.Fatal("a list was passed on that nobody agreed to")
			}
		}
	})
}

func TestFL7AnotherListNeedsAnotherYes(t *testing.T) {
	d := fresh(true)
	for _, s := range []Step{Compare, List, Send, List} {
		var err error
		if d, err = d.take(s, by(s)); err != nil {
			t.Fatal(s, err)
		}
	}
	if _, err := d.take(Agree, by(Agree)); !errors.Is(err, fault.New(fault.Conflict, "erase_not_sent")) {
		t.Errorf("a link to the list before is still good: %v", err)
	}
}

func TestFL6WhoeverWroteItDoesNotApproveIt(t *testing.T) {
	d := fresh(false)
	for _, s := range []Step{Show, Decline, Write} {
		d, _ = d.take(s, by(s))
	}
	if _, err := d.take(Approve, by(Write)); !errors.Is(err, fault.New(fault.Forbidden, "erase_own_paper")) {
		t.Error(err)
	}
	if d, err := d.take(Approve, by(Approve)); err != nil || d.Next() != Pass || d.Missing() != "" {
		t.Error(err, d.Next())
	}
}

func TestListsAreReadALineEach(t *testing.T) {
	got, err := lines("Invoices  of 2019\r\n\n  Invoices of 2019\nVisits of Harbour\n")
	if err != nil || !slices.Equal(got, []string{"Invoices of 2019", "Visits of Harbour"}) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := lines(" \n"); err == nil {
		t.Error("a list of nothing")
	}
	if _, err := (Paper{Who: "Kaisa", Why: "x"}).check(); len(fault.All(err)) != 2 {
		t.Error(err)
	}
}
