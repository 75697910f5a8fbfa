package visit

import (
	"errors"
	"time"

	"muster/fault"
	"muster/id"
	"muster/store"
)

// A visit is read with its grant, on which it hangs, and with whether its
// session is still there.
const (
	columns = `select v.id, v.grant_id, v.staff, v.name, coalesce(v.eyes, ''), v.whose, v.session, v.ip, v.began, v.seen, v.page, v.page_of, v.pages,
		v.ended, v.how, v.by_name, g.until, g.scope, g.reason, g.words, g.request, g.stage, g.ended, g.ended_by, s.id is not null, s.proved
		from visit v join letin_grant g on g.org = v.org and g.id = v.grant_id left join session s on s.id = v.session`
)

var (
	add = store.Query("visit.add", `insert into visit (org, id, grant_id, staff, name, eyes, whose, session, cookie, ip, began, seen, page, page_of, pages, how, by_name)
		values ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8, $9, $10, $11, $11, '', '', 0, '', '')`)
	bySession = store.Query("visit.by_session", columns+` where v.org = $1 and v.session = $2`)
	byID      = store.Query("visit.by_id", columns+` where v.org = $1 and v.id = $2`)
	// Whoever comes with the cookie of a session that is gone may read how.
	whereCookie = store.Across("visit.where_cookie", `select org, id from visit where cookie = $1`)
	whereMine   = store.Across("visit.where_mine", `select org from visit where id = $1 and staff = $2`)
	ofStaff     = store.Across("visit.of_staff", `select org, id from visit where staff = $1 and ended is null order by began desc limit 50`)

	// unwritten are over, and their rows do not say so yet.
	unwritten = store.Across("visit.unwritten", `select v.org, v.id from visit v join letin_grant g on g.org = v.org and g.id = v.grant_id
		left join session s on s.id = v.session
		where v.ended is null and (g.stage <> 'open' or g.until <= $1 or s.id is null) and v.id > $2 order by v.id limit $3`)

	open = store.Query("visit.open", columns+` where v.org = $1 and v.ended is null and g.stage = 'open' and g.until > $2 and s.id is not null order by v.began`)
	past = store.Query("visit.past", columns+` where v.org = $1 and ($2 = '' or v.id < $2) order by v.id desc limit $3`)

	// What is open of a grant, held against two that end it at once.
	ofGrant = store.Query("visit.of_grant", `select id from visit where org = $1 and grant_id = $2 and ended is null order by id`).Lock()
	end     = store.Query("visit.end", `update visit set ended = $3, how = $4, by_name = $5 where org = $1 and id = $2 and ended is null`)
	look    = store.Query("visit.look", `update visit set seen = $3, page = $4, page_of = $5, pages = pages + 1 where org = $1 and id = $2`)
)

func scanMoment(now time.Time) func(store.Row) (moment, error) {
	return func(r store.Row) (m moment, err error) {
		v := &m.visit
		m.now = now
		return m, r.Scan(&v.ID, &v.Grant, &v.Staff, &v.Name, &v.Eyes, &v.Whose, &v.Session, &v.IP, store.Time(&v.Began), store.Time(&v.Seen), &v.Page.Path, &v.Page.Of, &v.Pages,
			store.Time(&v.Ended), &v.How, &v.By, store.Time(&v.Until), &v.Scope, &v.Reason, &v.Words, &v.Request, &m.stage, store.Time(&m.closed), &m.closer, &m.session, store.Time(&m.proved))
	}
}

// settled is the visit as it is now: with its end, wherever that comes from.
func (m moment) settled() Visit {
	v := m.visit
	v.How, v.Ended, v.By = m.over()
	return v
}

func many(tx *store.Tx, q *store.SQL, args ...any) ([]Visit, error) {
	all, err := store.All(tx, q, scanMoment(tx.Now()), args...)
	out := make([]Visit, len(all))
	for i, m := range all {
		out[i] = m.settled()
	}
	return out, err
}

type place struct {
	org   id.Org
	visit id.Visit
}

func scanPlace(r store.Row) (p place, err error) { return p, r.Scan(&p.org, &p.visit) }

var errNothing = fault.New(fault.NotFound, "not_found")

func missing(err error) bool { return errors.Is(err, errNothing) }
