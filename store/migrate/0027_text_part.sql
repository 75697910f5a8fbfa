-- +goose Up

-- Text messages that came in, for as long as their other parts may follow or
-- the carrier may bring them again. They belong to no organisation yet.
create table text_part (
    text   text not null,
    n      bigint not null,
    total  bigint not null,
    sealed bytea not null,
    came   bigint not null,
    done   boolean not null,
    primary key (text, n)
);
create index text_part_came on text_part (came);
