package mustertest

// Statements for the server's superuser; the role that tests get cannot run
// them.
const (
	sqlRole   = `create role muster login nosuperuser nobypassrls nocreatedb nocreaterole`
	sqlCreate = `create database %s owner muster template %s`
	sqlDrop   = `drop database %s with (force)`
)
