package admit

import "muster/store"

const columns = `select person, roles, by_name, grant_id, at from role_waiting `

var (
	get  = store.Query("admit.get", columns+`where org = $1 and person = $2`)
	list = store.Query("admit.list", columns+`where org = $1 order by at, person`)
	drop = store.Query("admit.drop", `delete from role_waiting where org = $1 and person = $2`)
)
