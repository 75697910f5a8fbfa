package contact

import "muster/store"

var (
	addPoint = store.Query("contact.add", `insert into contact_point (org, id, person, channel, address, rank, alarms)
		values ($1, $2, $3, $4, $5, $6, $7)`)
	dropPoint = store.Query("contact.drop", `delete from contact_point where org = $1 and id = $2`)
	arrange   = store.Query("contact.arrange", `update contact_point set rank = $3, alarms = $4 where org = $1 and id = $2`)
	verify    = store.Query("contact.verify", `update contact_point set verified_at = $3,
		bounced_at = null, bounced_why = '', bounced_code = '' where org = $1 and id = $2`)

	setQuiet = store.Query("contact.set_quiet", `update person set quiet = $3 where org = $1 and id = $2`)

	putCode = store.Query("contact.put_code", `insert into contact_code (org, contact, mac, tries, expires) values ($1, $2, $3, 0, $4)
		on conflict (org, contact) do update set mac = excluded.mac, tries = 0, expires = excluded.expires`)
	holdCode = store.Query("contact.hold_code", `select mac, tries, expires from contact_code where org = $1 and contact = $2`).Lock()
	countTry = store.Query("contact.count_try", `update contact_code set tries = tries + 1 where org = $1 and contact = $2`).Telemetry()
	dropCode = store.Query("contact.drop_code", `delete from contact_code where org = $1 and contact = $2`)

	addDevice   = store.Query("contact.add_device", `insert into push_device (org, contact, fold, sealed, made) values ($1, $2, $3, $4, $5)`)
	renewDevice = store.Query("contact.renew_device", `update push_device set sealed = $3, made = $4 where org = $1 and contact = $2`)
	dropDevice  = store.Query("contact.drop_device", `delete from push_device where org = $1 and contact = $2`)
	devicesBy   = store.Query("contact.devices_by", `select p.person, p.id from push_device d
		join contact_point p on p.org = d.org and p.id = d.contact where d.org = $1 and d.fold = $2 order by p.id`)
	deviceAt = store.Query("contact.device_at", `select d.sealed from contact_point p
		join push_device d on d.org = p.org and d.contact = p.id where p.org = $1 and p.channel = 'webpush' and p.address = $2 limit 1`)

	// A mark stays until the address is confirmed again, and what was tried
	// before that says nothing.
	trusted = store.Query("contact.trusted", `select person, id from contact_point where org = $1 and channel = $2 and address = $3
		and bounced_at is null and (verified_at is null or verified_at <= $4) order by id`).Lock()
	countBounced = store.Query("contact.count_bounced", `select count(*) filter (where bounced_at > $3), count(*) from contact_point where org = $1 and channel = $2`)
	bounce       = store.Query("contact.bounce", `update contact_point set bounced_at = $3, bounced_why = $4, bounced_code = $5
		where org = $1 and id = $2`)
)
