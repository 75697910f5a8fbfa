-- +goose Up

-- Which of the provider's other products is which customer's. Support goes over
-- to no other for them.
create table customer_product (
    org     ident not null,
    product ident not null,
    since   bigint not null,
    primary key (org, product)
);

-- A setting belongs to a product by what it is, and not by what it is called
-- today. One of a product that nobody entered gets it entered, switched off and
-- with a token that nobody can have.
insert into product (org, id, name, address, digest, active, made, changed)
    select s.org, 'prd_' || substr(min(s.id), 5), s.product, '', cast(min(s.id) as blob), false, min(s.changed), min(s.changed)
    from setting s where not exists (select 1 from product p where p.org = s.org and p.name = s.product)
    group by s.org, s.product;

-- What worked goes on: a product that support went over to for a customer, or
-- of which a setting was asked for or excepted, is that customer's.
insert into customer_product (org, product, since)
    select used.org, used.product, min(used.at) from (
        select v.org, v.product, v.issued as at from pass v
        union all select r.org, p.id, r.made from request r
            join product p on substr(r.setting, 1, length(p.name) + 1) = p.name || '/'
        union all select e.org, p.id, e.asked from request_exception e
            join product p on substr(e.scope, 1, length(p.name) + 1) = p.name || '/'
    ) used group by used.org, used.product;

update setting set product = (select p.id from product p where p.org = setting.org and p.name = setting.product);
