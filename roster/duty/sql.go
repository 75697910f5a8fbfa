package duty

import (
	"time"

	"muster/id"
	"muster/store"
)

var (
	holders = store.Query("duty.holders", `select d.duty, d.person, coalesce(d.deputy, ''), d.since, coalesce(c.stale, false) from duty d
		left join contact_person c on c.org = d.org and c.person = d.person where d.org = $1`)
	hold = store.Query("duty.hold", `select duty, person, coalesce(deputy, ''), since, false from duty where org = $1 and duty = $2`).Lock()
	put  = store.Query("duty.put", `insert into duty (org, duty, person, deputy, since) values ($1, $2, $3, nullif($4, ''), $5)
		on conflict (org, duty) do update set person = excluded.person, deputy = excluded.deputy,
		since = case when duty.person = excluded.person then duty.since else excluded.since end`)

	members    = store.Query("duty.members", memberColumns+`where org = $1 order by since, person`)
	getMember  = store.Query("duty.get_member", memberColumns+`where org = $1 and person = $2`)
	holdMember = store.Query("duty.member", memberColumns+`where org = $1 and person = $2`).Lock()
	addMember  = store.Query("duty.add_member", `insert into contact_person (org, person, since, confirmed, said, stale, shared, behind)
		values ($1, $2, $3, $3, 0, false, false, null) on conflict (org, person) do nothing`)
	dropMember    = store.Query("duty.drop_member", `delete from contact_person where org = $1 and person = $2`)
	shareMember   = store.Query("duty.share", `update contact_person set shared = $3, behind = nullif($4, ''), stale = $5 where org = $1 and person = $2`)
	confirmMember = store.Query("duty.confirm", `update contact_person set confirmed = $3, said = 0, stale = $4 where org = $1 and person = $2`)
	climb         = store.Query("duty.climb", `update contact_person set said = $3, stale = $4 where org = $1 and person = $2`)
	unconfirmed   = store.Query("duty.unconfirmed", `select count(*) from duty d
		left join contact_person c on c.org = d.org and c.person = d.person
		where d.org = $1 and coalesce(c.confirmed, d.since) <= $2`)

	strangers = store.Query("duty.strangers", `select h.person, min(h.since) from (
		select org, person, since from duty union all select org, deputy, since from duty where deputy is not null) h
		where h.org = $1 and not exists (select 1 from contact_person c where c.org = h.org and c.person = h.person) group by h.person`)
	adopt = store.Query("duty.adopt", `insert into contact_person (org, person, since, confirmed, said, stale, shared, behind)
		values ($1, $2, $3, $3, 0, false, false, null) on conflict (org, person) do nothing`)
	unadopted = store.Across("duty.unadopted", `select distinct d.org from duty d where d.org > $1 and (
		not exists (select 1 from contact_person c where c.org = d.org and c.person = d.person)
		or d.deputy is not null and not exists (select 1 from contact_person c where c.org = d.org and c.person = d.deputy))
		order by d.org limit $2`)

	countMembers = store.Across("duty.count_members", `select c.org, count(*), count(*) filter (where c.stale = false and exists (
		select 1 from contact_point p where p.org = c.org and p.person = c.person and p.channel <> 'webpush' and p.verified_at is not null and p.bounced_at is null))
		from contact_person c group by c.org`)
	allHeld = store.Across("duty.all_held", `select d.org, d.duty, coalesce(c.stale, false),
		count(p.id) filter (where p.verified_at is not null and p.bounced_at is null), count(p.id) filter (where p.bounced_at is not null)
		from duty d left join contact_person c on c.org = d.org and c.person = d.person
		left join contact_point p on p.org = d.org and p.person = d.person and p.channel = 'email'
		group by d.org, d.duty, c.stale`)
)

const memberColumns = `select person, since, confirmed, said, stale, shared, coalesce(behind, '') from contact_person `

func scanMember(r store.Row) (m Member, err error) {
	return m, r.Scan(&m.Person, store.Time(&m.Since), store.Time(&m.Confirmed), &m.said, &m.Stale, &m.Shared, &m.Behind)
}

type row struct {
	duty           Duty
	person, deputy id.Person
	since          time.Time
	stale          bool
}

func scanRow(r store.Row) (d row, err error) {
	return d, r.Scan(&d.duty, &d.person, &d.deputy, store.Time(&d.since), &d.stale)
}
