package bench

import "muster/store"

// The raw limits are measured on a table of their own, with the driver and
// nothing between: a row of some 200 bytes, a key and one further index, as
// Muster's own rows have.
const (
	makeRaw = `create table bench_raw (id text not null primary key, tenant text not null, at bigint not null, body text not null)`
	makeIdx = `create index bench_raw_at on bench_raw (tenant, at)`

	insertRaw = `insert into bench_raw (id, tenant, at, body) values ($1, $2, $3, $4)`
	upsertRaw = `insert into bench_raw (id, tenant, at, body) values ($1, $2, $3, $4)
		on conflict (id) do update set at = excluded.at, body = excluded.body`
	upsertMany = `insert into bench_raw (id, tenant, at, body) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
		on conflict (id) do update set at = excluded.at, body = excluded.body`

	makeSchema = `create schema %s`
	dropSchema = `drop schema %s cascade`
	backend    = `select pg_backend_pid()`
	version    = `show server_version`
	liftWall   = `select set_config('muster.across', 'on', false)`
	analyze    = `analyze`
)

// People of the provider's and a customer who is live, past the rooms that make
// them.
var (
	addAccount      = store.Across("bench.account", `insert into account (id, email, fold, handle, made_in, created) values ($1, $2, $2, $3, $4, $5)`)
	addStaff        = store.Across("bench.staff", `insert into staff (id, account, name, active, created, department, positions) values ($1, $2, $3, true, $4, $5, $6)`)
	addProof        = store.Across("bench.proof", `insert into staff_proof (staff, proof, since) values ($1, $2, $3)`)
	addStaffSession = store.Across("bench.session", `insert into session (id, token, account, staff, how, proved, created, seen, ip, agent) values ($1, $2, $3, $4, 'sso', $5, $5, $5, '', '')`)
	addLife         = store.Across("bench.life", `insert into customer (org, phase, contract, manager, project, made, live, published, published_at) values ($1, 'live', 'C-1', '', '', $2, $2, $3, $2)`)
	addReading      = store.Across("bench.reading", `insert into policy_reading (org, person, version, at, ip) values ($1, $2, $3, $4, '')`)
)

// What is looked at and prepared on Muster's own tables, past its rooms.
const (
	openAlarms = `select count(*) from alarm where state <> 'resolved'`
	handedOver = `select count(*) from message where lane = 'sos' and state = 'handed_over'`
	sosTries   = `select count(*) from attempt a join message m on m.org = a.org and m.id = a.message where m.lane = 'sos'`
	lateness   = `select late from alarm where state <> 'resolved'`

	// A storm is over: everybody is well, and nothing waits any more.
	calm       = `update alarm set state = 'resolved' where state <> 'resolved'`
	calmTimers = `delete from timer where kind = 'alarm'`
	forget     = `delete from message where lane = 'sos'`
	forgetTry  = `delete from attempt`

	// Every shift misses its check-in at $1, µs; its worker has been asked.
	missShifts = `update shift set deadline = $1, grace = 0, warned = true, overdue = true`
	missTimers = `update timer set due = $1 where kind = 'shift'`
	// The same, so many µs after one another, $2, in the order of their names.
	missInTurn = `update shift set deadline = cast($1 as bigint) + cast($2 as bigint) * (select count(*) from shift o where o.id < shift.id), grace = 0, warned = true, overdue = true`
	turnTimers = `update timer set due = (select deadline from shift s where s.org = timer.org and s.id = timer.subject) where kind = 'shift'`

	// $1 messages of the organisation $2, from $3 on, all due.
	floodBulk = `with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
		insert into message (org, id, purpose, lane, person, lang, about, thread, facts, route, stop, tries, state, due, expires, made)
		select $2, 'msg_f00000000000000000000000' || ($3 + i), 'shift_checked_in', 'bulk', '', 'en', '', '',
			'{"Org":"Harbour","Zone":"Europe/Helsinki","Who":"Everybody","At":"2026-01-05T09:00:00Z","By":"Mikko Laine","Link":"/me"}',
			'[{"channel":"sms","address":"+358401000000"}]', 0, 0, 'queued', $4, $5, $4 from n`
	bulkLeft = `select count(*) from message where lane = 'bulk' and state = 'queued'`

	// Everybody of the organisation $1 has confirmed their addresses, at $2.
	confirmAll = `update contact_point set verified_at = $2 where org = $1`

	// Timers of the kind "soon" come $1 µs sooner.
	pullTimers = `update timer set due = due - $1 where kind = 'soon'`

	// $1 timers of the organisation $2, of kind $3, from $4 on, $5 µs apart.
	armMany = `with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
		insert into timer (org, kind, subject, due) select $2, $3, 'sub_' || i, cast($4 as bigint) + cast($5 as bigint) * i from n`
)
