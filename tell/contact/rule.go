// Package contact knows which news each contact person of an organisation
// wants (BS1, BS3). Contact persons are people of the roster; until when what
// is known of them can be believed stands in roster/duty.
package contact

import (
	"slices"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/roster/duty"
)

// Category is a kind of news. A dot leads to a narrower one: whoever wants a
// category wants everything below it, also what comes to be there later.
type Category string

// The categories.
const (
	All         Category = "all"
	Service     Category = "service"
	Incident    Category = "service.incident"
	Maintenance Category = "service.maintenance"
	Security    Category = "security"
	Changes     Category = "changes"
	Contract    Category = "contract"
)

// Categories lists them in the order in which forms offer them.
func Categories() []Category {
	return []Category{All, Service, Incident, Maintenance, Security, Changes, Contract}
}

// Covers tells whether who wants c hears news of a category.
func (c Category) Covers(news Category) bool {
	return c == All || c == news || strings.HasPrefix(string(news), string(c)+".")
}

// owed is what a duty must hear, whatever its holder chooses: somebody who
// stands for the organisation can hand over, not look away.
var owed = map[duty.Duty][]Category{
	duty.Technical:      {Service, Security},
	duty.Administrative: {Security, Contract},
}

// Owed is what a duty must hear.
func Owed(d duty.Duty) []Category { return slices.Clone(owed[d]) }

// Choice is one category that a person wants news of.
type Choice struct {
	Person    id.Person
	Category  Category
	Workspace id.Workspace // empty: of the whole organisation
}

// Check tells what speaks against a choice.
func (c Choice) Check() error {
	if !slices.Contains(Categories(), c.Category) {
		return fault.New(fault.Invalid, "category_unknown").At("category")
	}
	return nil
}

// Reason is why somebody is told.
type Reason string

// The reasons, the strongest first.
const (
	ByTechnicalDuty      Reason = "technical"
	ByAdministrativeDuty Reason = "administrative"
	ByChoice             Reason = "choice"
	None                 Reason = ""
)

// Wants tells whether, and why, a person hears news of a category that
// concerns some workspaces; none means the whole organisation. A duty stands
// for the whole organisation, and so does a choice without a workspace.
func Wants(who id.Person, duties []duty.Holder, choices []Choice, news Category, of []id.Workspace) Reason {
	for _, h := range duties {
		mine := h.Person.Person == who
		if mine && slices.ContainsFunc(owed[h.Duty], func(c Category) bool { return c.Covers(news) }) {
			return Reason(h.Duty)
		}
	}
	for _, c := range choices {
		concerned := c.Workspace == "" || len(of) == 0 || slices.Contains(of, c.Workspace)
		if c.Person == who && concerned && c.Category.Covers(news) {
			return ByChoice
		}
	}
	return None
}
