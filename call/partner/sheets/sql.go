package sheets

import (
	"encoding/json"

	"muster/store"
)

var (
	addImport  = store.Query("sheets.add", `insert into enrolment_import (org, id, made_by, file, data, columns, expires) values ($1, $2, $3, $4, $5, $6, $7)`).Telemetry()
	getImport  = store.Query("sheets.get", `select id, file, data, columns, expires from enrolment_import where org = $1 and id = $2`)
	setColumns = store.Query("sheets.columns", `update enrolment_import set columns = $3 where org = $1 and id = $2`).Telemetry()
	dropImport = store.Query("sheets.drop", `delete from enrolment_import where org = $1 and id = $2`).Telemetry()
	dropOld    = store.Query("sheets.drop_old", `delete from enrolment_import where org = $1 and expires < $2`).Telemetry()
)

func scanKept(r store.Row) (k kept, err error) {
	var columns string
	if err := r.Scan(&k.id, &k.file, &k.data, &columns, store.Time(&k.expires)); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(columns), &k.columns)
}
