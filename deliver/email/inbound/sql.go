package inbound

import "muster/store"

var (
	add = store.Query("mail_in.add", `insert into inbound_mail (org, digest, received) values ($1, $2, $3)
		on conflict (org, digest) do nothing`).Telemetry()
	forget  = store.Query("mail_in.forget", `delete from inbound_mail where org = $1 and received < $2`).Telemetry()
	answers = store.Query("mail_in.answers", `select count(*) from message
		where org = $1 and person = $2 and about = $3 and purpose = 'mail_reply' and made > $4`)
)
