-- +goose Up

-- Who stands for an organisation towards its provider: exactly one a duty,
-- which the key sees to however many try at once (BS4).
create table duty (
    org    ident not null,
    duty   text not null,
    person ident not null,
    deputy ident,
    since  bigint not null,
    primary key (org, duty),
    constraint duty_duty_unknown check (duty in ('technical', 'administrative')),
    constraint duty_deputy_same check (deputy is null or deputy <> person)
);
create index duty_person on duty (org, person);
create index duty_deputy on duty (org, deputy);
