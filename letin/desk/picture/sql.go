package picture

import "muster/store"

const columns = `id, line, kind, wide, high, digest, made, erased`

var (
	// The line is the one that was said last.
	add = store.Query("picture.add", `insert into request_picture (org, id, request, line, message, kind, wide, high, digest, sealed, made)
		select $1, $2, $3, coalesce(max(n), 0), nullif($4, ''), $5, $6, $7, $8, $9, $10 from request_line where org = $1 and request = $3`)
	ofRequest = store.Query("picture.of_request", `select `+columns+` from request_picture where org = $1 and request = $2 order by id limit 1000`)
	content   = store.Query("picture.content", `select kind, wide, high, digest, sealed from request_picture
		where org = $1 and request = $2 and id = $3 and sealed is not null`)
	ofMessage = store.Query("picture.of_message", `select kind, wide, high, digest, sealed from request_picture
		where org = $1 and message = $2 and sealed is not null order by id`)
	erase = store.Query("picture.erase", `update request_picture set sealed = null, erased = $3 where org = $1 and request = $2 and sealed is not null`)
	// By which leave somebody was inside last.
	inside = store.Query("picture.inside", `select grant_id from visit where org = $1 and staff = $2 order by id desc limit 1`)
)

func scanKept(r store.Row) (k Kept, err error) {
	return k, r.Scan(&k.ID, &k.Line, &k.Kind, &k.Wide, &k.High, &k.Digest, store.Time(&k.Made), store.Time(&k.Erased))
}

// locked is a picture as it lies there.
type locked struct {
	Image
	digest string
	sealed []byte
}

func scanLocked(r store.Row) (l locked, err error) {
	return l, r.Scan(&l.Kind, &l.Wide, &l.High, &l.digest, &l.sealed)
}
