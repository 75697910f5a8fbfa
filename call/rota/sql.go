package rota

import "muster/store"

const columns = `r.org, r.id, r.workspace, r.name, r.kind, r.start, r.handover, r.days, r.turns, r.need, r.version, r.made, r.closed`

const coverColumns = `id, rota, pair, begins, ends, out_person, in_person, why, asked, made, made_by`

var (
	add = store.Query("rota.add", `insert into rota (org, id, workspace, name, kind, start, handover, days, turns, need, version, made)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)`)
	save = store.Query("rota.save", `update rota set name = $3, kind = $4, start = $5, handover = $6, days = $7, turns = $8, need = $9,
		version = version + 1 where org = $1 and id = $2`)
	end  = store.Query("rota.end", `update rota set closed = $3, version = version + 1 where org = $1 and id = $2`)
	bump = store.Query("rota.bump", `update rota set version = version + 1 where org = $1 and id = $2`)
	turn = store.Query("rota.turn", `update rota set duty = duty + 1, counts = $3 where org = $1 and id = $2`)
	duty = store.Query("rota.duty", `select duty, counts from rota where org = $1 and id = $2`)
	get  = store.Query("rota.get", `select `+columns+` from rota r where r.org = $1 and r.id = $2`)
	hold = store.Query("rota.hold", `select `+columns+` from rota r where r.org = $1 and r.id = $2`).Lock()
	open = store.Query("rota.open", `select `+columns+` from rota r where r.org = $1 and r.closed is null order by r.workspace, r.name limit $2`)

	addCover = store.Query("rota_cover.add", `insert into rota_cover
		(org, id, rota, pair, begins, ends, out_person, in_person, why, asked, made, made_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	covers = store.Query("rota_cover.list", `select `+coverColumns+` from rota_cover
		where org = $1 and rota = $2 and ends > $3 and begins < $4 order by id`)
	getCover   = store.Query("rota_cover.get", `select `+coverColumns+` from rota_cover where org = $1 and id = $2 and rota = $3`)
	countCover = store.Query("rota_cover.count", `select count(*) from rota_cover where org = $1 and rota = $2 and ends > $3`)
	dropCover  = store.Query("rota_cover.drop", `delete from rota_cover where org = $1 and rota = $2 and (id = $3 or pair = $3)`)
	agreeCover = store.Query("rota_cover.agree", `update rota_cover set asked = '' where org = $1 and rota = $2 and (id = $3 or pair = $3)`)

	addGap   = store.Query("rota_gap.add", `insert into rota_gap (org, id, rota, begins, ends, why, found) values ($1, $2, $3, $4, $5, $6, $7)`)
	moveGap  = store.Query("rota_gap.move", `update rota_gap set begins = $3, ends = $4, why = $5 where org = $1 and id = $2`).Telemetry()
	endGap   = store.Query("rota_gap.end", `update rota_gap set ended = $3 where org = $1 and id = $2`)
	openGaps = store.Query("rota_gap.open", `select id, begins, ends, why from rota_gap where org = $1 and rota = $2 and ended is null order by begins`)
	looked   = store.Query("rota_look.put", `insert into rota_look (org, rota, at, version)
		select $1, $2, $3, o.version from organisation o where o.org = $1
		on conflict (org, rota) do update set at = excluded.at, version = excluded.version`).Telemetry()

	// A rota is looked at again when the roster has changed since, and when so
	// much time has passed that new days have come into sight.
	stale = store.Across("rota.stale", `select r.org, r.id from rota r join organisation o on o.org = r.org
		left join rota_look l on l.org = r.org and l.rota = r.id
		where r.closed is null and (l.at is null or l.at < $1 or l.version <> o.version) order by coalesce(l.at, 0) limit $2`)
)
