package duty

import (
	"time"

	"muster/id"
	"muster/store"
)

var (
	holders = store.Query("duty.holders", `select duty, person, coalesce(deputy, ''), since from duty where org = $1`)
	hold    = store.Query("duty.hold", `select duty, person, coalesce(deputy, ''), since from duty where org = $1 and duty = $2`).Lock()
	put     = store.Query("duty.put", `insert into duty (org, duty, person, deputy, since) values ($1, $2, $3, nullif($4, ''), $5)
		on conflict (org, duty) do update set person = excluded.person, deputy = excluded.deputy,
		since = case when duty.person = excluded.person then duty.since else excluded.since end`)
)

type row struct {
	duty           Duty
	person, deputy id.Person
	since          time.Time
}

func scanRow(r store.Row) (d row, err error) {
	return d, r.Scan(&d.duty, &d.person, &d.deputy, store.Time(&d.since))
}
