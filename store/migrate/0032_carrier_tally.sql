-- +goose Up

-- How carriers fare, by the minute: what happened how often. Of failures code is
-- the carrier's own, and sort ours.
create table carrier_tally (
    org     ident not null,
    minute  bigint not null,
    carrier text not null,
    channel text not null,
    what    text not null,
    sort    text not null,
    code    text not null,
    n       bigint not null,
    last    bigint not null,
    primary key (org, minute, carrier, channel, what, sort, code)
);
