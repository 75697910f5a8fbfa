package timer

import "muster/store"

var (
	setTimer = store.Query("timer.set", `insert into timer (org, kind, subject, due) values ($1, $2, $3, $4)
		on conflict (org, kind, subject) do update set due = excluded.due, promised = null, tries = 0, parked = null`)
	cancelTimer = store.Query("timer.cancel", `delete from timer where org = $1 and kind = $2 and subject = $3`)
	holdTimer   = store.Query("timer.hold", `select due from timer where org = $1 and kind = $2 and subject = $3`).Lock()
	retryTimer  = store.Query("timer.retry", `update timer set due = $6, promised = coalesce(promised, due), tries = tries + 1, parked = $7
		where org = $1 and kind = $2 and subject = $3 and due = $4 and tries = $5 and parked is null`)

	// claim takes a timer if it is still due: it may have been fired, moved or
	// cancelled since it was seen.
	claim = store.Query("timer.claim", `delete from timer
		where org = $1 and kind = $2 and subject = $3 and due <= $4 and parked is null
		returning org, kind, subject, due, coalesce(promised, due), tries`)

	// first finds the timers that are due, and the next one after them. Its limit
	// is written out for PostgreSQL's planner, which would think of a tenth of the
	// table otherwise; and only bare parameters find their way into the index past
	// row security.
	first = store.Across("timer.first", `select org, kind, subject, due, promised, tries from (
			select org, kind, subject, due, coalesce(promised, due) as promised, tries from timer
			where parked is null and due <= $1 order by due limit 256) d
		union all
		select org, kind, subject, due, promised, tries from (
			select org, kind, subject, due, coalesce(promised, due) as promised, tries from timer
			where parked is null and due > $1 order by due limit 1) n
		order by due`)

	parkedTimers = store.Across("timer.parked", `select org, kind, subject, coalesce(promised, due), tries, parked from timer
		where parked is not null order by due limit $1`)
	overdueCount = store.Across("timer.overdue", `select count(*) from timer where parked is null and due < $1`)
	armedCount   = store.Across("timer.armed", `select count(*) from timer where parked is null`)
)
