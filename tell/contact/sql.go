package contact

import "muster/store"

var (
	listChoices = store.Query("contact.choices", `select person, category, workspace from news_choice where org = $1 order by person, category, workspace`)
	dropChoices = store.Query("contact.drop_choices", `delete from news_choice where org = $1 and person = $2`)
	addChoice   = store.Query("contact.add_choice", `insert into news_choice (org, person, category, workspace) values ($1, $2, $3, $4)`)
)

func scanChoice(r store.Row) (c Choice, err error) {
	return c, r.Scan(&c.Person, &c.Category, &c.Workspace)
}
