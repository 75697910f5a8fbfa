package sheet

import (
	"strings"

	"muster/fault"
	"muster/roster/address"
)

// Told is the column that says which news somebody wants; only sheets of
// contact persons have it.
const Told Field = "news"

// News is a kind of news that a contact person wants (BS3), of one workspace
// by name; an empty one is the whole organisation.
type News struct {
	Category  string `json:"category"` // as room tell/contact calls it
	Workspace string `json:"workspace,omitempty"`
}

// DescribeNews writes kinds of news in the language, as Read takes them.
func DescribeNews(news []News, lang string) string {
	items := make([]string, len(news))
	for i, n := range news {
		items[i] = inLanguage(vocabulary.newsIn[n.Category], lang)
		if n.Workspace != "" {
			items[i] += " (" + n.Workspace + ")"
		}
	}
	return strings.Join(items, ", ")
}

// person leaves alone what a contact person has not, so that no list of
// contact persons ever gives somebody a role or a PIN.
func (l *layout) person() {
	alone := []Field{Role, PIN}
	if _, has := l.col[Told]; !has {
		alone = append(alone, Workspace) // which only says of where the news are
	}
	for _, f := range alone {
		if col, ok := l.col[f]; ok {
			l.unread = append(l.unread, show(l.cells[col]))
			delete(l.col, f)
		}
	}
	l.contacts = nil
}

// news reads which news somebody wants: every kind in every workspace named in
// the row, unless it names its own: "Incidents (Depot), Contract". A row that
// names no kind says nothing.
func (c *check) news() {
	col, has := c.l.col[Told]
	if !has {
		return
	}
	text, err := c.value(col)
	if err != nil {
		c.bad(Told, col, err)
		return
	}
	places := c.places()
	for _, item := range splitOutside(text, ",;/\n") {
		if address.Line(item) == "" {
			continue
		}
		word, place, own := strings.Cut(strings.TrimSpace(item), "(")
		category, known := vocabulary.news[fold(word)]
		if !known {
			c.bad(Told, col, fault.New(fault.Invalid, "category_unknown"))
			return
		}
		of := places
		if own {
			if place, err = workspace(strings.TrimSuffix(strings.TrimSpace(place), ")")); err != nil {
				c.bad(Told, col, err)
				return
			}
			of = []string{place}
		}
		for _, p := range of {
			c.e.News = append(c.e.News, News{category, strings.TrimPrefix(p, Whole)})
		}
	}
}

// written is SS3 for contact persons: something that a message reaches. What is
// wrong already is not missing.
func (c *check) written() {
	for _, f := range []Field{Email, Mobile} {
		if col, has := c.l.col[f]; has && address.Line(cell(c.cells, col)) != "" {
			return
		}
	}
	c.bad(Email, c.l.col[Email], fault.New(fault.Invalid, "email_missing"))
}
