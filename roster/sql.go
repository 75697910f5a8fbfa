package roster

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver/dead"
	"muster/id"
	"muster/lang"
	"muster/roster/quiet"
	"muster/store"
)

var (
	addOrganisation = store.Query("roster.add_organisation", `insert into organisation
		(org, name, country, time_zone, language, check_in, grace, remind, repeat, reopen, version, created, kind)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)`)
	setOrganisation = store.Query("roster.set_organisation", `update organisation
		set name = $2, country = $3, time_zone = $4, language = $5, check_in = $6, grace = $7, remind = $8, repeat = $9, reopen = $10,
		version = version + 1 where org = $1`)
	getOrganisation = store.Query("roster.get_organisation", `select org, name, country, time_zone, language,
		check_in, grace, remind, repeat, reopen, version, created, kind from organisation where org = $1`)
	bumpVersion = store.Query("roster.bump", `update organisation set version = version + 1 where org = $1`)

	addWorkspace = store.Query("roster.add_workspace", `insert into workspace (org, id, name, instructions, created)
		values ($1, $2, $3, $4, $5)`)
	setWorkspace  = store.Query("roster.set_workspace", `update workspace set name = $3, instructions = $4 where org = $1 and id = $2`)
	allWorkspaces = store.Query("roster.workspaces", `select id, name, instructions from workspace where org = $1 order by created, id`)

	addPerson = store.Query("roster.add_person", `insert into person
		(org, id, name, fold, language, pin, duress, employee, active, created)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), true, $9)`)
	setPerson = store.Query("roster.set_person", `update person
		set name = $3, fold = $4, language = $5, pin = $6, employee = nullif($7, '') where org = $1 and id = $2`)
	setDuress   = store.Query("roster.set_duress", `update person set duress = $3 where org = $1 and id = $2`)
	getDuress   = store.Query("roster.duress", `select duress from person where org = $1 and id = $2 and active = true`)
	leavePerson = store.Query("roster.leave", `update person
		set active = false, left_at = $3, pin = null, employee = null, duress = null, quiet = '' where org = $1 and id = $2`)
	takenPINs = store.Query("roster.pins", `select pin from person where org = $1 and pin is not null`)

	dropMemberships = store.Query("roster.drop_memberships", `delete from membership where org = $1 and person = $2`)
	addMembership   = store.Query("roster.add_membership", `insert into membership (org, person, workspace, role) values ($1, $2, $3, $4)`)
	administrators  = store.Query("roster.administrators", `select count(*) from membership m join person p on p.org = m.org and p.id = m.person
		where m.org = $1 and m.role = 'administrator' and m.workspace = '' and p.active = true and p.id <> $2`)

	addPoint = store.Query("roster.add_point", `insert into contact_point (org, id, person, channel, address, rank, alarms)
		values ($1, $2, $3, $4, $5, $6, true)`)
	movePoint = store.Query("roster.move_point", `update contact_point set address = $3, verified_at = null,
		bounced_at = null, bounced_why = '', bounced_code = '' where org = $1 and id = $2`)
	dropPoint  = store.Query("roster.drop_point", `delete from contact_point where org = $1 and id = $2`)
	dropPoints = store.Query("roster.drop_points", `delete from contact_point where org = $1 and person = $2`)
	dropCodes  = store.Query("roster.drop_codes", `delete from contact_code where org = $1
		and contact in (select id from contact_point where org = $1 and person = $2)`)
	dutiesAlone = store.Query("roster.duties_alone", `select count(*) from duty where org = $1 and person = $2 and deputy is null`)
	passDuty    = store.Query("roster.pass_duty", `update duty set person = deputy, deputy = null, since = $3
		where org = $1 and person = $2 returning duty, person`)
	dropDeputy = store.Query("roster.drop_deputy", `update duty set deputy = null where org = $1 and deputy = $2`)
	standsFor  = store.Query("roster.stands_for", `select count(*) from duty where org = $1 and (person = $2 or deputy = $2)`)
	// Who goes is told nothing more; a mailbox that nobody answers for any more
	// is not relied on until somebody does.
	dropContact = store.Query("roster.drop_contact", `delete from contact_person where org = $1 and person = $2`)
	dropNews    = store.Query("roster.drop_news", `delete from news_choice where org = $1 and person = $2`)
	unmanned    = store.Query("roster.unmanned", `update contact_person set behind = null, stale = true where org = $1 and behind = $2`)
	dropDevices = store.Query("roster.drop_devices", `delete from push_device where org = $1
		and contact in (select id from contact_point where org = $1 and person = $2)`)
)

var (
	setWaiting = store.Query("roster.set_waiting", `insert into role_waiting (org, person, roles, by_name, grant_id, at)
		values ($1, $2, $3, $4, $5, $6) on conflict (org, person) do update
		set roles = excluded.roles, by_name = excluded.by_name, grant_id = excluded.grant_id, at = excluded.at`)
	dropWaiting = store.Query("roster.drop_waiting", `delete from role_waiting where org = $1 and person = $2`)
)

// personColumns reads a person whole in one row: roles as "role@workspace"
// joined by commas, contact points as words joined by semicolons. Neither can
// stand in identifiers, roles or addresses.
const personColumns = `select p.id, p.name, p.language, coalesce(p.pin, ''), p.duress is not null, coalesce(p.employee, ''),
	p.active, p.created, p.left_at,
	coalesce((select string_agg(m.role || '@' || m.workspace, ',' order by m.workspace, m.role)
		from membership m where m.org = p.org and m.person = p.id), ''),
	coalesce((select string_agg(c.id || ' ' || c.channel || ' ' || c.address || ' ' || case when c.alarms = true then 1 else 0 end
			|| ' ' || coalesce(c.verified_at, 0) || ' ' || coalesce(c.bounced_at, 0) || ' ' || c.bounced_why || ' ' || c.bounced_code, ';' order by c.rank, c.id)
		from contact_point c where c.org = p.org and c.person = p.id), ''),
	(select o.language from organisation o where o.org = p.org), p.quiet
	from person p `

var (
	getPerson = store.Query("roster.person", personColumns+`where p.org = $1 and p.id = $2`)

	everybody = store.Query("roster.everybody", personColumns+`where p.org = $1 and p.active = true order by p.name, p.id`)

	listPeople = store.Query("roster.list", personColumns+`where p.org = $1 and p.active = $2
		and ($3 = '' or p.fold like $3 escape '!' or lower(p.pin) like $3 escape '!' or exists (select 1 from contact_point c
			where c.org = p.org and c.person = p.id and c.address like $3 escape '!'))
		and (($4 = '' and $5 = '') or exists (select 1 from membership m where m.org = p.org and m.person = p.id
			and ($4 = '' or m.role = $4) and ($5 = '' or m.workspace in ('', $5))))
		and ($6 = '' or (p.name, p.id) > (select a.name, a.id from person a where a.org = $1 and a.id = $6))
		order by p.name, p.id limit $7`)

	// These two stand before every alarm. The list of people is made once and
	// first, whatever a planner without statistics thinks of the tables.
	responders = store.Query("roster.responders", `with d as materialized (select m.person as id from membership m
			where m.org = $1 and m.role = 'monitor' and m.workspace in ('', $2)) `+personColumns+`join d on d.id = p.id
		where p.org = $1 and p.active = true order by p.created, p.id`)

	everyResponder = store.Query("roster.every_responder", `with d as materialized (select m.person as id from membership m
			where m.org = $1 and m.role in ('monitor', 'administrator')) `+personColumns+`join d on d.id = p.id
		where p.org = $1 and p.active = true order by p.created, p.id`)
)

func scanOrganisation(r store.Row) (o Organisation, err error) {
	return o, r.Scan(&o.ID, &o.Name, &o.Country, &o.TimeZone, &o.Language, store.Span(&o.CheckIn), store.Span(&o.Grace),
		store.Span(&o.Remind), store.Span(&o.Repeat), store.Span(&o.Reopen), &o.Version, store.Time(&o.Created), &o.Kind)
}

// passed is a duty that somebody else has now.
type passed struct {
	duty   string
	person id.Person
}

func scanPassed(r store.Row) (p passed, err error) { return p, r.Scan(&p.duty, &p.person) }

func scanWorkspace(r store.Row) (w Workspace, err error) {
	return w, r.Scan(&w.ID, &w.Name, &w.Instructions)
}

func scanPerson(r store.Row) (p Person, err error) {
	var roles, points, orgLanguage, hours string
	err = r.Scan(&p.Person, &p.Name, &p.Own, &p.PIN, &p.Duress, &p.Employee, &p.Active,
		store.Time(&p.Created), store.Time(&p.Left), &roles, &points, &orgLanguage, &hours)
	if err != nil {
		return p, err
	}
	if p.Quiet, err = quiet.Parse(hours); err != nil {
		return p, err
	}
	p.Language = lang.Match(p.Own, orgLanguage)
	if roles != "" {
		for one := range strings.SplitSeq(roles, ",") {
			role, ws, _ := strings.Cut(one, "@")
			p.Roles = append(p.Roles, actor.Membership{Role: actor.Role(role), Workspace: id.Workspace(ws)})
		}
	}
	if points == "" {
		return p, nil
	}
	for one := range strings.SplitSeq(points, ";") {
		point, err := parsePoint(one)
		if err != nil {
			return p, err
		}
		p.Points = append(p.Points, point)
	}
	return p, nil
}

func scanRecipient(r store.Row) (Recipient, error) {
	p, err := scanPerson(r)
	return p.Recipient, err
}

func parsePoint(s string) (Point, error) {
	w := strings.Split(s, " ")
	if len(w) != 8 {
		return Point{}, fmt.Errorf("roster: %d words in a contact point", len(w))
	}
	p := Point{ID: id.Contact(w[0]), Channel: w[1], Address: w[2], Alarms: w[3] == "1", Bounced: dead.Why(w[6]), BounceCode: w[7]}
	for i, at := range []*time.Time{&p.VerifiedAt, &p.BouncedAt} {
		micros, err := strconv.ParseInt(w[4+i], 10, 64)
		if err != nil {
			return Point{}, fmt.Errorf("roster: contact point: %w", err)
		}
		if micros != 0 {
			*at = time.UnixMicro(micros).UTC()
		}
	}
	return p, nil
}
