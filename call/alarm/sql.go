package alarm

import "muster/store"

const columns = `org, id, shift, worker, workspace, worker_name, worker_phone, kind, state, note, raised, due, late, round, told, wide,
	procedure, version, step, step_due, again_due, called, drill,
	coalesce(lat, 0), coalesce(lon, 0), coalesce(accuracy, 0), coalesce(battery, -1), seen,
	coalesce(ack_by, ''), coalesce(ack_name, ''), coalesce(ack_door, ''), ack_at,
	coalesce(closed_by, ''), coalesce(closed_name, ''), coalesce(closed_door, ''), closed_at,
	coalesce(outcome, ''), coalesce(closing, ''), back, again`

const added = `insert into alarm
	(org, id, shift, worker, workspace, worker_name, worker_phone, kind, state, note, raised, due, late, round, told, wide,
		lat, lon, accuracy, battery, seen, procedure, version, step, step_due, again_due, called, drill, back)
	values ($1, $2, $3, $4, $5, $6, $7, $8, 'raised', $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
		$21, $22, $23, $24, $25, $26, $27, $28)`

var (
	add      = store.Query("alarm.add", added+` on conflict (org, worker) where state <> 'resolved' do nothing`)
	addFirst = store.Query("alarm.add_first", added)
	get      = store.Query("alarm.get", `select `+columns+` from alarm where org = $1 and id = $2`)
	hold     = store.Query("alarm.hold", `select `+columns+` from alarm where org = $1 and id = $2`).Lock()
	save     = store.Query("alarm.save", `update alarm set kind = $3, state = $4, note = $5, round = $6, told = $7,
			lat = $8, lon = $9, accuracy = $10, battery = $11, seen = $12,
			ack_by = $13, ack_name = $14, ack_door = $15, ack_at = $16,
			closed_by = $17, closed_name = $18, closed_door = $19, closed_at = $20, outcome = $21, closing = $22, wide = $23,
			step = $24, step_due = $25, again_due = $26, called = $27, back = $28, again = $29
		where org = $1 and id = $2`)
	listOpen = store.Query("alarm.open", `select `+columns+` from alarm where org = $1 and state <> 'resolved'
		order by case state when 'raised' then 0 else 1 end, raised desc, id desc`)
	// Identifiers are in the order in which they were made. Instants are not
	// enough to go by: a storm's alarms are raised in one unit.
	listClosed = store.Query("alarm.closed", `select `+columns+` from alarm
		where org = $1 and state = 'resolved' and ($2 = '' or id < $2)
			and ($3 = '' or worker = $3) and ($4 = '' or workspace = $4) and ($5 = '' or kind = $5) and ($6 = '' or outcome = $6)
			and raised >= $7 and raised < $8
		order by id desc limit $9`)
	openOf = store.Query("alarm.open_of", `select `+columns+` from alarm where org = $1 and worker = $2 and state <> 'resolved'`)

	unarmed = store.Across("alarm.unarmed", `select `+columns+` from alarm a
		where a.state <> 'resolved' and not exists (
			select 1 from timer t where t.org = a.org and t.kind = $1 and t.subject = a.id and t.parked is null) limit $2`)
	countOpen = store.Across("alarm.count_open", `select count(*) from alarm where state <> 'resolved'`)
)
