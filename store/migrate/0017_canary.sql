-- +goose Up

-- One flight of the canary: a shift that nobody works and that is meant to be
-- missed, from its deadline to the message at the channel.
create table canary_flight (
    org      ident not null,
    id       ident not null,
    shift    ident not null,
    deadline bigint not null,
    raised   bigint,
    handed   bigint,
    failed   boolean not null,
    primary key (org, id)
);
create unique index canary_flight_shift_once on canary_flight (org, shift);
