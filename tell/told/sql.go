package told

import (
	"strings"

	"muster/store"
)

var (
	addTold = store.Query("told.add", `insert into told (org, notice, n, kind, state, phrase, words, parts, since, starts, ends, promised, moved, at, reached)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing`)
	addToldPerson = store.Query("told.add_person", `insert into told_person (org, notice, n, person, message, why) values ($1, $2, $3, $4, nullif($5, ''), $6)`)
	listTold      = store.Query("told.list", `select notice, n, kind, state, phrase, words, parts, since, starts, ends, promised, moved, at, reached from told
		where org = $1 and ($2 = '' or notice = $2) order by at desc, n desc limit $3`)
	toldPeople = store.Query("told.people", `select n, person, coalesce(message, ''), why, read from told_person
		where org = $1 and notice = $2 order by n desc, why desc, person`)
	markRead = store.Query("told.mark_read", `update told_person set read = $4 where org = $1 and notice = $2 and person = $3 and n <= $5 and read is null`)
	toldOrgs = store.Across("told.orgs", `select distinct org from told where notice = $1 order by org limit 2000`)
	addCall  = store.Query("told.add_call", `insert into told_call (org, notice, n, why, since) values ($1, $2, $3, $4, $5)
		on conflict (org, notice) do update set n = excluded.n, why = excluded.why, since = excluded.since, done = null, by_name = '', outcome = ''`)
	noteCall   = store.Query("told.note_call", `update told_call set done = $3, by_name = $4, outcome = $5 where org = $1 and notice = $2 and done is null`)
	needNoCall = store.Query("told.need_no_call", `update told_call set done = $3, outcome = 'read' where org = $1 and notice = $2 and done is null and n <= $4`)
	openCalls  = store.Across("told.open_calls", `select org, notice, n, why, since, by_name from told_call where done is null order by since, org limit 200`)
)

// separator stands between names that are kept in one column; none has it.
const separator = "\n"

func scanTold(r store.Row) (t Told, err error) {
	var parts string
	err = r.Scan(&t.Notice, &t.N, &t.Kind, &t.State, &t.Phrase, &t.Words, &parts, store.Time(&t.Since), store.Time(&t.From), store.Time(&t.Till),
		store.Time(&t.Promised), &t.Moved, store.Time(&t.At), &t.Reached)
	if parts != "" {
		t.Parts = strings.Split(parts, separator)
	}
	return t, err
}
