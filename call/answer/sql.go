package answer

import (
	"muster/id"
	"muster/store"
)

var (
	// Anybody may put any number on a roster. Numbers that were proved come
	// first, and no organisation takes up the room of the others.
	owners = store.Across("answer.owners", `select org, person from (
			select org, person, max(verified_at) as proved, row_number() over (partition by org order by max(verified_at) is null, person) as n
			from contact_point where address = $1 group by org, person) each_of
		where n <= 20 order by proved is null, org, person limit 200`)

	addGuess = store.Query("answer.guess", `insert into answer_guess (org, person, at) values ($1, $2, $3)
		on conflict (org, person, at) do nothing`).Telemetry()
	forget  = store.Query("answer.forget", `delete from answer_guess where org = $1 and person = $2 and at <= $3`).Telemetry()
	forgive = store.Query("answer.forgive", `delete from answer_guess where org = $1 and person = $2 and at = $3`).Telemetry()
	hold    = store.Query("answer.hold", `select id from person where org = $1 and id = $2`).Lock()
	guesses = store.Query("answer.guesses", `select count(*) from answer_guess where org = $1 and person = $2 and at > $3`)
)

// owner is one person who has an address.
type owner struct {
	org    id.Org
	person id.Person
}

func scanOwner(r store.Row) (o owner, err error) { return o, r.Scan(&o.org, &o.person) }
