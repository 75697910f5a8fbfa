package forget

import (
	"fmt"
	"strings"

	"muster/id"
	"muster/store"
)

// swept finds a word in every column that may be personal, and puts another in
// its place. $2 is the word, $3 what stands for it, $4 how it is looked for.
var swept = sweeps()

func sweeps() (all []*store.SQL) {
	for _, t := range declared {
		if len(t.personal) == 0 {
			continue
		}
		set, where := make([]string, len(t.personal)), make([]string, len(t.personal))
		for i, c := range t.personal {
			set[i], where[i] = c+" = replace("+c+", $2, $3)", c+" like $4 escape '!'"
		}
		all = append(all, store.Query("forget.sweep."+t.name, fmt.Sprintf(`update %s set %s where org = $1 and (%s)`,
			t.name, strings.Join(set, ", "), strings.Join(where, " or "))))
	}
	return all
}

// renamed puts $3 in the place of whatever says who $2 is in rows that name the
// person by identifier, whatever was written there.
var renamed = []*store.SQL{
	store.Query("forget.alarm", `update alarm set worker_name = $3, worker_phone = '', note = '', lat = null, lon = null, accuracy = null,
		closing = case when closing is null then closing else $3 end where org = $1 and worker = $2`),
	store.Query("forget.alarm_taken", `update alarm set ack_name = $3 where org = $1 and ack_by = $2`),
	store.Query("forget.alarm_closed", `update alarm set closed_name = $3 where org = $1 and closed_by = $2`),
	store.Query("forget.tick", `update alarm_tick set by_name = $3 where org = $1 and by_id = $2`),
	store.Query("forget.looker", `update look set name = $3 where org = $1 and looker = $2`),
	store.Query("forget.change", `update enrolment_change set worker_name = $3, reason = case when reason is null then reason else '' end
		where org = $1 and worker = $2`),
	store.Query("forget.procedure", `update procedure_version set by_name = $3 where org = $1 and made_by = $2`),
	store.Query("forget.token", `update api_token set name = $3 where org = $1 and person = $2`),
	store.Query("forget.request", `update request set sender = $3, subject = $3, address = '' where org = $1 and person = $2`),
	store.Query("forget.request_line", `update request_line set name = $3, words = $3, address = '', mail = '' where org = $1 and person = $2`),
	store.Query("forget.exception", `update request_exception set asked_name = $3 where org = $1 and asked_by = $2`),
	store.Query("forget.presence", `update presence set name = $3 where org = $1 and person = $2`),
	store.Query("forget.consent", `update letin_grant set consenter = $3, consent_words = '' where org = $1 and person = $2`),
	store.Query("forget.eyes", `update visit set whose = $3, page = '', page_of = '' where org = $1 and eyes = $2`),
	store.Query("forget.director", `update director_address set set_name = $3 where org = $1 and set_by = $2`),
	store.Query("forget.person", `update person set name = $3, fold = $3, language = '', quiet = '', pin = null, employee = null, duress = null
		where org = $1 and id = $2`),
}

// dropped takes away what is of the person $2 alone, or says nothing without
// them. What hangs on another row goes before that row.
var dropped = []*store.SQL{
	store.Query("forget.positions", `delete from position where org = $1 and shift in (select id from shift where org = $1 and worker = $2)`),
	store.Query("forget.shift", `update shift set activity = '', note = '', lat = null, lon = null, accuracy = null where org = $1 and worker = $2`),
	store.Query("forget.looked_at", `update look set why = '' where org = $1 and (worker = $2 or looker = $2)`),
	store.Query("forget.frames", `update wire_frame set sent = '', got = '' where org = $1 and message in (select m.id from message m
		join alarm a on a.org = m.org and a.id = m.about where m.org = $1 and a.worker = $2)`),
	store.Query("forget.panel_frames", `update panel_frame set raw = '' where org = $1 and alarm in (select id from alarm where org = $1 and worker = $2)`),
	store.Query("forget.attempts", `update attempt set address = '', detail = '' where org = $1
		and message in (select id from message where org = $1 and person = $2)`),
	store.Query("forget.messages", `update message set facts = '{}', route = '[]', sealed = null, due = 0,
		state = case when state = 'queued' then 'cancelled' else state end where org = $1 and person = $2`),
	store.Query("forget.told", `update message set facts = '{}', sealed = null where org = $1 and state <> 'queued'
		and about in (select id from alarm where org = $1 and worker = $2)`),
	store.Query("forget.codes", `delete from contact_code where org = $1 and contact in (select id from contact_point where org = $1 and person = $2)`),
	store.Query("forget.push", `delete from push_device where org = $1 and contact in (select id from contact_point where org = $1 and person = $2)`),
	store.Query("forget.points", `delete from contact_point where org = $1 and person = $2`),
	store.Query("forget.enrolment", `delete from enrolment where org = $1 and worker = $2`),
	store.Query("forget.reset", `delete from reset_try where org = $1 and person = $2`),
	store.Query("forget.texts", `delete from inbound_text where org = $1 and person = $2`),
	store.Query("forget.guesses", `delete from answer_guess where org = $1 and person = $2`),
	store.Query("forget.devices", `delete from device where org = $1 and person = $2`),
	store.Query("forget.feeds", `delete from rota_feed where org = $1 and person = $2`),
	store.Query("forget.covers", `update rota_cover set why = '' where org = $1 and $2 in (out_person, in_person, made_by)`),
	store.Query("forget.readings", `update policy_reading set ip = '' where org = $1 and person = $2`),
	store.Query("forget.waiting", `delete from role_waiting where org = $1 and person = $2`),
}

// dropPictures takes away what support sent to the person to look at: nobody can
// search what is to be seen on a picture.
var dropPictures = store.Query("forget.pictures", `update request_picture set sealed = null, erased = $3 where org = $1 and sealed is not null
	and request in (select id from request where org = $1 and person = $2)`)

// Uploads and answers that are kept for a while are read through.
var (
	kept         = store.Query("forget.once", `select key, body from once where org = $1 and body is not null`)
	dropKept     = store.Query("forget.once_drop", `delete from once where org = $1 and key = $2`)
	dropSheets   = store.Query("forget.sheets", `delete from roster_import where org = $1`)
	dropEnrolled = store.Query("forget.enrolled", `delete from enrolment_import where org = $1`)
)

// What stands in the way, and what there is.
var (
	stateOf = store.Query("forget.state", `select
		(select count(*) from alarm where org = $1 and worker = $2 and state <> 'resolved'),
		(select count(*) from shift where org = $1 and worker = $2 and state = 'active'),
		(select count(*) from alarm where org = $1 and worker = $2),
		(select count(*) from shift where org = $1 and worker = $2),
		(select count(*) from position where org = $1 and shift in (select id from shift where org = $1 and worker = $2)),
		(select count(*) from message where org = $1 and person = $2),
		(select count(*) from device where org = $1 and person = $2),
		(select count(*) from enrolment_change where org = $1 and worker = $2),
		(select count(*) from request where org = $1 and person = $2),
		(select count(*) from ledger_value where org = $1 and person = $2),
		(select count(*) from person n join person p on p.org = n.org and p.fold = n.fold where n.org = $1 and p.id = $2 and n.id <> $2),
		(select count(*) from message where org = $1 and state = 'queued' and about in (select id from alarm where org = $1 and worker = $2)),
		p.erased_at, p.scrubbed_at from person p where p.org = $1 and p.id = $2`)
	hold = store.Query("forget.hold", `select id from person where org = $1 and id = $2`).Lock()
	mark = store.Query("forget.mark", `update person set erased_at = $3, scrubbed_at = null where org = $1 and id = $2`)

	ofStaff = store.Across("forget.staff", `select count(*) from staff s join account a on a.id = s.account where lower(s.name) = lower($1) or a.fold = lower($1)`)

	othersAddress = store.Query("forget.others_address", `select count(*) from contact_point where org = $1 and lower(address) = lower($3) and person <> $2`)
)

// A partner holds what it was told: the cases of the person's alarms.
var (
	casesOf = store.Across("forget.cases", `select p.org, p.id, p.connection, p.alarm, p.state from partner_case p
		join alarm a on a.org = p.customer and a.id = p.alarm where a.org = $1 and a.worker = $2 order by p.org, p.id`)
	leavingAt = store.Across("forget.leaving", `select count(*) from message m
		join partner_case p on p.org = m.org and m.about in (p.id, p.alarm)
		join alarm a on a.org = p.customer and a.id = p.alarm where a.org = $1 and a.worker = $2 and m.state = 'queued'`)
	linksOf = store.Across("forget.links", `select distinct c.other, c.id from connection c
		join enrolment_change e on e.org = c.org and e.connection = c.id where c.org = $1 and e.worker = $2 order by c.other, c.id`)

	blankCase = store.Query("forget.case", `update partner_case set worker_name = $3,
		closing = case when closing is null then closing else $3 end where org = $1 and id = $2`)
	blankAbout = store.Query("forget.about", `update message set facts = '{}', sealed = null where org = $1 and about = $2 and state <> 'queued'`)
	sweepAbout = store.Query("forget.sweep_about", `update message set facts = replace(facts, $3, $4) where org = $1 and about = $2`)
	blankSent  = store.Query("forget.sent", `update wire_frame set sent = '', got = '' where org = $1
		and message in (select id from message where org = $1 and about = $2)`)
)

// The files are cleaned after erasures, once for all of them.
var (
	unscrubbed = store.Across("forget.unscrubbed", `select count(*) from person where erased_at is not null and scrubbed_at is null`)
	scrubbed   = store.Across("forget.scrubbed", `update person set scrubbed_at = $1 where erased_at <= $2 and scrubbed_at is null`)
)

// held is the case that a partner has of one of the person's alarms.
type held struct {
	partner    id.Org
	id         string
	connection string
	alarm      string
	state      string
}

func scanHeld(r store.Row) (h held, err error) {
	return h, r.Scan(&h.partner, &h.id, &h.connection, &h.alarm, &h.state)
}

func scanLink(r store.Row) (h held, err error) { return h, r.Scan(&h.partner, &h.connection) }

func scanState(r store.Row) (p Plan, err error) {
	err = r.Scan(&p.open, &p.out, &p.Alarms, &p.Shifts, &p.Positions, &p.Messages, &p.Devices, &p.Enrolments, &p.Requests,
		&p.Entries, &p.namesakes, &p.leaving, store.Time(&p.Erased), store.Time(&p.Scrubbed))
	return p, err
}

type answer struct {
	key  string
	body []byte
}

func scanAnswer(r store.Row) (a answer, err error) { return a, r.Scan(&a.key, &a.body) }
