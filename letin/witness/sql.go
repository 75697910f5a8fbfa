package witness

import (
	"muster/ledger/cosign"
	"muster/store"
)

var (
	states = store.Query("witness.states", `select witness, size, at, note, asked, trouble, known from witnessed where org = $1 order by witness`)
	// What a witness signed proves itself; what it refuses is booked beside.
	keep = store.Query("witness.keep", `insert into witnessed (org, witness, size, at, note, asked, trouble, known) values ($1, $2, $3, $4, $5, $6, '', 0)
		on conflict (org, witness) do update set size = excluded.size, at = excluded.at, note = excluded.note, asked = excluded.asked, trouble = '', known = 0
		where witnessed.size <= excluded.size`).Telemetry()
	doubt = store.Query("witness.doubt", `insert into witnessed (org, witness, size, at, note, asked, trouble, known) values ($1, $2, 0, null, '', $3, $4, $5)
		on conflict (org, witness) do update set asked = excluded.asked, trouble = excluded.trouble, known = excluded.known`).Telemetry()

	due = store.Across("witness.due", `select o.org from organisation o left join witnessed w on w.org = o.org and w.witness = $2
		where o.org > $1 and (w.asked is null or w.asked <= $3 or w.trouble <> '' and w.asked <= $4) order by o.org limit $5`)

	known = store.Across("witness.known", `select size, root, note from cosigned where mark = $1`)
	count = store.Across("witness.count", `select count(*) from cosigned`)
	first = store.Across("witness.first", `insert into cosigned (mark, size, root, note, at) values ($1, $2, $3, $4, $5) on conflict (mark) do nothing`)
	// One that was quicker has changed the size or the root: then nothing is changed.
	next = store.Across("witness.next", `update cosigned set size = $2, root = $3, note = $4, at = $5 where mark = $1 and size = $6 and root = $7`)
)

func scanState(r store.Row) (s State, err error) {
	return s, r.Scan(&s.Witness, &s.Size, store.Time(&s.At), &s.Note, store.Time(&s.Asked), &s.Trouble, &s.Known)
}

// held is what is known of another's log.
type held struct {
	cosign.Head
	note string
}

func scanHeld(r store.Row) (h held, err error) {
	var root []byte
	err = r.Scan(&h.Size, &root, &h.note)
	copy(h.Root[:], root)
	return h, err
}
