package outage

import (
	"time"

	"muster/id"
	"muster/store"
)

var (
	noteSnapshot = store.Query("outage.note_snapshot", `insert into outage_snapshot (org, place, taken, organisations, people, trouble, tried)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (org, place) do update set taken = coalesce(excluded.taken, outage_snapshot.taken), trouble = excluded.trouble, tried = excluded.tried,
		organisations = case when excluded.taken is null then outage_snapshot.organisations else excluded.organisations end,
		people = case when excluded.taken is null then outage_snapshot.people else excluded.people end`)
	snapshots = store.Query("outage.snapshots", `select place, taken, organisations, people, trouble, tried from outage_snapshot
		where org = $1 order by tried desc, place limit 20`)

	addRun = store.Query("outage.add_run", `insert into outage_run
		(org, run, drill, notice, n, began, taken, writer, by_name, second_name, letters, went, lost, twice, missing, silent, would, would_orgs)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) on conflict do nothing`)
	getRun = store.Query("outage.run", `select `+runColumns+` from outage_run where org = $1 and run = $2`).Lock()
	runs   = store.Query("outage.runs", `select `+runColumns+` from outage_run where org = $1 order by began desc limit 50`)
	given  = store.Query("outage.given", `update outage_run set adopted = $3 where org = $1 and run = $2 and adopted is null`)
)

const runColumns = `run, drill, notice, n, began, taken, writer, by_name, second_name, letters, went, lost, twice, missing, silent, would, would_orgs, adopted`

// Kept is where snapshots are written, as the provider sees it.
type Kept struct {
	Place         string
	Taken         time.Time // zero: none was written yet
	Organisations int
	People        int
	Trouble       string // why the last one could not be written
	Tried         time.Time
}

func scanKept(r store.Row) (k Kept, err error) {
	return k, r.Scan(&k.Place, store.Time(&k.Taken), &k.Organisations, &k.People, &k.Trouble, store.Time(&k.Tried))
}

// Held is a run, as the provider sees it afterwards.
type Held struct {
	Run              string
	Drill            bool
	Notice           id.Notice
	N                int
	Began, Taken     time.Time
	Writer           id.Staff
	By, Second       string
	Tally            Tally
	Would, WouldOrgs int
	Adopted          time.Time
}

func scanHeld(r store.Row) (h Held, err error) {
	t := &h.Tally
	return h, r.Scan(&h.Run, &h.Drill, &h.Notice, &h.N, store.Time(&h.Began), store.Time(&h.Taken), &h.Writer, &h.By, &h.Second,
		&t.Letters, &t.Out, &t.Lost, &t.Twice, &t.Missing, &t.Silent, &h.Would, &h.WouldOrgs, store.Time(&h.Adopted))
}
