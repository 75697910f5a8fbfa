package enrol

import (
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// Secret is the safe words of the unit's organisation, for an operator who is
// at work inside it.
type Secret struct {
	Tx     *store.Tx
	Keys   *seal.Keys
	Inside actor.Actor
}

// Is tells whether what an operator was told is the worker's safe word
// (SS8). It takes as long for a wrong word as for a right one, says nothing of
// the word, and is in the book.
func (s Secret) Is(worker id.Person, about id.Alarm, said string) (bool, error) {
	rule, word, err := s.open(worker, "checkSafeWord")
	if err != nil {
		return false, err
	}
	mac := s.Keys.MAC(wordPurpose, string(s.Tx.Org()), folded(word))
	right := s.Keys.Check(mac, wordPurpose, string(s.Tx.Org()), folded(said))
	return right, ledger.Append(s.Tx, s.Inside, ledger.Entry{
		Kind: "safe_word.checked", Subject: string(about), About: worker, Rule: rule, Facts: map[string]any{"Right": right},
	})
}

// Show opens the worker's safe word for whoever is handling the alarm. Each
// look is in the book, where the worker finds it.
func (s Secret) Show(worker id.Person, about id.Alarm) (string, error) {
	rule, word, err := s.open(worker, "seeSafeWord")
	if err != nil {
		return "", err
	}
	return word, ledger.Append(s.Tx, s.Inside, ledger.Entry{Kind: "safe_word.looked", Subject: string(about), About: worker, Rule: rule})
}

func (s Secret) open(worker id.Person, action string) (rule, word string, err error) {
	rule, err = policy.Check(s.Inside, action, policy.Resource{Type: "SafeWord", ID: string(worker), Org: s.Tx.Org(), Person: worker})
	if err != nil {
		return "", "", err
	}
	e, _, err := Find(s.Tx, worker)
	if err != nil {
		return "", "", err
	}
	if !e.Word {
		return "", "", fault.New(fault.NotFound, "no_safe_word")
	}
	plain, err := s.Keys.Open(wordPurpose, e.word)
	return rule, string(plain), err
}

// Looks lists who has looked at the worker's safe word or tried it, newest
// first, for the worker to see. What belongs to a silent alarm is left out
// until a day after its end: whoever has the phone then must not read that
// somebody is at work on it (OA10).
func Looks(tx *store.Tx, worker id.Person, limit int) ([]ledger.Record, error) {
	shown, err := ledger.List(tx, ledger.Filter{About: worker, Kind: "safe_word.looked", Limit: limit})
	if err != nil {
		return nil, err
	}
	tried, err := ledger.List(tx, ledger.Filter{About: worker, Kind: "safe_word.checked", Limit: limit})
	if err != nil {
		return nil, err
	}
	silent := map[string]bool{}
	return slices.DeleteFunc(newest(append(shown, tried...), limit), func(r ledger.Record) bool {
		quiet, asked := silent[r.Subject]
		if !asked {
			var a alarm.Alarm
			a, err = alarm.Read(tx, id.Alarm(r.Subject))
			quiet = err != nil || a.Kind == alarm.Duress && (a.Open() || tx.Now().Sub(a.Closed.At) < quietAfter)
			silent[r.Subject] = quiet
		}
		return quiet
	}), err
}

// quietAfter is how long after a silent alarm what was done about it stays
// unseen by its worker.
const quietAfter = 24 * time.Hour
