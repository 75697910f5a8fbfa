package pass

import (
	"muster/id"
	"muster/store"
)

const (
	productRow = `select id, name, address, active, made, changed from product where `
	passRow    = `select id, org, product, session, grant_id, staff, mode, person, issued, exchanged, expires, turn,
		exists (select 1 from customer_product c where c.org = pass.org and c.product = pass.product) from pass where `
	keyRow = `select id, public, sealed, made, retired from pass_key where org = $1`
)

var (
	listProducts = store.Query("pass.products", productRow+`org = $1 order by name, id`)
	doors        = store.Across("pass.doors", productRow+`org = $1 and active = true and exists (select 1 from customer_product c
		where c.org = $2 and c.product = product.id) order by name, id`)
	getProduct      = store.Query("pass.product", productRow+`org = $1 and id = $2`)
	anyProduct      = store.Across("pass.any_product", productRow+`org = $1 and id = $2`)
	holdProduct     = store.Query("pass.hold_product", productRow+`org = $1 and id = $2`).Lock()
	countProducts   = store.Query("pass.count_products", `select count(*) from product where org = $1`)
	productByDigest = store.Across("pass.product_by_digest", productRow+`digest = $1`)
	addProduct      = store.Query("pass.add_product", `insert into product (org, id, name, address, digest, active, made, changed)
		values ($1, $2, $3, $4, $5, $6, $7, $7)`)
	changeProduct = store.Query("pass.change_product", `update product set name = $3, address = $4, active = $5, changed = $6 where org = $1 and id = $2`)
	rekeyProduct  = store.Query("pass.rekey_product", `update product set digest = $3, changed = $4 where org = $1 and id = $2`)

	listKeys   = store.Query("pass.keys", keyRow+` order by made, id`)
	getKey     = store.Query("pass.key", keyRow+` and id = $2`)
	addKey     = store.Query("pass.add_key", `insert into pass_key (org, id, sealed, public, made) values ($1, $2, $3, $4, $5)`)
	retireKeys = store.Query("pass.retire_keys", `update pass_key set retired = $2 where org = $1 and retired is null`)

	passByCode = store.Across("pass.by_code", passRow+`code = $1`)
	passByID   = store.Across("pass.by_id", passRow+`id = $1`)
	livePasses = store.Across("pass.live", passRow+`product = $1 and expires > $2`)
	addPass    = store.Query("pass.add", `insert into pass (org, id, product, session, grant_id, staff, mode, person, code, issued, turn)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`)
	// Signing anew is no act of anybody's; that the pass was opened is in the book.
	signPass = store.Query("pass.sign", `update pass set expires = $3, turn = $4, exchanged = coalesce(exchanged, $5)
		where org = $1 and id = $2 and turn = $4 - 1`).Telemetry()
	// What is told again changes nothing; what is new comes with its entry.
	addEvent = store.Query("pass.add_event", `insert into pass_event (org, pass, id, at) values ($1, $2, $3, $4)
		on conflict (org, pass, id) do nothing`).Telemetry()
)

func scanProduct(r store.Row) (p Product, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Address, &p.Active, store.Time(&p.Made), store.Time(&p.Changed))
}

func scanKey(r store.Row) (k key, err error) {
	return k, r.Scan(&k.ID, &k.Public, &k.sealed, store.Time(&k.Made), store.Time(&k.Retired))
}

func scanStay(r store.Row) (v stay, err error) {
	var person string
	err = r.Scan(&v.ID, &v.Org, &v.Product, &v.Session, &v.Grant, &v.Staff, &v.Mode, &person,
		store.Time(&v.Issued), store.Time(&v.Exchanged), store.Time(&v.Expires), &v.Turn, &v.had)
	v.Person = id.Person(person)
	return v, err
}
