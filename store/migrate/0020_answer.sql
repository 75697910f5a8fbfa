-- +goose Up

-- A wrong code that came from somebody's number, so that nobody tries them all.
create table answer_guess (
    org    ident not null,
    person ident not null,
    at     bigint not null,
    primary key (org, person, at)
);
