package account

import (
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// Filter chooses accounts; the zero value all of them, from the first.
type Filter struct {
	Text  string // part of a name
	After Account
	Limit int // at most 200, which is also meant by 0
}

// mostListed is the longest page of accounts, longestSought the longest text by
// which one is looked for.
const (
	mostListed    = 200
	longestSought = 200
)

var plain = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// List reads the accounts that lists name to the actor, by name, and on the
// first page whichever one the text says wholly. last is where others begin
// that the actor may see; the zero value: there are none.
func List(tx *store.AcrossTx, who actor.Actor, f Filter) (all []Account, last Account, err error) {
	if f.Limit <= 0 || f.Limit > mostListed {
		f.Limit = mostListed
	}
	text, first := sought(f.Text), f.After.Org == ""
	theirs := who.Staff
	if _, no := (Account{Phase: Live}).May(who, "listCustomer"); no == nil {
		theirs = ""
	}
	for {
		rows, err := store.All(tx, listCustomers, scanAccount,
			Version(), "%"+plain.Replace(strings.ToLower(text))+"%", f.After.Name, f.After.Org, f.Limit, theirs)
		if err != nil {
			return nil, last, err
		}
		for _, a := range rows {
			if _, no := a.May(who, "listCustomer"); no != nil {
				continue
			}
			if len(all) == f.Limit {
				return all, all[len(all)-1], nil
			}
			all = append(all, a)
		}
		if len(rows) < f.Limit {
			break
		}
		f.After = rows[len(rows)-1]
	}
	if text == "" || !first {
		return all, last, nil
	}
	found, err := named(tx, who, text)
	for _, a := range found {
		if !slices.ContainsFunc(all, func(b Account) bool { return a.Org == b.Org }) {
			all = append(all, a)
		}
	}
	return all, last, err
}

// sought is a name or reference as it is looked for. One that no customer can
// have finds none.
func sought(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")), " ")
	if len(text) > longestSought {
		return "\uFFFD"
	}
	return text
}

// named reads the accounts that have just this name or contract reference, of
// those that the actor may see.
func named(tx *store.AcrossTx, who actor.Actor, text string) (all []Account, err error) {
	which, _ := id.Parse[id.Org](text)
	rows, err := store.All(tx, namedCustomers, scanAccount, Version(), text, strings.ToLower(text), which)
	for _, a := range rows {
		if _, no := a.May(who, "seeCustomer"); no == nil {
			all = append(all, a)
		}
	}
	return all, err
}

// Seek finds the one customer whose name, contract reference or id is the text.
// One that the actor may not see is as if it did not exist. Faults are Invalid
// at "organisation": required, unknown_customer, and several_customers where
// the reference would tell which.
func Seek(tx *store.AcrossTx, who actor.Actor, text string) (Account, error) {
	no := func(code string) (Account, error) {
		return Account{}, fault.New(fault.Invalid, code).At("organisation")
	}
	if text = sought(text); text == "" {
		return no("required")
	}
	all, err := named(tx, who, text)
	switch {
	case err != nil:
		return Account{}, err
	case len(all) == 0:
		return no("unknown_customer")
	case len(all) > 1:
		return no("several_customers")
	}
	return all[0], nil
}
