package grant

import (
	"time"

	"muster/id"
	"muster/store"
)

const columns = `org, id, staff, name, asked_by, asker, scope, reason, words, request, lasts, extends, emergency, asked,
	person, consenter, consent_how, consent_words, digest, consented, stage, opened, until, used, ended, ended_by, why, reviewed, reviewer`

// concerns are the grants that concern somebody of the provider's, as their
// reach says: $3 to $6.
const concerns = `($4 = true or g.staff = $3 or g.asked_by = $3
	or g.stage = 'asked' and $5 = true
	or exists (select 1 from staff f where f.id = g.staff and f.department = $6)
	or exists (select 1 from letin_approval a where a.org = g.org and a.grant_id = g.id and a.staff = $3)
	or exists (select 1 from customer c where c.org = g.org and (c.manager = $3 or c.project = $3)))`

var (
	addGrant = store.Query("grant.add", `insert into letin_grant (`+columns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)`)
	keepGrant = store.Query("grant.keep", `update letin_grant set person = $3, consenter = $4, consent_how = $5, consent_words = $6, digest = $7,
		consented = $8, stage = $9, opened = $10, until = $11, used = $12, ended = $13, ended_by = $14, why = $15, reviewed = $16, reviewer = $17
		where org = $1 and id = $2`)
	getGrant   = store.Query("grant.get", `select `+columns+` from letin_grant where org = $1 and id = $2`)
	holdGrant  = store.Query("grant.hold", `select `+columns+` from letin_grant where org = $1 and id = $2`).Lock()
	liveGrants = store.Query("grant.live", `select `+columns+` from letin_grant where org = $1 and stage in ('asked', 'open') order by asked, id`)
	overGrants = store.Query("grant.over", `select `+columns+` from letin_grant
		where org = $1 and stage not in ('asked', 'open') and (asked < $2 or $2 = 0) order by asked desc, id desc limit $3`)
	// unreviewed are the entries in an emergency that no administrator has
	// looked at, of one member or of all.
	unreviewed = store.Query("grant.unreviewed", `select `+columns+` from letin_grant
		where org = $1 and emergency = true and reviewed is null and ($2 = '' or staff = $2) order by asked, id`)

	addApproval  = store.Query("grant.approval.add", `insert into letin_approval (org, grant_id, staff, name, at) values ($1, $2, $3, $4, $5)`)
	dropApproval = store.Query("grant.approval.drop", `delete from letin_approval where org = $1 and grant_id = $2 and staff = $3`)
	// Of the grants from one to another.
	approvals = store.Query("grant.approvals", `select grant_id, staff, name, at from letin_approval
		where org = $1 and grant_id >= $2 and grant_id <= $3 order by at, staff`)

	addNews  = store.Query("grant.news.add", `insert into letin_news (org, grant_id, what, by_name, at) values ($1, $2, $3, $4, $5)`)
	dropNews = store.Query("grant.news.drop", `delete from letin_news where org = $1 and grant_id = $2 and what = $3 and at = $4`).Telemetry()
	news     = store.Across("grant.news", `select org, grant_id, what, by_name, at from letin_news
		where (at, org, grant_id, what) > ($1, $2, $3, $4) order by at, org, grant_id, what limit $5`)

	whereGrant = store.Across("grant.where", `select org from letin_grant where id = $1`)
	allLive    = store.Across("grant.all_live", `select g.org, g.id from letin_grant g
		where g.stage in ('asked', 'open') and (g.asked < $1 or $1 = 0) and `+concerns+` order by g.asked desc, g.id limit $2`)
	liveAfter = store.Across("grant.live_after", `select `+columns+` from letin_grant where stage in ('asked', 'open') and id > $1 order by id limit $2`)
	allOver   = store.Across("grant.all_over", `select g.org, g.id from letin_grant g
		where g.stage not in ('asked', 'open') and (g.asked < $1 or $1 = 0) and `+concerns+` order by g.asked desc, g.id limit $2`)
	concerned = store.Query("grant.concerned", `select count(*) from letin_grant g where g.org = $1 and g.id = $2 and `+concerns)
	perStaff  = store.Across("grant.per_staff", `select staff, count(*), count(case when stage in ('asked', 'open') then 1 end)
		from letin_grant where asked >= $1 group by staff`)

	// What an administrator has to decide: a consent, the review of an emergency.
	waiting = store.Query("grant.waiting", `select count(*) from letin_grant where org = $1 and (
		(stage = 'asked' and consented is null) or (emergency = true and reviewed is null and stage not in ('asked', 'open')))`)

	addBreaker  = store.Query("grant.breaker.add", `insert into letin_breaker (org, staff, put_by, putter, at) values ($1, $2, $3, $4, $5)`)
	dropBreaker = store.Query("grant.breaker.drop", `delete from letin_breaker where org = $1 and staff = $2`)
	breakers    = store.Across("grant.breakers", `select staff, put_by, putter, at from letin_breaker where org = $1 order by at, staff`)
)

func scanGrant(r store.Row) (g Grant, err error) {
	var lasts int64
	c := &g.Consent
	err = r.Scan(&g.Org, &g.ID, &g.Staff, &g.Name, &g.AskedBy, &g.Asker, &g.Scope, &g.Reason, &g.Words, &g.Request, &lasts, &g.After, &g.Emergency,
		store.Time(&g.Asked), &c.Person, &c.Name, &c.How, &c.Words, &c.Digest, store.Time(&c.At), &g.Stage, store.Time(&g.Opened), store.Time(&g.Until),
		store.Time(&g.Used), store.Time(&g.Ended), &g.EndedBy, &g.Why, store.Time(&g.Reviewed), &g.Reviewer)
	g.For = time.Duration(lasts) * time.Microsecond
	return g, err
}

// fields are what changes in the life of a grant, as keepGrant wants them.
func (g Grant) fields() []any {
	c := g.Consent
	return []any{
		g.ID, c.Person, c.Name, c.How, c.Words, c.Digest, c.At, string(g.Stage), g.Opened, g.Until, g.Used, g.Ended, g.EndedBy, g.Why, g.Reviewed, g.Reviewer,
	}
}

func (g Grant) all() []any {
	first := []any{
		g.ID, g.Staff, g.Name, g.AskedBy, g.Asker, string(g.Scope), string(g.Reason), g.Words, g.Request, g.For.Microseconds(), g.After, g.Emergency, g.Asked,
	}
	return append(first, g.fields()[1:]...)
}

type approvalRow struct {
	grant id.Grant
	Approval
}

func scanApproval(r store.Row) (a approvalRow, err error) {
	return a, r.Scan(&a.grant, &a.Staff, &a.Name, store.Time(&a.At))
}

// told is something that the provider's staff have still to be told.
type told struct {
	org   id.Org
	grant id.Grant
	what  string
	by    string
	at    time.Time
}

// since is its instant as it is stored, from which the next ones follow.
func (n told) since() int64 {
	if n.at.IsZero() {
		return 0
	}
	return n.at.UnixMicro()
}

func scanTold(r store.Row) (n told, err error) {
	return n, r.Scan(&n.org, &n.grant, &n.what, &n.by, store.Time(&n.at))
}

type place struct {
	org   id.Org
	grant id.Grant
}

func scanPlace(r store.Row) (p place, err error) { return p, r.Scan(&p.org, &p.grant) }
