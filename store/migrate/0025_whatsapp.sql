-- +goose Up

-- When somebody last wrote to our WhatsApp number: for a day after that, any
-- text may go to them. Numbers belong to no organisation, and stand here as
-- keyed codes only.
create table whatsapp_window (
    number bytea not null primary key,
    opened bigint not null
);
create index whatsapp_window_opened on whatsapp_window (opened);

-- Templates that Meta would not send lately, and when to try them again.
create table whatsapp_template (
    name  text not null,
    lang  text not null,
    state text not null,
    rests bigint not null,
    primary key (name, lang)
);
