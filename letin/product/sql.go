package product

import "muster/store"

const from = `select p.id, p.name, p.active, c.since from product p
	left join customer_product c on c.org = $2 and c.product = p.id where p.org = $1`

var (
	every = store.Across("product.every", from+` order by p.name, p.id`)
	one   = store.Across("product.one", from+` and p.id = $3`)
	has   = store.Across("product.has", `select count(*) from customer_product where org = $1 and product = $2`)
	had   = store.Query("product.had", `select product from customer_product where org = $1`)
	add   = store.Query("product.give", `insert into customer_product (org, product, since) values ($1, $2, $3) on conflict (org, product) do nothing`)
	drop  = store.Query("product.withdraw", `delete from customer_product where org = $1 and product = $2`)
)

func scan(r store.Row) (p Product, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Active, store.Time(&p.Since))
}
