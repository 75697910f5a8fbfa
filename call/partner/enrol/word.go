package enrol

import (
	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// IsWord tells whether what an operator was told is the worker's safe word
// (SS8). It takes as long for a wrong word as for a right one, says nothing of
// the word, and is in the book.
func IsWord(tx *store.Tx, keys *seal.Keys, inside actor.Actor, worker id.Person, about id.Alarm, said string) (bool, error) {
	rule, word, err := open(tx, keys, inside, worker, "checkSafeWord")
	if err != nil {
		return false, err
	}
	mac := keys.MAC(wordPurpose, string(tx.Org()), folded(word))
	right := keys.Check(mac, wordPurpose, string(tx.Org()), folded(said))
	return right, ledger.Append(tx, inside, ledger.Entry{
		Kind: "safe_word.checked", Subject: string(about), About: worker, Rule: rule, Facts: map[string]any{"Right": right},
	})
}

// ShowWord opens the worker's safe word for whoever is handling the alarm. Each
// look is in the book, where the worker finds it.
func ShowWord(tx *store.Tx, keys *seal.Keys, inside actor.Actor, worker id.Person, about id.Alarm) (string, error) {
	rule, word, err := open(tx, keys, inside, worker, "seeSafeWord")
	if err != nil {
		return "", err
	}
	return word, ledger.Append(tx, inside, ledger.Entry{Kind: "safe_word.looked", Subject: string(about), About: worker, Rule: rule})
}

func open(tx *store.Tx, keys *seal.Keys, inside actor.Actor, worker id.Person, action string) (rule, word string, err error) {
	rule, err = policy.Check(inside, action, policy.Resource{Type: "SafeWord", ID: string(worker), Org: tx.Org(), Person: worker})
	if err != nil {
		return "", "", err
	}
	e, err := Get(tx, worker)
	if err != nil {
		return "", "", err
	}
	if !e.Word {
		return "", "", fault.New(fault.NotFound, "no_safe_word")
	}
	plain, err := keys.Open(wordPurpose, e.word)
	return rule, string(plain), err
}

// Looks lists who has looked at the worker's safe word or tried it, newest
// first, for the worker to see.
func Looks(tx *store.Tx, worker id.Person, limit int) ([]ledger.Record, error) {
	shown, err := ledger.List(tx, ledger.Filter{About: worker, Kind: "safe_word.looked", Limit: limit})
	if err != nil {
		return nil, err
	}
	tried, err := ledger.List(tx, ledger.Filter{About: worker, Kind: "safe_word.checked", Limit: limit})
	return newest(append(shown, tried...), limit), err
}
