package account

import (
	"time"

	"muster/id"
	"muster/store"
)

// columns of an account; version is the placeholder of the policy's version
// that holds now.
func columns(version string) string {
	return `o.org, o.name, coalesce(c.phase, 'created'), coalesce(c.contract, ''), c.signed, coalesce(c.manager, ''), coalesce(c.project, ''),
	o.created, c.begun, c.live, c.ended, coalesce(c.published, ''), c.published_at,
	not exists (select 1 from policy_reading r where r.org = o.org and r.version = ` + version + `)
	from organisation o left join customer c on c.org = o.org`
}

var (
	findCustomer = store.Query("account.find", `select `+columns("$2")+` where o.org = $1`)
	holdCustomer = store.Query("account.hold", `select phase from customer where org = $1`).Lock()
	addCustomer  = store.Query("account.add", `insert into customer (org, phase, contract, manager, project, made, published)
		values ($1, 'created', '', '', '', $2, '') on conflict (org) do nothing`)
	saveCustomer = store.Query("account.save", `update customer set phase = $2, contract = $3, signed = $4, manager = $5, project = $6,
		begun = $7, live = $8, ended = $9, published = $10, published_at = $11 where org = $1`)
	hasRead    = store.Query("account.has_read", `select count(*) from policy_reading where org = $1 and person = $2 and version = $3`)
	addReading = store.Query("account.read", `insert into policy_reading (org, person, version, at, ip) values ($1, $2, $3, $4, $5)`)
	readings   = store.Query("account.readings", `select r.person, coalesce(p.name, ''), r.version, r.at, r.ip
		from policy_reading r left join person p on p.org = r.org and p.id = r.person where r.org = $1 order by r.at desc, r.person limit 100`)

	addTry = store.Query("account.reset_try.add", `insert into reset_try (org, id, address, person, at)
		values ($1, $2, $3, nullif($4, ''), $5)`).Telemetry()
	dropTries = store.Query("account.reset_try.drop", `delete from reset_try where org = $1 and at <= $2`).Telemetry()
	triesOf   = store.Query("account.reset_tries_of", `select count(*) from reset_try where org = $1 and at > $2 and person = $3`)
	triesAt   = store.Query("account.reset_tries_at", `select count(*) from reset_try where org = $1 and at > $2 and address = $3`)

	personAt = store.Query("account.person_at", `select distinct p.id from contact_point c join person p on p.org = c.org and p.id = c.person
		where c.org = $1 and c.channel = 'email' and lower(c.address) = $2 and p.active = true limit 2`)

	// Without a contract a monitoring partner is no customer, and neither is where
	// the canary flies.
	listCustomers = store.Across("account.list", `select `+columns("$1")+`
		where lower(o.name) like $2 escape '!' and (o.name, o.org) > ($3, $4) and ($6 = '' or c.manager = $6 or c.project = $6)
			and (coalesce(c.contract, '') <> '' or o.kind <> 'partner' and not exists (select 1 from canary_flight f where f.org = o.org))
		order by o.name, o.org limit $5`)
	namedCustomers = store.Across("account.named", `select `+columns("$1")+`
		where o.name = $2 or lower(o.name) = $3 or lower(c.contract) = $3 or o.org = $4 order by o.name, o.org limit 50`)
	unpublished = store.Across("account.unpublished", `select org from customer
		where published <> $1 and phase <> 'ended' and contract <> '' and org > $2 order by org limit $3`)
)

func scanAccount(r store.Row) (a Account, err error) {
	return a, r.Scan(&a.Org, &a.Name, &a.Phase, &a.Reference, store.Time(&a.Signed), &a.Manager, &a.Project,
		store.Time(&a.Made), store.Time(&a.Begun), store.Time(&a.Live), store.Time(&a.Ended), &a.Published, store.Time(&a.PublishedAt), &a.Unread)
}

// Reading is that somebody of the customer's has acknowledged a version of the
// policy.
type Reading struct {
	Person  id.Person
	Name    string
	Version string
	At      time.Time
	IP      string
}

func scanReading(r store.Row) (a Reading, err error) {
	return a, r.Scan(&a.Person, &a.Name, &a.Version, store.Time(&a.At), &a.IP)
}
