package connection

import (
	"muster/id"
	"muster/store"
)

const columns = `org, id, side, other, other_name, state, asked_by, asked_at, agreed_at, ended_at, coalesce(ended_by, ''),
	every, phones, wishes, changes, reminded, reminded_at`

var (
	add = store.Query("connection.add", `insert into connection
		(org, id, side, other, other_name, state, asked_by, asked_at, every, phones, wishes, changes, reminded, seen)
		values ($1, $2, $3, $4, $5, $6, $7, $8, false, '', '', 0, 0, 0)`)
	get     = store.Query("connection.get", `select `+columns+` from connection where org = $1 and id = $2`)
	hold    = store.Query("connection.hold", `select `+columns+` from connection where org = $1 and id = $2`).Lock()
	holdAll = store.Query("connection.hold_active", `select `+columns+` from connection
		where org = $1 and state = 'active' and side = 'customer' order by id`).Lock()
	list = store.Query("connection.list", `select `+columns+` from connection where org = $1
		order by case state when 'proposed' then 0 when 'active' then 1 else 2 end, other_name, id`)
	active = store.Query("connection.active", `select `+columns+` from connection
		where org = $1 and state = 'active' and side = $2 order by other_name, id`)
	with = store.Query("connection.with", `select `+columns+` from connection where org = $1 and other = $2 and state <> 'ended'`)
	step = store.Query("connection.step", `update connection set state = $3, agreed_at = $4, ended_at = $5, ended_by = nullif($6, '')
		where org = $1 and id = $2`)
	settle = store.Query("connection.settle", `update connection set every = $3, phones = $4, wishes = $5 where org = $1 and id = $2`)
	number = store.Query("connection.number", `update connection set changes = changes + 1 where org = $1 and id = $2 returning changes`)
	remind = store.Query("connection.remind", `update connection set reminded = $3, reminded_at = $4 where org = $1 and id = $2`).Telemetry()

	houses = store.Across("connection.houses", `select org, name from organisation where kind = 'partner' order by name, org limit $1`)
	tied   = store.Across("connection.tied", `select distinct org from connection where state = 'active'`)
)

func scan(r store.Row) (c Connection, err error) {
	err = r.Scan(&c.Org, &c.ID, &c.Side, &c.Other, &c.OtherName, &c.State, &c.AskedBy, store.Time(&c.AskedAt), store.Time(&c.AgreedAt),
		store.Time(&c.EndedAt), &c.EndedBy, &c.Every, &c.Phones, &c.Wishes, &c.Changes, &c.Reminded, store.Time(&c.RemindedAt))
	return c, err
}

func scanHouse(r store.Row) (h House, err error) {
	return h, r.Scan(&h.ID, &h.Name)
}

func scanOrg(r store.Row) (org id.Org, err error) { return org, r.Scan(&org) }
