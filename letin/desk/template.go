package desk

import (
	"context"
	"slices"

	"muster/lang"
	"muster/roster"
	"muster/store"
)

// Templates are the names of the answers that agents begin with (FL15), in the
// order in which they are offered. What each says stands in the catalogue under
// "request.template.<name>".
func Templates() []string {
	return []string{"access", "consent", "not_registered", "phone", "high", "test_data", "real_data", "second_line", "head", "done"}
}

// Needs tells whether an answer of this template needs something of the customer
// before the request goes on.
func (a Answer) Needs() bool {
	return slices.Contains([]string{"access", "consent", "not_registered", "phone", "high", "test_data", "real_data"}, a.Template)
}

// Language is that in which whoever asks is written to.
func (d Desk) Language(ctx context.Context, q Request) (tag lang.Tag) {
	tag = lang.English
	err := d.Store.View(ctx, q.Org, func(tx *store.Tx) error {
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		tag = org.Tag()
		if q.Sender.Person != "" {
			p, err := roster.Reach(tx, q.Sender.Person)
			if err != nil {
				return err
			}
			tag = lang.Match(string(p.Language))
		}
		return nil
	})
	if err != nil {
		return lang.English // nobody that the roster knows
	}
	return tag
}

// Draft is what an answer of a template says about this request, for the agent
// to change before it is sent; empty for a template that there is not.
func (q Request) Draft(tag lang.Tag, template, agent string) string {
	if !slices.Contains(Templates(), template) {
		return ""
	}
	about := q.Setting
	if about == "" {
		about = q.Subject
	}
	facts := map[string]any{
		"Name": q.Sender.Name, "Org": q.OrgName, "Reference": q.Reference(), "Setting": about, "Agent": agent,
	}
	hello := "request.template.hello"
	if q.Sender.Name == "" {
		hello += "_nobody"
	}
	return tag.Text(hello, facts) + "\n\n" + tag.Text("request.template."+template, facts) + "\n\n" + tag.Text("request.template.bye", facts)
}
