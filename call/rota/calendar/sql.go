package calendar

import "muster/store"

const columns = `id, rota, person, hash, made, made_by`

var (
	add   = store.Query("rota_feed.add", `insert into rota_feed (org, id, rota, person, hash, made, made_by) values ($1, $2, $3, $4, $5, $6, $7)`)
	get   = store.Query("rota_feed.get", `select `+columns+` from rota_feed where org = $1 and id = $2`)
	drop  = store.Query("rota_feed.drop", `delete from rota_feed where org = $1 and id = $2`)
	list  = store.Query("rota_feed.list", `select `+columns+` from rota_feed where org = $1 and ($2 = '' or rota = $2) and ($3 = '' or made_by = $3) order by id limit $4`)
	count = store.Query("rota_feed.count", `select count(*) from rota_feed where org = $1 and made_by = $2`)

	locate = store.Across("rota_feed.locate", `select org from rota_feed where id = $1`)
)
