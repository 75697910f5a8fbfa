package setting

import (
	"muster/lang"
	"muster/store"
)

const from = `select s.id, s.product, p.name, s.key, s.en, s.fi, s.fr, s.class
	from setting s join product p on p.org = s.org and p.id = s.product where s.org = $1 `

var (
	listSettings = store.Query("setting.list", from+`order by p.name, s.key`)
	getSetting   = store.Query("setting.get", from+`and s.id = $2`)
	anySetting   = store.Across("setting.any", from+`and s.product = $2 and s.key = $3`)
	heldSettings = store.Across("setting.held", from+`and exists (select 1 from customer_product c where c.org = $2 and c.product = s.product)
		order by p.name, s.key`)
	namedSetting = store.Across("setting.named", from+`and p.name || '/' || s.key = $2 order by p.name`)
	products     = store.Query("setting.products", `select id, name from product where org = $1 order by name, id`)
	countAll     = store.Query("setting.count", `select count(*) from setting where org = $1`)
	addSetting   = store.Query("setting.add", `insert into setting (org, id, product, key, en, fi, fr, class, changed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	setSetting  = store.Query("setting.set", `update setting set product = $3, key = $4, en = $5, fi = $6, fr = $7, class = $8, changed = $9 where org = $1 and id = $2`)
	dropSetting = store.Query("setting.drop", `delete from setting where org = $1 and id = $2`)
)

func scanSetting(r store.Row) (s Setting, err error) {
	var en, fi, fr string
	err = r.Scan(&s.ID, &s.Of, &s.Product, &s.Key, &en, &fi, &fr, &s.Class)
	s.Names = map[lang.Tag]string{lang.English: en, lang.Finnish: fi, lang.French: fr}
	return s, err
}

func scanProduct(r store.Row) (p Product, err error) { return p, r.Scan(&p.ID, &p.Name) }
