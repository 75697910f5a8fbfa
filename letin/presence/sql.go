package presence

import "muster/store"

const columns = `id, staff, staff_name, kind, words, asked, person, name, joined, proved, ended, how`

var (
	add = store.Query("presence.add", `insert into presence (org, id, staff, staff_name, kind, words, asked, person, name, how)
		values ($1, $2, $3, $4, $5, $6, $7, '', '', '')`)
	hold   = store.Query("presence.hold", `select `+columns+` from presence where org = $1 and id = $2`).Lock()
	ofMine = store.Query("presence.of", `select `+columns+` from presence where org = $1 and staff = $2 and ended is null order by asked desc, id desc limit 10`)
	asked  = store.Query("presence.asked", `select count(*) from presence where org = $1 and staff = $2 and asked > $3`)
	recent = store.Query("presence.recent", `select `+columns+` from presence where org = $1 and (ended is null or ended > $2) order by asked desc, id desc limit 50`)
	join   = store.Query("presence.join", `update presence set person = $3, name = $4, joined = $5, proved = $5 where org = $1 and id = $2`)
	finish = store.Query("presence.finish", `update presence set ended = $3, how = $4 where org = $1 and id = $2`)
	// Proofs are telemetry: the entry that ends the presence says how long it held.
	prove = store.Query("presence.prove", `update presence set proved = $3 where org = $1 and id = $2`).Telemetry()
)

func scanPresence(r store.Row) (p Presence, err error) {
	return p, r.Scan(&p.ID, &p.Staff, &p.StaffName, &p.Kind, &p.Words, store.Time(&p.Asked), &p.Person, &p.Name,
		store.Time(&p.Joined), store.Time(&p.Proved), store.Time(&p.Ended), &p.How)
}
