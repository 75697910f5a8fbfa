package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/advice"
	"muster/letin/grant"
	"muster/letin/setting"
	"muster/store"
)

// adviceView is what an agent may do about a request now, by which rule, and
// what is missing.
type adviceView struct {
	Allowed   bool
	Why       string // the rule, as a sentence; empty: none is about it
	Rule      string
	Setting   string
	Class     string // how important it is, in words
	Notes     []lackRow
	Ways      [][]lackRow // the one to try first first
	Template  string      // of what to ask the customer
	ReplyHref string
}

// lackRow is one thing that is missing, with a way to see to it.
type lackRow struct {
	Text, Do, Href string
}

// adviceOf asks what may be done about a request.
func (s *site) adviceOf(ctx context.Context, v *visit, q desk.Request) (c advice.Case, err error) {
	err = s.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		c, err = advice.For(tx, v.who, q)
		return err
	})
	return c, err
}

// advise fills in what may be done now, and what there is to choose from.
func (view *supportRequestView) advise(s *site, r *http.Request, v *visit, q desk.Request) (advice.Case, error) {
	scope := grant.View
	if q.Kind == desk.Setting {
		scope = grant.Configure
	}
	view.GrantHref = askHref(q, scope)
	c, err := s.adviceOf(r.Context(), v, q)
	if err != nil {
		return c, err
	}
	view.Advice = adviceViewOf(v.tag, c)
	view.Advice.within(v.tag, view)
	view.Setting, view.Scopes = view.Advice.Setting, scopeChoices(v.tag, q.Setting, view.Advice.Setting, r.PostFormValue("scope"))
	chosen := q.Setting
	if r.PostForm.Has("setting") {
		chosen = r.PostFormValue("setting")
	}
	view.Settings, err = s.settingChoices(r, v.tag, q.Org, chosen)
	return c, err
}

func adviceViewOf(tag lang.Tag, c advice.Case) *adviceView {
	a := c.Advice()
	view := &adviceView{Allowed: a.Allowed, Rule: a.Rule, Template: strings.Join(a.Parts, " "), Setting: settingText(tag, c)}
	if a.Rule != "" {
		view.Why = tag.Text("policy."+a.Rule, nil)
	}
	if c.Setting.Class != "" {
		view.Class = tag.Text("setting.class."+string(c.Setting.Class), nil)
	}
	if view.Template != "" {
		view.ReplyHref = supportPage + "/" + string(c.Request.ID) + "?template=" + url.QueryEscape(view.Template) + "#answer"
	}
	for _, l := range a.Notes {
		view.Notes = append(view.Notes, lackRowOf(tag, c, l, view.ReplyHref))
	}
	for _, way := range a.Ways {
		var rows []lackRow
		for _, l := range way {
			rows = append(rows, lackRowOf(tag, c, l, view.ReplyHref))
		}
		view.Ways = append(view.Ways, rows)
	}
	return view
}

// within keeps the ways to forms of the page to those that stand on it: what
// takes having the request in hand leads to taking it, and to nowhere for other
// departments.
func (a *adviceView) within(tag lang.Tag, page *supportRequestView) {
	take := lackRow{Do: tag.Text("request.page.take", nil), Href: "#take"}
	if !page.Open || !page.Ours || page.Mine {
		take = lackRow{}
	}
	for _, rows := range append([][]lackRow{a.Notes}, a.Ways...) {
		for i, row := range rows {
			there := true
			switch row.Href {
			case "":
			case "#" + string(advice.Hand):
				there = page.Ours
			case "#" + string(advice.Except):
				there = page.Mine && page.Counts || len(page.Allowed) > 0
			case "#" + string(advice.Classify), a.ReplyHref:
				there = page.Mine
			}
			if !there {
				rows[i].Href, rows[i].Do = take.Href, take.Do
			}
		}
	}
}

// settingText is what the setting is called that a request asks for; of one
// that is not in the catalogue what the request has for it.
func settingText(tag lang.Tag, c advice.Case) string {
	if c.Setting.Class == "" {
		return c.Request.Setting
	}
	return productText(tag, c.Setting)
}

// productText is a setting with the product that it belongs to.
func productText(tag lang.Tag, one setting.Setting) string {
	return labelled(tag, one.Product, one.Name(tag))
}

func lackRowOf(tag lang.Tag, c advice.Case, l advice.Lack, reply string) lackRow {
	row := lackRow{Text: tag.Text(l.Text, nil)}
	customer := accountsPage + "/" + string(c.Org)
	switch l.Do {
	case advice.Ask:
		scope := grant.Configure
		if c.Request.Kind == desk.Look {
			scope = grant.View
		}
		row.Href = askHref(c.Request, scope)
	case advice.See, advice.Enter:
		row.Href = grantsPage + "/" + string(c.Grant)
	case advice.Call:
		row.Href = customer + "#watch-title"
	case advice.Own:
		row.Href = customer + "#products"
	case advice.Reset:
		row.Href = customer + "#reset-title"
	case advice.Reply:
		row.Href = reply
	case advice.Hand, advice.Except, advice.Classify, advice.Erase:
		row.Href = "#" + string(l.Do)
	}
	if row.Href != "" {
		row.Do = tag.Text("request.advice.do."+string(l.Do), nil)
	}
	return row
}

// askHref is the form in which a colleague asks for leave to enter because of a
// request.
func askHref(q desk.Request, scope grant.Scope) string {
	ask := url.Values{"organisation": {string(q.Org)}, "request": {q.Reference()}, "reason": {string(grant.Support)}, "scope": {string(scope)}}
	return grantsPage + "/new?" + ask.Encode()
}

// settingChoices are the settings of the catalogue that are about a customer, by
// product, with how important each is. None is a choice too: whoever asks need not know.
func (s *site) settingChoices(r *http.Request, tag lang.Tag, org id.Org, chosen string) (groups []choiceGroup, err error) {
	var all []setting.Setting
	err = s.Store.Across().View(r.Context(), func(tx *store.AcrossTx) error {
		all, err = setting.For(tx, org)
		return err
	})
	return settingGroups(tag, all, chosen), err
}

func settingGroups(tag lang.Tag, all []setting.Setting, chosen string) (groups []choiceGroup) {
	for _, one := range all {
		at := slices.IndexFunc(groups, func(g choiceGroup) bool { return g.Text == one.Product })
		if at < 0 {
			at, groups = len(groups), append(groups, choiceGroup{Text: one.Product})
		}
		text := one.Name(tag) + " (" + tag.Text("setting.class."+string(one.Class), nil) + ")"
		groups[at].Choices = append(groups[at].Choices, choice{Value: one.Ref(), Text: text, Chosen: one.Ref() == chosen})
	}
	return groups
}

// settingCalled is what a setting is called that a request or an exception
// names.
func (s *site) settingCalled(ctx context.Context, tag lang.Tag, ref string) string {
	called := ref
	if ref == "" {
		return ref
	}
	_ = s.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		one, err := setting.Named(tx, ref)
		if err == nil {
			called = productText(tag, one)
		}
		return err
	})
	return called
}
