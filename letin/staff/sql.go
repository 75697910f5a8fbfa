package staff

import (
	"encoding/json"
	"fmt"
	"time"

	"muster/id"
	"muster/store"
)

const member = `select s.id, s.name, a.email, s.active, s.department, s.positions, s.delegate_until,
	b.staff is not null, coalesce(r.confirmed, s.created), (select max(n.proved) from session n where n.staff = s.id), s.since, b.bound, s.lang
	from staff s join account a on a.id = s.account
	left join staff_sign_on b on b.staff = s.id
	left join staff_review r on r.staff = s.id`

var (
	one      = store.Across("staff.find", member+` where s.id = $1`)
	everyone = store.Across("staff.list", member+` order by s.name, s.id`)
	proofs   = store.Across("staff.proofs", `select staff, proof, since, until from staff_proof where staff = $1`)
	allProof = store.Across("staff.all_proofs", `select staff, proof, since, until from staff_proof`)

	place = store.Across("staff.place", `update staff set department = $2, positions = $3, delegate_until = $4, lang = $5 where id = $1`)
	known = store.Across("staff.known", `update staff set since = $2 where id = $1`)
	touch = store.Across("staff.touch", `insert into staff_change (staff, by_staff, at) values ($1, $2, $3)
		on conflict (staff, by_staff) do update set at = excluded.at`)
	changes = store.Across("staff.changes", `select staff, by_staff from staff_change where at > $1`)
	turn    = store.Across("staff.switch", `update staff set active = $2 where id = $1`)
	record  = store.Across("staff.record", `insert into staff_proof (staff, proof, since, until) values ($1, $2, $3, $4)
		on conflict (staff, proof) do update set since = excluded.since, until = excluded.until`)
	withdraw = store.Across("staff.withdraw", `delete from staff_proof where staff = $1 and proof = $2`)
)

// The review, which has timers and messages and so belongs to the provider's
// own organisation.
var (
	confirm = store.Query("staff.confirm", `insert into staff_review (org, staff, confirmed) values ($1, $2, $3)
		on conflict (org, staff) do update set confirmed = excluded.confirmed, noticed = null`)
	noted    = store.Query("staff.noted", `update staff_review set noticed = $3 where org = $1 and staff = $2`)
	reviewOf = store.Query("staff.review_of", `select confirmed, noticed from staff_review where org = $1 and staff = $2`).Lock()
	expect   = store.Query("staff.expect", `insert into staff_proof_notice (org, staff, proof, until, sent) values ($1, $2, $3, $4, $5)
		on conflict (org, staff, proof) do update set until = excluded.until, sent = excluded.sent`)
	expected   = store.Query("staff.expected", `select proof, until, sent from staff_proof_notice where org = $1 and staff = $2 and proof = $3`).Lock()
	expectedOf = store.Query("staff.expected_of", `select proof, until, sent from staff_proof_notice where org = $1 and staff = $2 order by proof`)
	unexpect   = store.Query("staff.unexpect", `delete from staff_proof_notice where org = $1 and staff = $2 and proof = $3`)
	colleague  = store.Query("staff.colleagues", `select s.id, s.name, a.email, s.active, s.department, s.positions, s.delegate_until, false,
		coalesce(r.confirmed, s.created), null, s.since, null, s.lang
		from staff s join account a on a.id = s.account left join staff_review r on r.org = $1 and r.staff = s.id
		where s.active = true order by s.name, s.id`)
)

func scanMember(r store.Row) (m Member, err error) {
	var positions string
	if err = r.Scan(
		&m.ID, &m.Name, &m.Email, &m.Active, &m.Department, &positions,
		store.Time(&m.Delegate), &m.Tied, store.Time(&m.Confirmed), store.Time(&m.LastProved),
		store.Time(&m.Known), store.Time(&m.Bound), &m.Lang,
	); err != nil {
		return m, err
	}
	if err = json.Unmarshal([]byte(positions), &m.Positions); err != nil {
		return m, fmt.Errorf("stored positions: %w", err)
	}
	m.Standing = map[Proof]Span{}
	return m, nil
}

func scanChange(r store.Row) (c change, err error) { return c, r.Scan(&c.of, &c.by) }

type proofRow struct {
	staff id.Staff
	proof Proof
	span  Span
}

func scanProof(r store.Row) (p proofRow, err error) {
	var since, until time.Time
	err = r.Scan(&p.staff, &p.proof, store.Time(&since), store.Time(&until))
	p.span = Span{since, until}
	return p, err
}
