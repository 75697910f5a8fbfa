package texting

import (
	"time"

	"muster/id"
	"muster/store"
)

var (
	// Anybody may put any number on a roster. Numbers that were proved come
	// first, and no organisation takes up the room of the others.
	owners = store.Across("texting.owners", `select org, person from (
			select org, person, max(verified_at) as proved, row_number() over (partition by org order by max(verified_at) is null, person) as n
			from contact_point where channel = 'sms' and address = $1 group by org, person) each_of
		where n <= 20 order by proved is null, org, person limit 200`)

	add = store.Query("texting.add", `insert into inbound_text (org, person, id, received, wrong)
		values ($1, $2, $3, $4, false) on conflict (org, person, id) do nothing`).Telemetry()
	get     = store.Query("texting.get", `select received, done from inbound_text where org = $1 and person = $2 and id = $3`)
	finish  = store.Query("texting.finish", `update inbound_text set done = $4 where org = $1 and person = $2 and id = $3 and done is null`).Telemetry()
	forget  = store.Query("texting.forget", `delete from inbound_text where org = $1 and person = $2 and received < $3`).Telemetry()
	hold    = store.Query("texting.hold", `select id from person where org = $1 and id = $2`).Lock()
	miss    = store.Query("texting.miss", `update inbound_text set wrong = true where org = $1 and person = $2 and id = $3`).Telemetry()
	noMiss  = store.Query("texting.no_miss", `update inbound_text set wrong = false where org = $1 and person = $2 and id = $3`).Telemetry()
	guesses = store.Query("texting.guesses", `select count(*) from inbound_text
		where org = $1 and person = $2 and wrong = true and received > $3 and id <> $4`)
)

// owner is one person who has the number.
type owner struct {
	org    id.Org
	person id.Person
}

func scanOwner(r store.Row) (o owner, err error) { return o, r.Scan(&o.org, &o.person) }

// record is what is known of a message.
type record struct{ received, done time.Time }

func scanRecord(r store.Row) (x record, err error) {
	return x, r.Scan(store.Time(&x.received), store.Time(&x.done))
}
