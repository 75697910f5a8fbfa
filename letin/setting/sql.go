package setting

import (
	"muster/lang"
	"muster/store"
)

var (
	listSettings = store.Query("setting.list", `select id, product, key, en, fi, fr, class from setting where org = $1 order by product, key`)
	getSetting   = store.Query("setting.get", `select id, product, key, en, fi, fr, class from setting where org = $1 and id = $2`)
	anySetting   = store.Across("setting.any", `select id, product, key, en, fi, fr, class from setting where org = $1 and product = $2 and key = $3`)
	everySetting = store.Across("setting.every", `select id, product, key, en, fi, fr, class from setting where org = $1 order by product, key`)
	namedSetting = store.Across("setting.named", `select id, product, key, en, fi, fr, class from setting where org = $1 and product || '/' || key = $2 order by product`)
	countAll     = store.Query("setting.count", `select count(*) from setting where org = $1`)
	addSetting   = store.Query("setting.add", `insert into setting (org, id, product, key, en, fi, fr, class, changed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	setSetting  = store.Query("setting.set", `update setting set product = $3, key = $4, en = $5, fi = $6, fr = $7, class = $8, changed = $9 where org = $1 and id = $2`)
	dropSetting = store.Query("setting.drop", `delete from setting where org = $1 and id = $2`)
)

func scanSetting(r store.Row) (s Setting, err error) {
	var en, fi, fr string
	err = r.Scan(&s.ID, &s.Product, &s.Key, &en, &fi, &fr, &s.Class)
	s.Names = map[lang.Tag]string{lang.English: en, lang.Finnish: fi, lang.French: fr}
	return s, err
}
