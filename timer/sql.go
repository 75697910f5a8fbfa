package timer

import "muster/store"

var (
	setTimer = store.Query("timer.set", `insert into timer (org, kind, subject, due) values ($1, $2, $3, $4)
		on conflict (org, kind, subject) do update set due = excluded.due, tries = 0, parked = null`)
	cancelTimer = store.Query("timer.cancel", `delete from timer where org = $1 and kind = $2 and subject = $3`)
	holdTimer   = store.Query("timer.hold", `select due from timer where org = $1 and kind = $2 and subject = $3`).Lock()
	retryTimer  = store.Query("timer.retry", `insert into timer (org, kind, subject, due, tries, parked)
		values ($1, $2, $3, $4, $5, $6) on conflict (org, kind, subject) do nothing`)

	// On PostgreSQL the rows are found first and once (materialized): a plan that
	// found them anew for each row would claim more than the limit. The fixed
	// limit is for the planner, which would think of a tenth of the table.
	claimDue = store.Across("timer.claim", `delete from timer where (org, kind, subject) in (
			select org, kind, subject from timer where due <= $1 and parked is null order by due limit $2)
		returning org, kind, subject, due, tries`).
		PG(`with free as materialized (select * from (
			select org, kind, subject from timer where due <= $1 and parked is null order by due limit $2
			for update skip locked) f limit 256)
		delete from timer where (org, kind, subject) in (select org, kind, subject from free)
		returning org, kind, subject, due, tries`)
	nextDue = store.Across("timer.next", `select due from timer where parked is null order by due limit 1`)

	parkedTimers = store.Across("timer.parked", `select org, kind, subject, due, tries, parked from timer
		where parked is not null order by due limit $1`)
	overdueCount = store.Across("timer.overdue", `select count(*) from timer where parked is null and due < $1`)
	armedCount   = store.Across("timer.armed", `select count(*) from timer where parked is null`)
)
