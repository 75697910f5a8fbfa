package shift

import "muster/store"

const columns = `s.org, s.id, s.worker, s.workspace, s.state, s.activity, s.note, s.began, s.every, s.grace, s.warn, s.planned,
	s.since, s.deadline, s.high_risk, s.warned, s.overdue, s.missed,
	coalesce(s.lat, 0), coalesce(s.lon, 0), coalesce(s.accuracy, 0), coalesce(s.battery, -1), coalesce(s.source, ''), s.seen,
	s.ended, coalesce(s.ended_name, ''), s.unprotected,
	s.heard, coalesce(s.heard_battery, -1), s.silence, s.listening, s.asked, s.muted, s.away, s.low_at, s.low`

const changes = `update shift set state = $3, every = $4, planned = $5, since = $6, deadline = $7, high_risk = $8,
		warned = $9, overdue = $10, missed = $11, lat = $12, lon = $13, accuracy = $14, battery = $15, source = $16, seen = $17,
		ended = $18, ended_name = $19,
		heard = $20, heard_battery = $21, listening = $22, asked = $23, muted = $24, away = $25, low = $26
	where org = $1 and id = $2`

var (
	add = store.Query("shift.add", `insert into shift
		(org, id, worker, workspace, state, activity, note, began, every, grace, warn, planned, since, deadline, warned, overdue, missed,
			silence, listening, low_at)
		values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $13, false, false, 0, $14, $15, $16)`)
	get  = store.Query("shift.get", `select `+columns+` from shift s where s.org = $1 and s.id = $2`)
	hold = store.Query("shift.hold", `select `+columns+` from shift s where s.org = $1 and s.id = $2`).Lock()
	// call tells with the shift which version the roster has, so that what an
	// alarm says of its worker need not be read anew, and whether the worker has
	// an open alarm: a call for help waits for one read.
	call = store.Query("shift.call", `select `+columns+`, (select o.version from organisation o where o.org = s.org),
			not exists (select 1 from alarm a where a.org = s.org and a.worker = s.worker and a.state <> 'resolved')
		from shift s where s.org = $1 and s.id = $2`).Lock()
	worker = store.Query("shift.worker", `select p.name, coalesce(p.pin, ''),
			coalesce((select c.address from contact_point c where c.org = p.org and c.person = p.id and c.channel = 'sms'
				order by c.rank, c.id limit 1), '')
		from person p where p.org = $1 and p.id = $2`)
	ofWorker = store.Query("shift.of_worker", `select `+columns+` from shift s
		where s.org = $1 and s.worker = $2 order by s.began desc limit $3`)
	activeOf = store.Query("shift.active_of", `select `+columns+` from shift s
		where s.org = $1 and s.worker = $2 and s.state = 'active'`)
	save  = store.Query("shift.save", changes)
	pulse = store.Query("shift.pulse", changes).Telemetry()

	board = store.Query("shift.board", `select `+columns+`, p.name, coalesce(p.pin, '') from shift s
		join person p on p.org = s.org and p.id = s.worker
		where s.org = $1 and s.state = 'active' and ($2 = '' or s.workspace = $2) order by s.deadline limit $3`)

	setUnprotected   = store.Query("shift.unprotected", `update shift set unprotected = $3 where org = $1 and id = $2`)
	countUnprotected = store.Query("shift.count_unprotected", `select count(*) from shift
		where org = $1 and state = 'active' and unprotected is not null`)
	orgsOnShift = store.Across("shift.orgs", `select distinct org from shift where state = 'active'`)

	addCheckIn = store.Query("check_in.add", `insert into check_in (org, id, shift, kind, at, received, counted, by_name)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`)
	checkIns = store.Query("check_in.list", `select kind, at, received, counted, by_name from check_in
		where org = $1 and shift = $2 order by id desc limit $3`)
	addPosition = store.Query("position.add", `insert into position (org, shift, at, received, lat, lon, accuracy, battery, source)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (org, shift, at) do nothing`)
	positions = store.Query("position.list", `select at, lat, lon, accuracy, battery, source from position
		where org = $1 and shift = $2 order by at desc limit $3`)

	sends = store.Query("shift.sends", `select count(*) from device where org = $1 and person = $2 and revoked is null`)

	unarmed = store.Across("shift.unarmed", `select `+columns+` from shift s
		where s.state = 'active' and not exists (
			select 1 from timer t where t.org = s.org and t.kind = $1 and t.subject = s.id and t.parked is null) limit $2`)
)
