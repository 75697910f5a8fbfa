-- +goose Up

-- A way on which alarms leave for a centre. settings is JSON; secret is sealed:
-- a key of DC-09, or what webhooks are signed with.
create table wire (
    org      ident not null,
    id       ident not null,
    name     text not null,
    kind     text not null,
    settings text not null,
    secret   bytea,
    keyed    boolean not null,
    active   boolean not null,
    own      boolean not null,
    made     bigint not null,
    primary key (org, id),
    constraint wire_name_unique unique (org, name)
);
create index wire_own on wire (org) where active = true and own = true;

-- What is learned while a wire is in use. skew is how far the centre's clock is
-- ahead, in microseconds.
create table wire_pulse (
    org  ident not null,
    wire ident not null,
    seq  bigint not null,
    skew bigint not null,
    primary key (org, wire)
);
create table wire_receiver (
    org     ident not null,
    wire    ident not null,
    address text not null,
    up      boolean not null,
    since   bigint not null,
    heard   bigint,
    primary key (org, wire, address)
);

-- The sequence number of a message's part: the same in every try.
create table wire_number (
    org     ident not null,
    wire    ident not null,
    message ident not null,
    part    bigint not null,
    seq     bigint not null,
    primary key (org, wire, message, part)
);

-- Every frame that left, with its answer; polls are kept for a week.
create table wire_frame (
    org      ident not null,
    id       ident not null,
    wire     ident not null,
    message  ident,
    receiver text not null,
    at       bigint not null,
    took     bigint not null,
    sent     text not null,
    got      text not null,
    verdict  text not null,
    problem  text not null,
    primary key (org, id)
);
create index wire_frame_wire on wire_frame (org, wire, id);
create index wire_frame_polls on wire_frame (org, wire, at) where message is null;

-- What was last said of an organisation's own alarm on each of its wires.
create table wire_news (
    org   ident not null,
    wire  ident not null,
    alarm ident not null,
    kind  text not null,
    state text not null,
    at    bigint not null,
    primary key (org, wire, alarm)
);
create index wire_news_open on wire_news (org, alarm) where state <> 'resolved';

-- A sender whose frames raise alarms here. The account is one in the whole
-- installation, together with the line number.
create table panel (
    org       ident not null,
    id        ident not null,
    name      text not null,
    line      text not null,
    account   text not null,
    secret    bytea,
    keyed     boolean not null,
    person    ident not null,
    workspace ident not null,
    poll      bigint not null,
    active    boolean not null,
    made      bigint not null,
    primary key (org, id),
    constraint panel_account_unique unique (line, account)
);

create table panel_pulse (
    org   ident not null,
    panel ident not null,
    heard bigint not null,
    lost  boolean not null,
    primary key (org, panel)
);

-- Every frame that came, but for polls; refused ones are counted by the minute.
create table panel_frame (
    org     ident not null,
    id      ident not null,
    panel   ident not null,
    at      bigint not null,
    host    text not null,
    raw     text not null,
    seq     bigint not null,
    digest  text not null,
    refused text not null,
    count   bigint not null,
    alarm   ident,
    primary key (org, id)
);
create index panel_frame_panel on panel_frame (org, panel, at);
