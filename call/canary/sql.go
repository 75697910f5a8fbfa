package canary

import "muster/store"

const columns = `id, shift, deadline, raised, handed, failed`

var (
	add = store.Query("canary.add", `insert into canary_flight (org, id, shift, deadline, failed) values ($1, $2, $3, $4, false)`)
	get = store.Query("canary.get", `select `+columns+` from canary_flight where org = $1 and id = $2`).Lock()
	// Flights of which nobody knows yet how they ended; there is one at most,
	// but for a crash.
	under = store.Query("canary.under", `select `+columns+` from canary_flight where org = $1 and handed is null and failed = false order by id`).Lock()
	home  = store.Query("canary.home", `update canary_flight set raised = $3, handed = $4 where org = $1 and id = $2`)
	fail  = store.Query("canary.fail", `update canary_flight set failed = true where org = $1 and id = $2`)
	last  = store.Query("canary.last", `select `+columns+` from canary_flight where org = $1 order by id desc limit $2`)
	good  = store.Query("canary.good", `select `+columns+` from canary_flight where org = $1 and handed is not null order by id desc limit 1`)
	// Staff hear once that the canary fails, and once that it flies again.
	failedBefore = store.Query("canary.failed_before", `select failed from canary_flight where org = $1 and id < $2 order by id desc limit 1`)
)
