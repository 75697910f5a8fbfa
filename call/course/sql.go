package course

import "muster/store"

var (
	setTick = store.Query("alarm.tick", `insert into alarm_tick (org, alarm, step, line, done, text, by_id, by_name, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (org, alarm, step, line) do update
		set done = excluded.done, text = excluded.text, by_id = excluded.by_id, by_name = excluded.by_name, at = excluded.at`)
	listTicks = store.Query("alarm.ticks", `select step, line, done, text, by_id, by_name, at from alarm_tick
		where org = $1 and alarm = $2 order by step, line`)
)
