package status

import (
	"muster/store"
)

var (
	getPage = store.Query("status.page", `select shown, name from status_page where org = $1`)
	putPage = store.Query("status.put_page", `insert into status_page (org, shown, name, changed) values ($1, $2, $3, $4)
		on conflict (org) do update set shown = excluded.shown, name = excluded.name, changed = excluded.changed`)

	addAddress    = store.Query("status.add_feed", `insert into status_feed (org, id, hash, made, made_by) values ($1, $2, $3, $4, $5)`)
	getAddress    = store.Query("status.feed", `select id, hash, made, made_by from status_feed where org = $1 and id = $2`)
	dropAddress   = store.Query("status.drop_feed", `delete from status_feed where org = $1 and id = $2`)
	listAddresses = store.Query("status.feeds", `select id, hash, made, made_by from status_feed where org = $1 order by id limit $2`)
	locateAddress = store.Across("status.locate_feed", `select org from status_feed where id = $1`)
)

func scanPage(r store.Row) (p Page, err error) { return p, r.Scan(&p.Shown, &p.Name) }

func scanAddress(r store.Row) (a Address, err error) {
	return a, r.Scan(&a.ID, &a.hash, store.Time(&a.Made), &a.By)
}
