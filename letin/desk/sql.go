package desk

import (
	"time"

	"muster/actor"
	"muster/id"
	"muster/store"
)

const columns = `r.org, r.id, r.year, r.number, r.channel, r.kind, r.setting, r.subject, coalesce(r.person, ''), r.sender, r.address,
	r.administrator, r.proved, r.doubt, r.counted, r.vouched, r.state, r.department, coalesce(r.agent, ''), r.agent_name, r.outcome,
	r.insisted, r.made, r.changed, r.closed, coalesce(o.name, '')`

const from = ` from request r left join organisation o on o.org = r.org `

var (
	nextNumber = store.Query("request.number", `insert into request_number (org, year, last) values ($1, $2, 1)
		on conflict (org, year) do update set last = request_number.last + 1 returning last`)
	put = store.Query("request.put", `insert into request (org, id, year, number, channel, kind, setting, subject, person, sender, address,
			administrator, proved, doubt, counted, vouched, state, department, agent, agent_name, outcome, insisted, made, changed, closed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ''), $10, $11, $12, $13, $14, $15, $16, $17, $18, nullif($19, ''), $20, $21, $22, $23, $24, $25)
		on conflict (org, id) do update set kind = excluded.kind, setting = excluded.setting, subject = excluded.subject,
			person = excluded.person, sender = excluded.sender, address = excluded.address, administrator = excluded.administrator,
			proved = excluded.proved, doubt = excluded.doubt, counted = excluded.counted, vouched = excluded.vouched,
			state = excluded.state, department = excluded.department, agent = excluded.agent, agent_name = excluded.agent_name,
			outcome = excluded.outcome, insisted = excluded.insisted, changed = excluded.changed, closed = excluded.closed`)
	hold     = store.Query("request.hold", `select id from request where org = $1 and id = $2`).Lock()
	get      = store.Query("request.get", `select `+columns+from+`where r.org = $1 and r.id = $2`)
	byNumber = store.Query("request.by_number", `select `+columns+from+`where r.org = $1 and r.year = $2 and r.number = $3`)
	// Of everybody, or of one person; the newest first.
	list = store.Query("request.list", `select `+columns+from+`where r.org = $1 and ($2 = '' or r.person = $2)
		and (r.made < $3 or $3 = 0) order by r.made desc, r.id desc limit $4`)
	// A wish counts for as long as whoever had it, or nobody else vouched for it,
	// is an administrator; what counts comes before what does not.
	wishes = store.Query("request.wishes", `select setting, counts, channel from (select r.setting, r.channel, r.made,
			r.counted is not null and (r.vouched <> '' or exists (select 1 from person p
				join membership m on m.org = p.org and m.person = p.id and m.role = 'administrator' and m.workspace = ''
				where p.org = r.org and p.id = r.person and p.active = true)) as counts
			from request r where r.org = $1 and r.closed is null and r.kind = 'setting' and r.setting <> '') w
		order by counts desc, made limit 1000`)
	recent = store.Query("request.recent", `select count(*) from request
		where org = $1 and made > $2 and (address <> '' and lower(address) = $3 and proved = $4 or person = $5
		or channel = 'api' and channel = $6 and sender = $7)`)
	heard     = store.Query("request.heard", `select count(*) from request_line where org = $1 and request = $2 and side = 'customer' and at > $3`)
	strangers = store.Query("request.strangers", `select count(*) from request where org = $1 and person is null and channel = 'mail' and made > $2`)

	where = store.Across("request.where", `select org from request where id = $1`)
	queue = store.Across("request.queue", `select `+columns+from+`where $1 like '%,' || r.department || ',%'
		and ((r.closed is null) = $2)
		order by r.counted is null, case when r.closed is null then r.made else -r.changed end, r.id limit $3`)
	openDepths = store.Across("request.depths", `select department, count(*), sum(case when agent is null then 1 else 0 end)
		from request where closed is null group by department`)

	addLine = store.Query("request.add_line", `insert into request_line
			(org, request, n, at, side, person, staff, name, address, proved, words, template, mail, digest, message)
		select $1, $2, coalesce(max(n), 0) + 1, $3, $4, nullif($5, ''), nullif($6, ''), $7, $8, $9, $10, $11, $12, $13, nullif($14, '')
		from request_line where org = $1 and request = $2`)
	// The latest, in their order.
	lines = store.Query("request.lines", `select at, side, person, staff, name, address, proved, words, template, mail, digest, message, n from (
		select n, at, side, coalesce(person, '') person, coalesce(staff, '') staff, name, address, proved, words, template, mail, digest,
			coalesce(message, '') message from request_line where org = $1 and request = $2 order by n desc limit 500) latest order by n`)
	// A conversation is known again by the mails that were written in it.
	byMail  = store.Across("request.by_mail", `select org, request from request_line where mail = $1 limit 1`)
	sameTry = store.Query("request.same", `select count(*) from request_line
		where org = $1 and (mail <> '' and mail = $2 and lower(address) = $3 or digest <> '' and digest = $4)`)

	// Whose address it is; a person who has left has none.
	owners = store.Across("request.owners", `select distinct c.org, c.person from contact_point c join person p on p.org = c.org and p.id = c.person
		where c.channel = 'email' and lower(c.address) = $1 and p.active = true order by c.org, c.person limit 50`)
	directors = store.Across("request.directors", `select org from director_address where folded = $1 and verified is not null limit 50`)
	director  = store.Query("request.director", `select count(*) from director_address where org = $1 and folded = $2 and verified is not null`)

	// named is when whoever asked was last told what we take the request for.
	named = store.Query("request.named", `select max(made) from message where org = $1 and about = $2 and purpose = 'request_received'`)
	told  = store.Query("request.told", `select count(*) from message where org = $1 and about = $2 and purpose = $3 and made > $4`)
)

func scan(r store.Row) (q Request, err error) {
	return q, r.Scan(&q.Org, &q.ID, &q.Year, &q.Number, &q.Channel, &q.Kind, &q.Setting, &q.Subject, &q.Sender.Person, &q.Sender.Name,
		&q.Sender.Address, &q.Sender.Administrator, &q.Sender.Proved, &q.Doubt, store.Time(&q.Counted), &q.Vouched, &q.State, &q.Department,
		&q.Agent, &q.AgentName, &q.Outcome, store.Time(&q.Insisted), store.Time(&q.Made), store.Time(&q.Changed), store.Time(&q.Closed), &q.OrgName)
}

func scanWish(r store.Row) (w Wish, err error) { return w, r.Scan(&w.Setting, &w.Counts, &w.Channel) }

func scanLine(r store.Row) (l Line, err error) {
	return l, r.Scan(store.Time(&l.At), &l.Side, &l.Person, &l.Staff, &l.Name, &l.Address, &l.Proved, &l.Words, &l.Template, &l.Mail, &l.Digest, &l.Message, &l.Number)
}

func scanTime(r store.Row) (at time.Time, err error) { return at, r.Scan(store.Time(&at)) }

type owner struct {
	org    id.Org
	person id.Person
}

func scanOwner(r store.Row) (o owner, err error) { return o, r.Scan(&o.org, &o.person) }

type found struct {
	org     id.Org
	request id.Request
}

func scanFound(r store.Row) (f found, err error) { return f, r.Scan(&f.org, &f.request) }

// Depth is how many open requests a department has, and how many of them
// nobody has taken.
type Depth struct {
	Department  actor.Department
	Open, Fresh int
}

func scanDepth(r store.Row) (d Depth, err error) { return d, r.Scan(&d.Department, &d.Open, &d.Fresh) }

// before is a bound that a page of older ones ends at; zero is none.
func before(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
