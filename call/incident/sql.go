package incident

import "muster/store"

// The record reads what other rooms wrote, and writes nothing but the book.
var (
	trail = store.Query("incident.trail", `select at, lat, lon, accuracy, battery, source from position
		where org = $1 and shift = $2 and at >= $3 and at <= $4 order by at desc limit $5`)
	// told names everybody to whom a message about the alarm went, also those
	// who have left since.
	told = store.Query("incident.told", `select id, name from person
		where org = $1 and id in (select person from message where org = $1 and about = $2)`)

	// Drills have a page of their own and count among no figures.
	// When an alarm was first answered is in the book alone: a graver cause
	// takes the answer off the alarm again.
	cases = store.Query("incident.cases", `select a.id, a.worker, a.workspace, a.worker_name, a.kind, coalesce(a.outcome, ''), a.raised, a.closed_at,
			(select min(e.at) from ledger_entry e where e.org = a.org and e.subject = a.id and e.kind = 'alarm.acknowledged')
		from alarm a where a.org = $1 and a.raised >= $2 and a.raised < $3 and a.drill = false
			and ($4 = '' or a.workspace = $4) and ($5 = '' or a.worker = $5)
		order by a.id limit $6`)
	tries = store.Query("incident.tries", `select a.workspace, a.worker, a.kind, t.channel, t.state, count(*)
		from alarm a join message m on m.org = a.org and m.about = a.id join attempt t on t.org = m.org and t.message = m.id
		where a.org = $1 and a.raised >= $2 and a.raised < $3 and a.drill = false
			and ($4 = '' or a.workspace = $4) and ($5 = '' or a.worker = $5)
		group by a.workspace, a.worker, a.kind, t.channel, t.state`)
	checkIns = store.Query("incident.check_ins", `select s.workspace, count(*)
		from check_in c join shift s on s.org = c.org and s.id = c.shift
		where c.org = $1 and c.counted = true and c.at >= $2 and c.at < $3
			and ($4 = '' or s.workspace = $4) and ($5 = '' or s.worker = $5)
		group by s.workspace`)
)
