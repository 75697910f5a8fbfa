-- +goose Up
-- Each index costs every act one more page. Open alarms are found by the index
-- that keeps a worker to one; a person's values are looked for in the whole book
-- of their organisation, since erasing somebody is rare.
drop index alarm_open;
drop index ledger_value_person;
