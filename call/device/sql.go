package device

import (
	"muster/id"
	"muster/store"
)

const columns = `d.id, d.person, d.app, d.name, d.check_in, d.created, d.revoked, d.heard, coalesce(d.battery, -1)`

var (
	add = store.Query("device.add", `insert into device (org, id, person, app, name, hash, check_in, made_by, created)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	revoke   = store.Query("device.revoke", `update device set revoked = $3 where org = $1 and id = $2 and revoked is null`)
	get      = store.Query("device.get", `select `+columns+` from device d where d.org = $1 and d.id = $2`)
	ofPerson = store.Query("device.of_person", `select `+columns+` from device d
		where d.org = $1 and d.person = $2 and d.revoked is null order by d.created, d.id`)
	ofAll = store.Query("device.of_all", `select `+columns+` from device d
		where d.org = $1 and d.revoked is null order by d.created, d.id limit $2`)
	hear = store.Query("device.hear", `update device set heard = $3, battery = coalesce($4, battery)
		where org = $1 and id = $2`).Telemetry()

	byHash = store.Across("device.by_hash", `select d.org, `+columns+` from device d where d.hash = $1 and d.revoked is null`)
)

// owned is a device and whose it is.
type owned struct {
	Device
	org id.Org
}

func (d *Device) fields() []any {
	return []any{
		&d.ID, &d.Person, &d.App, &d.Name, &d.CheckIn, store.Time(&d.Created), store.Time(&d.Revoked),
		store.Time(&d.Heard), &d.Battery,
	}
}

func scan(r store.Row) (d Device, err error) { return d, r.Scan(d.fields()...) }

func scanOwned(r store.Row) (o owned, err error) {
	return o, r.Scan(append([]any{&o.org}, o.fields()...)...)
}
