-- +goose Up

-- How a webhook stands. failing: since when nothing was taken; tried: the last
-- try; heard: when something was last taken; told, warned: when administrators
-- were told of it; off, why: when and why Muster stopped sending; old_until:
-- until when the secret before the newest signs too.
alter table wire_pulse add column failing bigint;
alter table wire_pulse add column tries bigint not null default 0;
alter table wire_pulse add column tried bigint;
alter table wire_pulse add column heard bigint;
alter table wire_pulse add column told bigint;
alter table wire_pulse add column warned bigint;
alter table wire_pulse add column off bigint;
alter table wire_pulse add column why text not null default '';
alter table wire_pulse add column old_until bigint;

-- What was to be said on a webhook: the message says how it fares. noted: when
-- the alarm's record took note that it was not taken.
create table wire_post (
    org     ident not null,
    wire    ident not null,
    message ident not null,
    alarm   ident,
    kind    text not null,
    at      bigint not null,
    noted   bigint,
    primary key (org, wire, message)
);
