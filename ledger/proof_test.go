package ledger_test

import (
	"strings"
	"testing"

	"muster/fault"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

func TestEveryEntryCanBeProved(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		var many []ledger.Entry
		for n := range 600 { // so that some hashes come from stored subtrees
			many = append(many, note(n))
		}
		add(t, s, many...)
		add(t, s, note(600))
		key := b.Key(org)
		for _, seq := range []int64{0, 1, 255, 256, 511, 512, 599, 600} {
			leaf, proof, err := b.Prove(t.Context(), org, seq)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckProof(leaf, proof, key); err != nil {
				t.Errorf("entry %d: %v\n%s", seq, err, proof)
			}
			if err := ledger.CheckProof(strings.Replace(leaf, "call-handle", "call-watch", 1), proof, key); err == nil {
				t.Errorf("entry %d: the proof holds for a changed entry", seq)
			}
		}
		for _, seq := range []int64{-1, 601} {
			if _, _, err := b.Prove(t.Context(), org, seq); fault.KindOf(err) != fault.NotFound {
				t.Errorf("entry %d: got %v", seq, err)
			}
		}
		// The next checkpoint is proved to continue this one.
		add(t, s, many...)
		if _, err := b.Checkpoint(t.Context(), org); err != nil {
			t.Error(err)
		}
	})
}

func TestProofsHoldAfterErasure(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		add(t, s, note(0), note(1))
		leaf, proof, err := b.Prove(t.Context(), org, 1)
		if err != nil {
			t.Fatal(err)
		}
		err = erase(t, s, ledger.Erasure{Person: bo.Person})
		if err != nil {
			t.Fatal(err)
		}
		again, later, err := b.Prove(t.Context(), org, 1)
		if err != nil || again != leaf {
			t.Fatalf("the leaf has changed: %v", err)
		}
		for _, p := range []string{proof, later} {
			if err := ledger.CheckProof(leaf, p, b.Key(org)); err != nil {
				t.Error(err)
			}
		}
		for _, r := range list(t, s, ledger.Filter{}) {
			if !r.Erased || r.Actor.Name != "" || r.Actor.IP != "" || r.Actor.ID != string(bo.Person) {
				t.Errorf("entry %d still shows %+v", r.Seq, r.Actor)
			}
			if r.Kind == "alarm.noted" && r.Personal["Note"] == "" {
				t.Errorf("entry %d lost what is about somebody else", r.Seq)
			}
		}
	})
}
