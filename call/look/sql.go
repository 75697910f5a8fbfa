package look

import "muster/store"

var (
	add = store.Query("look.add", `insert into look (org, worker, at, looker, name, role, door, why, alarm)
		values ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, '')) on conflict (org, worker, at, looker) do nothing`)
	workerName = store.Query("look.worker", `select name from person where org = $1 and id = $2`)
	lately     = store.Query("look.lately", `select count(*) from look where org = $1 and worker = $2 and looker = $3 and at > $4`)
	list       = store.Query("look.list", `select worker, at, name, role, door, why, coalesce(alarm, '') from look
		where org = $1 and worker = $2 and at < $3 order by at desc limit $4`)

	// The earliest silent alarm that is open or has ended a short while ago.
	silent = store.Query("look.silent", `select id, raised from alarm
		where org = $1 and worker = $2 and kind = 'duress' and (closed_at is null or closed_at > $3 or state <> 'resolved')
		order by raised limit 1`)
)
