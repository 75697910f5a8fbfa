-- +goose Up

-- Staff name a grant by its id alone.
create index letin_grant_id on letin_grant (id);
