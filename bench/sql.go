package bench

// The raw limits are measured on a table of their own, with the driver and
// nothing between: a row of some 200 bytes, a key and one further index, as
// Muster's own rows have.
const (
	makeRaw = `create table bench_raw (id text not null primary key, org text not null, at bigint not null, body text not null)`
	makeIdx = `create index bench_raw_at on bench_raw (org, at)`

	insertRaw = `insert into bench_raw (id, org, at, body) values ($1, $2, $3, $4)`
	upsertRaw = `insert into bench_raw (id, org, at, body) values ($1, $2, $3, $4)
		on conflict (id) do update set at = excluded.at, body = excluded.body`
	upsertMany = `insert into bench_raw (id, org, at, body) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
		on conflict (id) do update set at = excluded.at, body = excluded.body`

	makeSchema = `create schema %s`
	dropSchema = `drop schema %s cascade`
	backend    = `select pg_backend_pid()`
	version    = `show server_version`
	liftWall   = `select set_config('muster.across', 'on', false)`
	analyze    = `analyze`
)
