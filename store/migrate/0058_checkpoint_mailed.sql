-- +goose Up

-- When an organisation's contact persons were last mailed what its book comes
-- to (access N6).
create table checkpoint_mailed (
    org ident not null,
    at  bigint not null,
    primary key (org)
);
