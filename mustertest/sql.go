package mustertest

// Statements for the server's superuser; the role that tests get cannot run
// them.
const (
	sqlRole   = `create role muster login nosuperuser nobypassrls nocreatedb nocreaterole`
	sqlCreate = `create database %s owner muster template %s`
	sqlDrop   = `drop database %s with (force)`
)

// Statements for the database of a Litewitness.
const (
	sqlWitnessLog  = `create table if not exists log (origin text primary key, tree_size integer not null, tree_hash text not null)`
	sqlWitnessKey  = `create table if not exists key (origin text not null, key text not null, foreign key (origin) references log (origin))`
	sqlWitnessAdd  = `insert into log (origin, tree_size, tree_hash) values (?, 0, '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')`
	sqlWitnessWith = `insert into key (origin, key) values (?, ?)`
)
