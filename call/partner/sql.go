package partner

import (
	"muster/id"
	"muster/store"
)

const columns = `org, id, connection, customer, customer_name, alarm, worker_name, kind, state, warning, raised, opened, round, first_act,
	coalesce(accepted_by, ''), coalesce(accepted_name, ''), accepted_at,
	coalesce(closed_by, ''), coalesce(closed_name, ''), closed_at, coalesce(outcome, ''), coalesce(closing, ''), guesses, drill`

var (
	add = store.Query("case.add", `insert into partner_case
		(org, id, connection, customer, customer_name, alarm, worker_name, kind, state, warning, raised, opened, round, guesses, drill)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11, 0, 0, $12)`)
	get  = store.Query("case.get", `select `+columns+` from partner_case where org = $1 and id = $2`)
	hold = store.Query("case.hold", `select `+columns+` from partner_case where org = $1 and id = $2`).Lock()
	of   = store.Query("case.of", `select `+columns+` from partner_case where org = $1 and customer = $2 and alarm = $3`).Lock()
	save = store.Query("case.save", `update partner_case set kind = $3, state = $4, round = $5, first_act = $6,
		accepted_by = nullif($7, ''), accepted_name = nullif($8, ''), accepted_at = $9,
		closed_by = nullif($10, ''), closed_name = nullif($11, ''), closed_at = $12,
		outcome = nullif($13, ''), closing = $14, guesses = $15 where org = $1 and id = $2`)
	listOpen = store.Query("case.open", `select `+columns+` from partner_case where org = $1 and state <> 'closed'
		order by case state when 'open' then 0 else 1 end, opened desc, id desc limit $2`)
	listClosed = store.Query("case.closed", `select `+columns+` from partner_case
		where org = $1 and state = 'closed' and ($2 = '' or id < $2) order by id desc limit $3`)
	through = store.Query("case.through", `select `+columns+` from partner_case
		where org = $1 and connection = $2 and state <> 'closed'`).Lock()
	opened = store.Query("case.opened", `select `+columns+` from partner_case where org = $1 and opened >= $2 and opened < $3 order by opened, id`)

	ask = store.Query("handover.ask", `insert into handover (org, alarm, connection, partner, state, gravity, asked)
		values ($1, $2, $3, $4, 'asked', '', $5) on conflict (org, alarm, connection) do update
		set asked = case when excluded.asked > handover.passed then excluded.asked else handover.passed + 1 end
		where handover.state = 'passed'`)
	pass = store.Query("handover.pass", `insert into handover (org, alarm, connection, partner, state, gravity, again, asked, passed)
		values ($1, $2, $3, $4, 'passed', $5, $6, $7, $7)
		on conflict (org, alarm, connection) do update
		set state = 'passed', gravity = excluded.gravity, again = excluded.again, passed = excluded.passed
		where handover.state = 'asked'`)
	// heed notes that a step has asked for an alarm that went before.
	heed = store.Query("handover.heed", `update handover set passed = asked
		where org = $1 and alarm = $2 and connection = $3 and state = 'passed' and asked > passed`).Telemetry()
	worsen = store.Query("handover.worsen", `update handover set gravity = $4, again = $5
		where org = $1 and alarm = $2 and connection = $3 and (gravity <> $4 or again <> $5)`)
	finish = store.Query("handover.finish", `update handover set state = 'over'
		where org = $1 and alarm = $2 and connection = $3 and state <> 'over'`)
	finishAll   = store.Query("handover.finish_all", `update handover set state = 'over' where org = $1 and connection = $2 and state <> 'over'`)
	withPartner = store.Query("handover.with_partner", `select alarm from handover where org = $1 and connection = $2 and state = 'passed'`)
	passed      = store.Query("handover.passed", `select count(*) from handover where org = $1 and alarm = $2 and connection = $3 and state = 'passed'`)

	// due finds alarms that are to go to a partner and have not gone: those that
	// a step of a procedure has asked for, and all of a customer who wants that;
	// and those that a step asks for once they have gone.
	due = store.Across("handover.due", `select c.org, c.id, c.other, a.id from connection c
		join alarm a on a.org = c.org and a.state <> 'resolved'
		left join handover h on h.org = a.org and h.alarm = a.id and h.connection = c.id
		where c.state = 'active' and c.side = 'customer' and
			(h.state = 'asked' or h.state = 'passed' and h.asked > h.passed or h.alarm is null and c.every = true)
		order by a.raised limit $1`)
	// moved finds alarms that have changed at the customer since they went.
	moved = store.Across("handover.moved", `select h.org, h.connection, h.partner, h.alarm from handover h
		join alarm a on a.org = h.org and a.id = h.alarm
		where h.state = 'passed' and (a.state = 'resolved' or a.kind <> h.gravity or a.again <> h.again) limit $1`)
)

func scan(r store.Row) (c Case, err error) {
	err = r.Scan(&c.Org, &c.ID, &c.Link, &c.Customer, &c.CustomerName, &c.Alarm, &c.WorkerName, &c.Kind, &c.State, &c.Warning,
		store.Time(&c.Raised), store.Time(&c.Opened), &c.Round, store.Time(&c.FirstAct),
		&c.Accepted.Person, &c.Accepted.Name, store.Time(&c.Accepted.At),
		&c.Closed.Person, &c.Closed.Name, store.Time(&c.Closed.At), &c.Outcome, &c.Closing, &c.Guesses, &c.Drill)
	return c, err
}

func keep(tx *store.Tx, c Case) error {
	tx.Touch("desk")
	tx.Touch(string(c.ID))
	return tx.Write(save, c.ID, string(c.Kind), string(c.State), c.Round, c.FirstAct,
		c.Accepted.Person, c.Accepted.Name, c.Accepted.At, c.Closed.Person, c.Closed.Name, c.Closed.At,
		string(c.Outcome), c.Closing, c.Guesses)
}

// errand is one alarm on its way from a customer to a partner, or news of it.
type errand struct {
	customer, partner id.Org
	link              id.Link
	alarm             id.Alarm
}

func scanErrand(r store.Row) (e errand, err error) {
	return e, r.Scan(&e.customer, &e.link, &e.partner, &e.alarm)
}
