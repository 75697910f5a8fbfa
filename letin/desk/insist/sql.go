package insist

import "muster/store"

const columns = `id, request, scope, why, asked_by, asked_name, department, asked, state, coalesce(head, ''), head_name, words, decided, until, ended`

var (
	put = store.Query("exception.put", `insert into request_exception
			(org, id, request, scope, why, asked_by, asked_name, department, asked, state, head, head_name, words, decided, until, ended)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''), $12, $13, $14, $15, $16)
		on conflict (org, id) do update set state = excluded.state, head = excluded.head, head_name = excluded.head_name,
			words = excluded.words, decided = excluded.decided, until = excluded.until, ended = excluded.ended`)
	hold    = store.Query("exception.hold", `select `+columns+` from request_exception where org = $1 and id = $2`).Lock()
	ofThis  = store.Query("exception.of", `select `+columns+` from request_exception where org = $1 and request = $2 order by asked, id`)
	inForce = store.Query("exception.in_force", `select `+columns+` from request_exception where org = $1 and state = 'allowed' and until > $2 order by until, id`)
	// Those that hold, all of them, and the latest of the others.
	everywhere = store.Across("exception.everywhere", `select org, `+columns+` from request_exception e where (state = 'allowed' and until > $1)
		or (org, id) in (select x.org, x.id from request_exception x where not (x.state = 'allowed' and x.until > $1) order by x.asked desc, x.id limit $2)`)
	latest = store.Query("exception.latest", `select `+columns+` from request_exception where org = $1 order by asked desc, id desc limit 100`)
)

func scan(r store.Row) (e Exception, err error) {
	return e, r.Scan(&e.ID, &e.Request, &e.Scope, &e.Why, &e.AskedBy, &e.AskedName, &e.Department, store.Time(&e.Asked), &e.State, &e.Head, &e.HeadName,
		&e.Words, store.Time(&e.Decided), store.Time(&e.Until), store.Time(&e.Ended))
}

func (e Exception) save(tx *store.Tx) error {
	return tx.Write(put, e.ID, e.Request, e.Scope, e.Why, e.AskedBy, e.AskedName, string(e.Department), e.Asked, string(e.State), e.Head, e.HeadName,
		e.Words, e.Decided, e.Until, e.Ended)
}
