package intake

import "muster/store"

var (
	addImport  = store.Query("intake.add", `insert into roster_import (org, id, made_by, version, file, sheet, expires) values ($1, $2, $3, $4, $5, $6, $7)`)
	getImport  = store.Query("intake.get", `select id, version, file, sheet, expires from roster_import where org = $1 and id = $2`)
	dropImport = store.Query("intake.drop", `delete from roster_import where org = $1 and id = $2`)
	dropOld    = store.Query("intake.drop_old", `delete from roster_import where org = $1 and expires < $2`)
)
