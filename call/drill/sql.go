package drill

import "muster/store"

const planColumns = `id, name, worker, every, anchor, announced, next, told`

var (
	putPlan = store.Query("drill.put", `insert into drill (org, id, name, worker, every, anchor, announced, next, told)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (org, id) do update
		set name = excluded.name, worker = excluded.worker, every = excluded.every, anchor = excluded.anchor,
			announced = excluded.announced, next = excluded.next, told = excluded.told`)
	getPlan   = store.Query("drill.get", `select `+planColumns+` from drill where org = $1 and id = $2`)
	holdPlan  = store.Query("drill.hold", `select `+planColumns+` from drill where org = $1 and id = $2`).Lock()
	plans     = store.Query("drill.plans", `select `+planColumns+` from drill where org = $1 order by next is null, next, name, id`)
	countPlan = store.Query("drill.count", `select count(*) from drill where org = $1`)
	dropPlan  = store.Query("drill.drop", `delete from drill where org = $1 and id = $2`)

	addRun = store.Query("drill.add_run", `insert into drill_run (org, id, drill, alarm, began, by_name, reason)
		values ($1, $2, $3, $4, $5, $6, $7)`)
	getRun = store.Query("drill.run", `select id, coalesce(drill, ''), alarm, began, by_name, reason from drill_run where org = $1 and id = $2`)
	runs   = store.Query("drill.runs", `select id, coalesce(drill, ''), alarm, began, by_name, reason from drill_run
		where org = $1 and ($2 = '' or id < $2) order by id desc limit $3`)
)
