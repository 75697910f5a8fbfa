package carrier

import "muster/store"

var (
	listCarriers = store.Query("carrier.list", `select id, kind, name, place, active, sealed, made, changed from carrier
		where org = $1 order by place, id`)
	getCarrier = store.Query("carrier.get", `select id, kind, name, place, active, sealed, made, changed from carrier
		where org = $1 and id = $2`)
	holdCarrier = store.Query("carrier.hold", `select id, kind, name, place, active, sealed, made, changed from carrier
		where org = $1 and id = $2`).Lock()
	countCarriers = store.Query("carrier.count", `select count(*), coalesce(max(place), 0) from carrier where org = $1`)
	firstPlace    = store.Query("carrier.first_place", `select coalesce(min(place), 0) from carrier where org = $1`)
	addCarrier    = store.Query("carrier.add", `insert into carrier (org, id, kind, name, place, active, sealed, made, changed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`)
	changeCarrier = store.Query("carrier.change", `update carrier set name = $3, active = $4, sealed = $5, changed = $6 where org = $1 and id = $2`)
	placeCarrier  = store.Query("carrier.place", `update carrier set place = $3 where org = $1 and id = $2`)
	dropCarrier   = store.Query("carrier.drop", `delete from carrier where org = $1 and id = $2`)

	addTally = store.Query("carrier.tally", `insert into carrier_tally (org, minute, carrier, channel, what, sort, code, n, last)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (org, minute, carrier, channel, what, sort, code) do update
		set n = carrier_tally.n + excluded.n, last = case when excluded.last > carrier_tally.last then excluded.last else carrier_tally.last end`)
	forgetTallies = store.Query("carrier.forget_tallies", `delete from carrier_tally where org = $1 and minute < $2`)
	sumTallies    = store.Query("carrier.sum_tallies", `select carrier, channel, what, sort, code, sum(n),
			sum(case when minute >= $3 then n else 0 end), sum(case when minute = $4 then n else 0 end), max(last)
		from carrier_tally where org = $1 and minute >= $2 group by carrier, channel, what, sort, code
		order by carrier, channel, what, sort, code`)
)

// row is a carrier as it lies in the database.
type row struct {
	Carrier
	sealed []byte
}

func scanRow(r store.Row) (c row, err error) {
	err = r.Scan(&c.ID, &c.Kind, &c.Name, &c.place, &c.Active, &c.sealed, store.Time(&c.Made), store.Time(&c.Changed))
	return c, err
}

// size is how many carriers there are, and the last one's place.
type size struct{ n, last int64 }

func scanSize(r store.Row) (s size, err error) { return s, r.Scan(&s.n, &s.last) }
