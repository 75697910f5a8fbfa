-- +goose Up

-- What customers ask of support. number counts in the organisation and year;
-- department is in whose queue it is; counted is since when it counts, empty
-- while it does not, and doubt is why not.
create table request (
    org           ident not null,
    id            ident not null,
    year          bigint not null,
    number        bigint not null,
    channel       text not null,
    kind          text not null,
    setting       text not null,
    subject       text not null,
    person        ident,
    sender        text not null,
    address       text not null,
    administrator boolean not null,
    proved        boolean not null,
    doubt         text not null,
    counted       bigint,
    vouched       text not null,
    state         text not null,
    department    text not null,
    agent         ident,
    agent_name    text not null,
    outcome       text not null,
    insisted      bigint,
    made          bigint not null,
    changed       bigint not null,
    closed        bigint,
    primary key (org, id)
);
create unique index request_number_once on request (org, year, number);
create index request_queue on request (department, state, made);
create index request_newest on request (org, made);
create index request_person on request (org, person, made);

-- The number that was given out last.
create table request_number (
    org  ident not null,
    year bigint not null,
    last bigint not null,
    primary key (org, year)
);

-- What was said about a request. side is the customer's, support's, or a note
-- that stays inside the provider; mail is the Message-ID of what came by mail,
-- digest the SHA-256 of all of it; message is what left by mail.
create table request_line (
    org      ident not null,
    request  ident not null,
    n        bigint not null,
    at       bigint not null,
    side     text not null,
    person   ident,
    staff    ident,
    name     text not null,
    address  text not null,
    proved   boolean not null,
    words    text not null,
    template text not null,
    mail     text not null,
    digest   text not null,
    message  ident,
    primary key (org, request, n)
);
create index request_line_mail on request_line (mail);

-- What a head of department allowed, or did not, for this customer against the
-- rules; until is when it ends by itself.
create table request_exception (
    org        ident not null,
    id         ident not null,
    request    ident not null,
    scope      text not null,
    why        text not null,
    asked_by   ident not null,
    asked_name text not null,
    department text not null,
    asked      bigint not null,
    state      text not null,
    head       ident,
    head_name  text not null,
    words      text not null,
    decided    bigint,
    until      bigint,
    ended      bigint,
    primary key (org, id)
);
create index request_exception_waits on request_exception (department, state, asked);

-- Whose address a mail comes from is asked without regard to case.
create index contact_point_folded on contact_point (lower(address));
