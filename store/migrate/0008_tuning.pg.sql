-- +goose Up
-- These tables are written over and over: room on each page keeps updates in
-- place, and dead rows must not pile up at the head of the due index.
alter table timer set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
alter table shift set (fillfactor = 70);
alter table message set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
alter table ledger_head set (fillfactor = 50);
