-- +goose Up

-- Pictures of a customer's own data that went to them with an answer (FL12):
-- line is which one of the conversation, message the mail that it left with;
-- digest is the SHA-256 of the picture as it was sent, sealed the picture itself,
-- empty once it is erased.
create table request_picture (
    org     ident not null,
    id      ident not null,
    request ident not null,
    line    bigint not null,
    message ident,
    kind    text not null,
    wide    bigint not null,
    high    bigint not null,
    digest  text not null,
    sealed  bytea,
    made    bigint not null,
    erased  bigint,
    primary key (org, id)
);
create index request_picture_request on request_picture (org, request);
create index request_picture_message on request_picture (org, message);
