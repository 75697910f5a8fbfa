package ledger

import "muster/store"

var (
	addEntry = store.Query("ledger.entry.add", `insert into ledger_entry
		(org, seq, at, kind, subject, about, actor, leaf) values ($1, $2, $3, $4, $5, $6, $7, $8)`)
	addValues = store.Query("ledger.value.add", `insert into ledger_value (org, seq, person, fields) values ($1, $2, $3, $4)`)
	addTwo    = store.Query("ledger.value.two", `insert into ledger_value (org, seq, person, fields)
		values ($1, $2, $3, $4), ($1, $2, $5, $6)`)
	eraseValues = store.Query("ledger.value.erase", `delete from ledger_value where org = $1 and person = $2`)

	// A lower case of one's own would not be the databases'; this one finds at
	// least what is looked for, and the room looks again.
	mentioning = store.Query("ledger.value.mentioning", `select v.seq, e.subject, v.person, v.fields from ledger_value v
		join ledger_entry e on e.org = v.org and e.seq = v.seq
		where v.org = $1 and lower(v.fields) like $2 escape '!' and v.person <> $3 order by v.seq`)
	setValue  = store.Query("ledger.value.set", `update ledger_value set fields = $4 where org = $1 and seq = $2 and person = $3`)
	dropValue = store.Query("ledger.value.drop", `delete from ledger_value where org = $1 and seq = $2 and person = $3`)

	holdHead = store.Query("ledger.head.hold", `select size, edge from ledger_head where org = $1`).Lock()
	getHead  = store.Query("ledger.head.get", `select size, edge from ledger_head where org = $1`)
	addHead  = store.Query("ledger.head.add", `insert into ledger_head (org, size, edge) values ($1, 0, $2)
		on conflict (org) do nothing`)
	setHead = store.Query("ledger.head.set", `update ledger_head set size = $2, edge = $3 where org = $1`)

	addHash   = store.Query("ledger.hash.add", `insert into ledger_hash (org, level, n, hash) values ($1, $2, $3, $4)`)
	getHash   = store.Query("ledger.hash.get", `select hash from ledger_hash where org = $1 and level = $2 and n = $3`)
	getLeaves = store.Query("ledger.leaves", `select leaf from ledger_entry where org = $1 and seq >= $2 and seq < $3 order by seq`)

	addCheckpoint = store.Query("ledger.checkpoint.add", `insert into ledger_checkpoint (org, size, at, note)
		values ($1, $2, $3, $4) on conflict (org, size) do nothing`)
	lastCheckpoint = store.Query("ledger.checkpoint.last", `select note from ledger_checkpoint where org = $1
		order by size desc limit 1`)
)

// Entries newest first, each with what is left of its personal values: one
// row for each person whose values it holds, at most two.
var (
	listAll = store.Query("ledger.list", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from (select org, seq, leaf from ledger_entry
			where org = $1 and seq < $2 and ($3 = '' or kind = $3)
			order by seq desc limit $4) e
		left join ledger_value v on v.org = e.org and v.seq = e.seq order by e.seq desc`)
	listSubject = store.Query("ledger.list.subject", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from (select org, seq, leaf from ledger_entry
			where org = $1 and seq < $2 and ($3 = '' or kind = $3) and subject = $5 and ($6 = '' or about = $6)
			order by seq desc limit $4) e
		left join ledger_value v on v.org = e.org and v.seq = e.seq order by e.seq desc`)
	listAbout = store.Query("ledger.list.about", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from (select org, seq, leaf from ledger_entry
			where org = $1 and seq < $2 and ($3 = '' or kind = $3) and about = $5
			order by seq desc limit $4) e
		left join ledger_value v on v.org = e.org and v.seq = e.seq order by e.seq desc`)
	listStaff = store.Query("ledger.list.staff", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from (select org, seq, leaf from ledger_entry
			where org = $1 and seq < $2 and ($3 = '' or kind = $3) and actor = $5 and actor >= 'stf_' and actor < 'stg'
			order by seq desc limit $4) e
		left join ledger_value v on v.org = e.org and v.seq = e.seq order by e.seq desc`)

	// listLetIn says the kinds as the index of them does. Each half is read by
	// an index of its own, and only as far as the page goes.
	listLetIn = store.Query("ledger.list.letin", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from (select org, seq, leaf from (
			select * from (select org, seq, leaf from ledger_entry
				where org = $1 and seq < $2 and (
					(kind >= 'account.' and kind < 'account/') or (kind >= 'grant.' and kind < 'grant/') or
					(kind >= 'pass.' and kind < 'pass/') or (kind >= 'presence.' and kind < 'presence/') or
					(kind >= 'request.' and kind < 'request/') or (kind >= 'setting.' and kind < 'setting/') or
					(kind >= 'visit.' and kind < 'visit/'))
				order by seq desc limit $3) concerning
			union
			select * from (select org, seq, leaf from ledger_entry
				where org = $1 and seq < $2 and actor >= 'stf_' and actor < 'stg'
				order by seq desc limit $3) done) both_of_them
			order by seq desc limit $3) e
		left join ledger_value v on v.org = e.org and v.seq = e.seq order by e.seq desc`)

	// exportPage reads forwards.
	exportPage = store.Query("ledger.export", `select e.seq, e.leaf, coalesce(v.fields, '{}')
		from ledger_entry e left join ledger_value v on v.org = e.org and v.seq = e.seq
		where e.org = $1 and e.seq >= $2 and e.seq < $3 order by e.seq`)
)
