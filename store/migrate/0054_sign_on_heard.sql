-- +goose Up

-- Word of the end of a sign-in that was taken: each is, once (OpenID Connect
-- Back-Channel Logout 1.0, 2.6). mark is the SHA-256 of its identifier.
create table sign_on_heard (
    mark bytea not null primary key,
    at   bigint not null
);
