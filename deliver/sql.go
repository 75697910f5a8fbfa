package deliver

import "muster/store"

var (
	addMessage = store.Query("message.add", `insert into message
		(org, id, purpose, lane, person, lang, about, thread, facts, sealed, route, stop, tries, state, due, expires, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 'queued', $12, $13, $14)`)
	cancelAbout = store.Query("message.cancel", `update message set state = case state when 'queued' then 'cancelled' else state end, due = 0
		where org = $1 and about = $2 and (state = 'queued' or state in ('handed_over', 'relayed') and due <> 0) and ($3 = '' or purpose <> $3)`)
	takenTries = store.Query("attempt.taken", `select state from attempt
		where org = $1 and message = $2 and state in ('handed_over', 'relayed') order by state limit 1`)
	takenOf = store.Across("attempt.taken_of", `select state from attempt
		where org = $1 and message = $2 and state in ('handed_over', 'relayed') order by state limit 1`)
	// That something waits for a program is no hope that somebody hears.
	hopeful = store.Query("message.hopeful", `select count(*) from message where org = $1 and about = $2 and id <> $3 and lane = 'sos'
		and (state in ('delivered', 'answered') or state = 'queued' and purpose <> 'handover' or state in ('handed_over', 'relayed') and due <> 0)`)
	stateOf = store.Across("message.state", `select state from message where org = $1 and id = $2`)

	// Whoever waits for a report has the time by which it should come in due.
	silentSince = store.Across("message.silent_since", `select min(due) from message
		where state in ('handed_over', 'relayed') and due > 0`)
	silentNow = store.Across("message.silent", `select `+messageColumns+` from message
		where state in ('handed_over', 'relayed') and due > 0 and due <= $1 order by due limit 64`).Lock()
	goOn = store.Across("message.go_on", `update message set state = $3, stop = $4, tries = $5, due = $6
		where org = $1 and id = $2 and state in ('handed_over', 'relayed') and due > 0`)
	messagesAbout = store.Query("message.about", `select `+messageColumns+` from message
		where org = $1 and about = $2 order by id limit $3`)
	latestMessages = store.Query("message.latest", `select `+messageColumns+` from message
		where org = $1 order by id desc limit $2`)
	toldAbout = store.Query("message.told", `select person, max(made) from message
		where org = $1 and about = $2 and ($3 = '' or purpose = $3) group by person`)
	getMessage    = store.Query("message.get", `select `+messageColumns+` from message where org = $1 and id = $2`)
	attemptsAbout = store.Query("attempt.about", `select `+attemptColumns+` from attempt
		where org = $1 and message in (select id from message where org = $1 and about = $2) order by at, id limit $3`)
	moveMessage = store.Query("message.move", `update message set state = $3, stop = $4, tries = $5, due = $6
		where org = $1 and id = $2 and state <> 'answered'`)
	// What a lane has claimed is due within its lease, and is left to it.
	hastenMessage = store.Query("message.hasten", `update message set due = $3 where org = $1 and id = $2 and state = 'queued' and due > $3 and due > $4`)
	againMessage  = store.Query("message.again", `update message set state = 'queued', route = $3, stop = $4, tries = 0, due = $5, expires = $6
		where org = $1 and id = $2 and state in ('failed', 'expired')`)
	answerMessage = store.Query("message.answer", `update message set state = 'answered' where org = $1 and id = $2`)
	lockMessage   = store.Query("message.lock", `select `+messageColumns+` from message where org = $1 and id = $2`).Lock()
	reportAttempt = store.Query("attempt.report", `update attempt set state = $3, detail = $4, code = $5, updated = $6 where org = $1 and id = $2`)
	partsOf       = store.Query("attempt.parts", `select state from attempt_part where org = $1 and attempt = $2 order by n`)
	reportPart    = store.Query("attempt.report_part", `update attempt_part set state = $4 where org = $1 and attempt = $2 and n = $3`)
	lockAttempt   = store.Query("attempt.lock", `select `+attemptColumns+` from attempt where org = $1 and id = $2`).Lock()

	followMessage = store.Across("message.follow", `select `+messageColumns+` from message where id = $1`)
	tryingMessage = store.Across("message.trying", `select `+messageColumns+` from message where id >= $1 and id < $2 order by id limit 1`)
	locateAttempt = store.Across("attempt.locate", `select org, attempt, part from (
			select org, id as attempt, 0 as part, at from attempt where provider_id in ($1, $3) and channel = $2
			union all select org, attempt, n, at from attempt_part where provider_id in ($1, $3) and channel = $2) found
		order by at desc limit 1`)

	// waiting finds, by skipping from one organisation to the next, which have
	// something queued in a lane, and when the first of it is due.
	waiting = store.Across("message.waiting", `with recursive o(org) as (
			select (select min(org) from message where lane = $1 and state = 'queued')
			union all
			select (select min(org) from message where lane = $1 and state = 'queued' and org > o.org) from o where o.org is not null
		)
		select org, (select min(due) from message where lane = $1 and state = 'queued' and org = o.org) from o where org is not null limit 10000`)
	// claim takes what is due of one organisation or, on PostgreSQL, of several
	// with spaces between, each its share. There the rows are found first and
	// once (materialized): a plan that found them anew for each row would claim
	// more than was asked for. The fixed limit is for the planner, which would
	// think of a tenth of the table otherwise.
	claim = store.Across("message.claim", `update message set due = $4 where (org, id) in (
			select org, id from message where lane = $1 and org = $2 and state = 'queued' and due <= $3 order by due limit $5)
		returning `+messageColumns).
		PG(`with free as materialized (
			select m.org, m.id from unnest(string_to_array($2, ' ')) o(org) cross join lateral (
				select org, id from message where lane = $1 and org = o.org and state = 'queued' and due <= $3
				order by due limit $5 for update skip locked) m limit 256)
		update message set due = $4 where (org, id) in (select org, id from free)
		returning ` + messageColumns)
	hold = store.Across("message.hold", `update message set due = $3 where org = $1 and id = $2 and state = 'queued'`)

	// addAttempt: two nodes may make the same try, if one lost hold of it while it
	// sent; the better of the two counts. Of a message whose reader was erased
	// while it left neither the address is kept nor the carrier's words.
	addAttempt = store.Across("attempt.add", `insert into attempt
		(org, id, message, n, channel, address, state, provider_id, detail, code, at, updated)
		values ($1, $2, $3, $4, $5, case when `+readerErased+` then '' else cast($6 as text) end, $7, $8,
			case when `+readerErased+` then '' else cast($9 as text) end, $10, $11, $11)
		on conflict (org, id) do update set state = excluded.state, provider_id = excluded.provider_id,
			detail = excluded.detail, code = excluded.code, updated = excluded.updated
		where attempt.state in ('failed', 'cancelled') or excluded.state = 'delivered'`)
	// settle says what came of the try that the message is at; of one that it
	// has left behind nothing follows.
	settle = store.Across("message.settle", `update message set state = $3, stop = $4, tries = $5,
		due = case state when 'cancelled' then 0 else cast($6 as bigint) end
		where org = $1 and id = $2 and stop = $7 and tries = $8
		and (state = 'queued' or (state = 'cancelled' and $3 in ('handed_over', 'relayed', 'delivered')))`)
	addPart = store.Across("attempt.add_part", `insert into attempt_part (org, attempt, n, channel, provider_id, state, at)
		values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (org, attempt, n) do update set provider_id = excluded.provider_id, state = excluded.state, at = excluded.at`)
	adoptMessage = store.Query("message.adopt", `insert into message
		(org, id, purpose, lane, person, lang, about, thread, facts, route, stop, tries, state, due, expires, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing`)
	adoptAttempt = store.Query("attempt.adopt", `insert into attempt
		(org, id, message, n, channel, address, state, provider_id, detail, code, at, updated)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`)
	laneDepth = store.Across("message.depth", `select lane, count(*) from message where state = 'queued' group by lane`)
)

// readerErased holds of a message $3 of $1 that has no route any more.
const readerErased = `exists (select 1 from message where org = $1 and id = $3 and route = '[]')`

const attemptColumns = `message, id, n, channel, address, state, coalesce(provider_id, ''), detail, code, at, updated`

const messageColumns = `org, id, purpose, lane, person, lang, about, thread, facts, sealed, route, stop, tries, state, due = 0, expires, made`
