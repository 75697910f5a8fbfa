package enrol

import (
	"encoding/json"
	"strings"

	"muster/id"
	"muster/store"
)

const changeColumns = `connection, number, worker, worker_name, kind, fields, late, made, made_name, effective, state,
	settled_at, coalesce(settled_by, ''), coalesce(reason, '')`

var (
	put = store.Query("enrolment.put", `insert into enrolment (org, worker, facts, word, made, changed) values ($1, $2, $3, $4, $5, $5)
		on conflict (org, worker) do update set facts = excluded.facts, word = excluded.word, changed = excluded.changed, left_at = null`)
	part = store.Query("enrolment.leave", `update enrolment set left_at = $3, changed = $3, facts = '{}', word = null where org = $1 and worker = $2`)
	get  = store.Query("enrolment.get", `select worker, facts, word, made, changed, left_at from enrolment where org = $1 and worker = $2`)
	hold = store.Query("enrolment.hold", `select worker, facts, word, made, changed, left_at from enrolment where org = $1 and worker = $2`).Lock()
	all  = store.Query("enrolment.all", `select worker, facts, word, made, changed, left_at from enrolment where org = $1 and left_at is null order by worker`)

	addChange = store.Query("enrolment.add_change", `insert into enrolment_change
		(org, connection, number, worker, worker_name, kind, fields, late, made, made_name, effective, state)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending')`)
	oneChange = store.Query("enrolment.change", `select `+changeColumns+` from enrolment_change where org = $1 and connection = $2 and number = $3`).Lock()
	pending   = store.Query("enrolment.pending", `select `+changeColumns+` from enrolment_change
		where org = $1 and connection = $2 and state = 'pending' order by number limit $3`)
	latest = store.Query("enrolment.latest", `select `+changeColumns+` from enrolment_change
		where org = $1 and connection = $2 and (number < $3 or $3 = 0) order by number desc limit $4`)
	settle = store.Query("enrolment.settle", `update enrolment_change set state = $5, settled_at = $6, settled_by = $7, reason = nullif($8, '')
		where org = $1 and connection = $2 and worker = $3 and number <= $4 and state = 'pending'`)
	waits = store.Query("enrolment.waits", `select count(*) from enrolment_change where org = $1 and connection = $2 and state = 'pending'`)

	standing    = store.Query("enrolment.standing", `select number, kind, state, confirmed from enrolment_standing where org = $1 and worker = $2 and connection = $3`)
	putStanding = store.Query("enrolment.put_standing", `insert into enrolment_standing (org, worker, connection, number, kind, state, confirmed)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (org, worker, connection)
		do update set number = excluded.number, kind = excluded.kind, state = excluded.state, confirmed = excluded.confirmed`)
	standings = store.Query("enrolment.standings", `select s.worker, s.connection, s.number, s.kind, s.state, s.confirmed from enrolment_standing s
		join connection c on c.org = s.org and c.id = s.connection where s.org = $1 and c.state = 'active'`)

	getForm = store.Query("enrolment.form", `select fields from enrolment_form where org = $1`)
	putForm = store.Query("enrolment.put_form", `insert into enrolment_form (org, fields) values ($1, $2)
		on conflict (org) do update set fields = excluded.fields`)

	seen = store.Query("enrolment.seen", `update connection set seen = $2 where org = $1 and side = 'customer' and state = 'active'`).Telemetry()

	// What is followed has one number: it grows with every change of the roster
	// and of who is on duty by a rota.
	pulse = store.Query("enrolment.pulse", `select o.version + (select coalesce(sum(r.duty), 0) from rota r where r.org = o.org)
		from organisation o where o.org = $1`)
	behind = store.Across("enrolment.behind", `select distinct c.org from connection c join organisation o on o.org = c.org
		where c.side = 'customer' and c.state = 'active' 
			and c.seen <> o.version + (select coalesce(sum(r.duty), 0) from rota r where r.org = c.org) limit $1`)
	lagging = store.Across("enrolment.lagging", `select c.org, c.id, c.other, min(e.made), count(*) from connection c
		join enrolment_change e on e.org = c.org and e.connection = c.id and e.state = 'pending'
		where c.side = 'customer' and c.state = 'active' group by c.org, c.id, c.other having min(e.made) < $1 limit $2`)
)

func scanEnrolment(r store.Row) (e Enrolment, err error) {
	var facts string
	if err := r.Scan(&e.Worker, &facts, &e.word, store.Time(&e.Made), store.Time(&e.Changed), store.Time(&e.Left)); err != nil {
		return e, err
	}
	err = json.Unmarshal([]byte(facts), &e.Facts)
	e.Word = len(e.word) > 0
	return e, err
}

func scanChange(r store.Row) (c Change, err error) {
	var fields string
	err = r.Scan(&c.Link, &c.Number, &c.Worker, &c.WorkerName, &c.Kind, &fields, &c.Late, store.Time(&c.Made), &c.By, store.Time(&c.Effective),
		&c.State, store.Time(&c.Settled), &c.SettledBy, &c.Reason)
	c.Fields = strings.Fields(fields)
	return c, err
}

func scanStanding(r store.Row) (s Standing, err error) {
	return s, r.Scan(&s.Number, &s.Kind, &s.State, &s.Confirmed)
}

// placed is one worker's standing with one partner.
type placed struct {
	worker id.Person
	link   id.Link
	Standing
}

func scanPlaced(r store.Row) (p placed, err error) {
	return p, r.Scan(&p.worker, &p.link, &p.Number, &p.Kind, &p.State, &p.Confirmed)
}
