package erase

import (
	"encoding/json"
	"fmt"

	"muster/id"
	"muster/store"
)

var (
	hold = store.Query("erase.hold", `select request, real, steps, paper, list, address, until from erase where org = $1 and request = $2`).Lock()
	get  = store.Query("erase.get", `select request, real, steps, paper, list, address, until from erase where org = $1 and request = $2`)
	put  = store.Query("erase.put", `insert into erase (org, request, real, steps, paper, list, address, link, until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (org, request) do update set real = excluded.real, steps = excluded.steps, paper = excluded.paper, list = excluded.list,
			address = excluded.address, link = excluded.link, until = excluded.until`)
	linked      = store.Across("erase.linked", `select org, request from erase where link = $1`)
	stillLinked = store.Query("erase.still_linked", `select count(*) from erase where org = $1 and request = $2 and link = $3`)

	getAddress  = store.Query("director.get", `select address, set_name, set_at, verified, until from director_address where org = $1`)
	holdAddress = store.Query("director.hold", `select address, set_name, set_at, verified, until from director_address where org = $1`).Lock()
	putAddress  = store.Query("director.put", `insert into director_address (org, address, folded, set_by, set_name, set_at, verified, link, until)
		values ($1, $2, $3, $4, $5, $6, null, $7, $8) on conflict (org) do update set address = excluded.address, folded = excluded.folded,
			set_by = excluded.set_by, set_name = excluded.set_name, set_at = excluded.set_at, verified = null, link = excluded.link, until = excluded.until`)
	dropAddress   = store.Query("director.drop", `delete from director_address where org = $1`)
	verifyAddress = store.Query("director.verify", `update director_address set verified = $3, link = null, until = null where org = $1 and link = $2`)
	named         = store.Across("director.linked", `select org from director_address where link = $1`)
)

type place struct {
	org     id.Org
	request id.Request
}

func scanPlace(r store.Row) (p place, err error) { return p, r.Scan(&p.org, &p.request) }

func scan(r store.Row) (d Deletion, err error) {
	var steps, paper, list string
	if err = r.Scan(&d.Request, &d.Real, &steps, &paper, &list, &d.Address, store.Time(&d.Until)); err != nil {
		return d, err
	}
	for text, to := range map[string]any{steps: &d.Steps, paper: &d.Paper} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			return d, fmt.Errorf("stored deletion: %w", err)
		}
	}
	return d, json.Unmarshal([]byte(list), &d.List)
}

// save keeps a deletion; key is of the link that the director has, if one is
// out.
func (d Deletion) save(tx *store.Tx, key []byte) error {
	steps, err := json.Marshal(d.Steps)
	if err != nil {
		return err
	}
	paper, err := json.Marshal(d.Paper)
	if err != nil {
		return err
	}
	list, err := json.Marshal(d.List)
	if err != nil {
		return err
	}
	return tx.Write(put, d.Request, d.Real, string(steps), string(paper), string(list), d.Address, key, d.Until)
}

func scanAddress(r store.Row) (a Address, err error) {
	return a, r.Scan(&a.Mail, &a.Named, store.Time(&a.At), store.Time(&a.Verified), store.Time(&a.Until))
}
