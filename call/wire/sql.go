package wire

import "muster/store"

const (
	wireColumns = `w.org, w.id, w.name, w.kind, w.settings, w.keyed, w.active, w.own, w.made`
	// panelColumns go with a left join of panel_pulse u.
	panelColumns = `p.org, p.id, p.name, p.line, p.account, p.keyed, p.person, p.workspace, p.poll, p.active, p.made,
		u.heard, coalesce(u.lost, false)`
	panels     = ` from panel p left join panel_pulse u on u.org = p.org and u.panel = p.id `
	newsColumn = `w.org, w.id, a.id`

	healthColumns = `failing, tries, tried, heard, told, warned, off, why, old_until`
	// postColumns go with a message m; posts are those of one wire.
	postColumns = `p.message, coalesce(p.alarm, ''), p.kind, p.at, m.state, m.due, m.tries`
	posts       = ` from wire_post p join message m on m.org = p.org and m.id = p.message where p.org = $1 and p.wire = $2 and `
)

var (
	addWire = store.Query("wire.add", `insert into wire (org, id, name, kind, settings, secret, keyed, active, own, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	setWire = store.Query("wire.set", `update wire set name = $3, settings = $4, secret = coalesce($5, secret), keyed = $6, active = $7, own = $8
		where org = $1 and id = $2`)
	dropWire   = store.Query("wire.drop", `delete from wire where org = $1 and id = $2`)
	getWire    = store.Query("wire.get", `select `+wireColumns+` from wire w where w.org = $1 and w.id = $2`)
	listWires  = store.Query("wire.list", `select `+wireColumns+` from wire w where w.org = $1 order by w.id`)
	wireSecret = store.Query("wire.secret", `select secret from wire where org = $1 and id = $2`)

	addPulse = store.Query("wire.add_pulse", `insert into wire_pulse (org, wire, seq, skew) values ($1, $2, 0, 0)
		on conflict (org, wire) do nothing`).Telemetry()
	// nextSeq counts from 1 to 9999 and begins again.
	nextSeq = store.Query("wire.next", `update wire_pulse set seq = seq % 9999 + 1 where org = $1 and wire = $2 returning seq, skew`).Telemetry()
	getSkew = store.Query("wire.skew", `select skew from wire_pulse where org = $1 and wire = $2`)
	setSkew = store.Query("wire.set_skew", `update wire_pulse set skew = $3 where org = $1 and wire = $2 and skew <> $3`).Telemetry()
	getSeq  = store.Query("wire.number", `select seq from wire_number where org = $1 and wire = $2 and message = $3 and part = $4`)
	addSeq  = store.Query("wire.add_number", `insert into wire_number (org, wire, message, part, seq) values ($1, $2, $3, $4, $5)`).Telemetry()

	// A wire has a pulse since it was made.
	getHealth  = store.Query("wire.health", `select wire, `+healthColumns+` from wire_pulse where org = $1 and wire = $2`)
	holdHealth = store.Query("wire.hold_health", `select wire, `+healthColumns+` from wire_pulse where org = $1 and wire = $2`).Lock()
	healths    = store.Query("wire.healths", `select wire, `+healthColumns+` from wire_pulse where org = $1`)
	setHealth  = store.Query("wire.set_health", `update wire_pulse set failing = $3, tries = $4, tried = $5, heard = $6, told = $7, warned = $8, off = $9, why = $10,
		old_until = $11 where org = $1 and wire = $2`).Telemetry()
	addPost = store.Query("wire.add_post", `insert into wire_post (org, wire, message, alarm, kind, at) values ($1, $2, $3, nullif($4, ''), $5, $6)`).Telemetry()
	getPost = store.Query("wire.post", `select `+postColumns+posts+`p.message = $3`)
	// notePost takes note once that a message's alarm says that the line does not take it.
	notePost = store.Query("wire.note_post", `update wire_post set noted = $4 where org = $1 and wire = $2 and message = $3 and noted is null`).Telemetry()
	waiting  = store.Query("wire.waiting", `select `+postColumns+posts+`m.state = 'queued' order by m.id limit $3`)
	unsaidOn = store.Query("wire.missed", `select `+postColumns+posts+`m.state in ('failed', 'expired') and p.at >= $3 order by m.id desc limit $4`)
	dropPost = store.Query("wire.drop_posts", `delete from wire_post where org = $1 and wire = $2`).Telemetry()

	addFrame = store.Query("wire.add_frame", `insert into wire_frame (org, id, wire, message, receiver, at, took, sent, got, verdict, problem)
		values ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, $10, $11)`).Telemetry()
	listFrames = store.Query("wire.frames", `select id, coalesce(message, ''), receiver, at, took, sent, got, verdict, problem from wire_frame
		where org = $1 and wire = $2 and id < $3 order by id desc limit $4`)
	sweepPolls = store.Query("wire.sweep", `delete from wire_frame where org = $1 and wire = $2 and message is null and at < $3`).Telemetry()

	receivers   = store.Query("wire.receivers", `select wire, address, up, since, heard from wire_receiver where org = $1 order by wire, address`)
	getReceiver = store.Query("wire.receiver", `select wire, address, up, since, heard from wire_receiver where org = $1 and wire = $2 and address = $3`).Lock()
	setReceiver = store.Query("wire.set_receiver", `insert into wire_receiver (org, wire, address, up, since, heard) values ($1, $2, $3, $4, $5, $6)
		on conflict (org, wire, address) do update set up = excluded.up, since = excluded.since, heard = coalesce(excluded.heard, wire_receiver.heard)`).Telemetry()
	dropReceivers = store.Query("wire.drop_receivers", `delete from wire_receiver where org = $1 and wire = $2`).Telemetry()

	saidOf = store.Query("wire.said", `select kind, state from wire_news where org = $1 and wire = $2 and alarm = $3`).Lock()
	say    = store.Query("wire.say", `insert into wire_news (org, wire, alarm, kind, state, at) values ($1, $2, $3, $4, $5, $6)
		on conflict (org, wire, alarm) do update set kind = excluded.kind, state = excluded.state, at = excluded.at`).Telemetry()
	wired = store.Across("wire.wired", `select org from wire where active = true and own = true group by org limit 10000`)
	// unsaid finds open alarms that are not yet said on a wire as they are now.
	// The shape makes both databases begin at the few wires there are.
	unsaid = store.Across("wire.unsaid", `select `+newsColumn+` from wire w join alarm a on a.org = w.org and a.state <> 'resolved'
		left join wire_news n on n.org = w.org and n.wire = w.id and n.alarm = a.id
		where w.active = true and w.own = true and (n.alarm is null or n.kind <> a.kind or n.state <> a.state) limit $1`)
	// unended finds alarms that are over and whose end is not yet said.
	unended = store.Across("wire.unended", `select `+newsColumn+` from wire_news n join wire w on w.org = n.org and w.id = n.wire
		join alarm a on a.org = n.org and a.id = n.alarm and a.state = 'resolved'
		where n.state <> 'resolved' limit $1`)

	addPanel = store.Query("panel.add", `insert into panel (org, id, name, line, account, secret, keyed, person, workspace, poll, active, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	setPanel = store.Query("panel.set", `update panel set name = $3, line = $4, account = $5, secret = coalesce($6, secret), keyed = $7, person = $8, workspace = $9,
		poll = $10, active = $11 where org = $1 and id = $2`)
	dropPanel = store.Query("panel.drop", `delete from panel where org = $1 and id = $2`)
	dropHeard = store.Query("panel.drop_pulse", `delete from panel_pulse where org = $1 and panel = $2`).Telemetry()
	getPanel  = store.Query("panel.get", `select `+panelColumns+panels+`where p.org = $1 and p.id = $2`)
	// holdPanel makes frames of one panel follow each other.
	holdPanel  = store.Query("panel.hold", `select id from panel where org = $1 and id = $2`).Lock()
	listPanels = store.Query("panel.list", `select `+panelColumns+panels+`where p.org = $1 order by p.id`)
	findPanel  = store.Across("panel.find", `select org, id, secret from panel where line = $1 and account = $2 and active = true`)

	setHeard = store.Query("panel.heard", `insert into panel_pulse (org, panel, heard, lost) values ($1, $2, $3, $4)
		on conflict (org, panel) do update set heard = excluded.heard, lost = excluded.lost`).Telemetry()
	addArrival = store.Query("panel.add_frame", `insert into panel_frame (org, id, panel, at, host, raw, seq, digest, refused, count, alarm)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, nullif($10, ''))
		on conflict (org, id) do update set count = panel_frame.count + 1`).Telemetry()
	sameFrame = store.Query("panel.same", `select digest from panel_frame
		where org = $1 and panel = $2 and at >= $3 and seq = $4 and refused = ''`)
	addSealed = store.Query("panel.add_sealed", `insert into panel_sealed (org, panel, digest, head, at) values ($1, $2, $3, $4, $5)
		on conflict (org, panel, digest) do nothing`).Telemetry()
	sealedHead   = store.Query("panel.sealed", `select head from panel_sealed where org = $1 and panel = $2 and digest = $3`)
	forgetSealed = store.Query("panel.forget_sealed", `delete from panel_sealed where org = $1 and panel = $2 and at < $3`).Telemetry()
	listArrivals = store.Query("panel.frames", `select id, at, host, raw, refused, count, coalesce(alarm, '') from panel_frame
		where org = $1 and panel = $2 order by at desc, id desc limit $3`)
)
