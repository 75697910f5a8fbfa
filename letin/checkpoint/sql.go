package checkpoint

import "muster/store"

var (
	due = store.Across("checkpoint.due", `select o.org from organisation o left join checkpoint_mailed m on m.org = o.org
		where o.org > $1 and (m.at is null or m.at <= $2) and exists (select 1 from duty d where d.org = o.org) order by o.org limit $3`)
	mailed = store.Query("checkpoint.mailed", `insert into checkpoint_mailed (org, at) values ($1, $2)
		on conflict (org) do update set at = excluded.at where checkpoint_mailed.at <= $3`)
)
