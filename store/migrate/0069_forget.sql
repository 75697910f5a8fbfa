-- +goose Up
-- When a person's values were erased, and since when the files hold no old
-- bytes of them either.
alter table person add column erased_at bigint;
alter table person add column scrubbed_at bigint;
create index person_unscrubbed on person (erased_at) where erased_at is not null and scrubbed_at is null;
