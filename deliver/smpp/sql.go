package smpp

import "muster/store"

var (
	addSegment = store.Across("text_part.add", `insert into text_part (text, n, total, sealed, came, done)
		values ($1, $2, $3, $4, $5, false) on conflict (text, n) do nothing`)
	forgetText   = store.Across("text_part.forget_text", `delete from text_part where text = $1 and done = true`)
	segmentsOf   = store.Across("text_part.of", `select n, total, sealed, came, done from text_part where text = $1 order by n`)
	partsDone    = store.Across("text_part.done", `update text_part set done = true where text = $1`)
	partsWaiting = store.Across("text_part.waiting", `select distinct text from text_part where done = false and came < $1 limit 100`)
	forgetParts  = store.Across("text_part.forget", `delete from text_part where done = true and (came < $2 or (total = 1 and came < $1))`)
)
