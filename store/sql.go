package store

var (
	addOnce = Query("once.add", `insert into once (org, key, digest, at) values ($1, $2, $3, $4)
		on conflict (org, key) do nothing`)
	answerOnce = Query("once.answer", `update once set status = $3, body = $4 where org = $1 and key = $2`)
	getOnce    = Query("once.get", `select digest, coalesce(status, 0), body from once where org = $1 and key = $2`)

	sweepOnce = Across("once.sweep", `delete from once where at < $1`)

	getSecret = Across("installation.get", `select value from installation where name = $1`)
	addSecret = Across("installation.add", `insert into installation (name, value) values ($1, $2) on conflict (name) do nothing`)
	setSecret = Across("installation.set", `insert into installation (name, value) values ($1, $2)
		on conflict (name) do update set value = excluded.value`)
)

// SQLite's own: to write the file anew, and to empty the log beside it.
const (
	vacuum      = `vacuum`
	truncateLog = `pragma wal_checkpoint(truncate)`
)

// PostgreSQL's own: who we are, and whose rows a transaction may touch.
const (
	strongRole   = `select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user`
	bindTenant   = `select set_config('muster.org', $1, true), set_config('muster.across', $2, true)`
	bindOrg      = `select set_config('muster.org', $1, true)`
	discardPlans = `discard plans`
	listenText   = `listen muster`
	notifyText   = `select pg_notify('muster', $1)`
)

// A convoy of several organisations does not wait long for a row that somebody
// else holds: whoever asked for it is sent to wait alone.
const openConvoy = `select set_config('muster.across', 'off', true), set_config('lock_timeout', '100ms', true)`

// Units of one organisation exclude each other over all nodes. Without that,
// two convoys could each wait for what the other holds.
const (
	holdTenant = `select pg_advisory_xact_lock(hashtextextended($1, 0))`
	tryTenants = `select pg_try_advisory_xact_lock(hashtextextended(t.org, 0))
		from unnest($1::text[]) with ordinality t(org, n) order by n`
)

// unwalled finds the tables that have an organisation and no row security yet.
const unwalled = `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
	where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
	  and a.attname = 'org' and not a.attisdropped and not c.relforcerowsecurity
	order by c.relname`

// wall is what every such table gets. A transaction that says neither whose it
// is nor that it works across all sees no row.
var wall = []string{
	`alter table TABLE enable row level security`,
	`alter table TABLE force row level security`,
	`create policy own_rows on TABLE
		using (org = current_setting('muster.org', true) or current_setting('muster.across', true) = 'on')
		with check (org = current_setting('muster.org', true) or current_setting('muster.across', true) = 'on')`,
}
