package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/policy"
	"muster/roster"
)

// settingsView is the organisation's own settings.
type settingsView struct {
	Frame
	Tabs  []choice
	OrgID string
	Form  struct {
		Name, Zone                              string
		Languages                               []choice
		Interval, Grace, Remind, Repeat, Reopen string // minutes
	}
}

// tokensView lists what programs sign in with.
type tokensView struct {
	Frame
	Tabs   []choice
	Fresh  string // a token that was just made; shown once
	Tokens []tokenRow
	Name   string
	Roles  []choice
}

type tokenRow struct {
	ID, Name, Role string
	Made, Used     time.Time
}

func (s *site) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.settingsView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "settings", view)
}

func (s *site) settingsView(w http.ResponseWriter, r *http.Request, v *visit) (*settingsView, error) {
	if _, err := policy.Check(v.who, "updateOrganisation", policy.Resource{Type: "Organisation", ID: string(v.who.Org), Org: v.who.Org}); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.nav.settings", "/settings")
	if err != nil {
		return nil, err
	}
	view := &settingsView{Frame: f, OrgID: string(v.who.Org), Tabs: settingsTabsOf(v.tag, "/settings")}
	view.Form.Name, view.Form.Zone, view.Form.Languages = v.org.Name, v.org.TimeZone, languageChoices(v.org.Language)
	o := v.org
	lengths := view.lengths(&o)
	for _, l := range lengths {
		*l.text = minutesOf(*l.value)
	}
	if r.Method == http.MethodPost {
		view.Form.Name, view.Form.Zone, view.Form.Languages = r.PostFormValue("name"), r.PostFormValue("time_zone"), languageChoices(r.PostFormValue("language"))
		for _, l := range lengths {
			*l.text = r.PostFormValue(l.field)
		}
	}
	return view, nil
}

// length is a time that an organisation settles, as its form has it.
type length struct {
	field, api string // as the form calls it, and as faults do
	text       *string
	value      *time.Duration
}

func (v *settingsView) lengths(o *roster.Organisation) []length {
	f := &v.Form
	return []length{
		{"interval", "check_in_seconds", &f.Interval, &o.CheckIn},
		{"grace", "grace_seconds", &f.Grace, &o.Grace},
		{"remind", "remind_seconds", &f.Remind, &o.Remind},
		{"repeat", "repeat_seconds", &f.Repeat, &o.Repeat},
		{"reopen", "reopen_seconds", &f.Reopen, &o.Reopen},
	}
}

// inMinutes says a fault about a length at the field of the form, with its
// bounds as they are typed there.
func inMinutes(err error, lengths []length) error {
	all := fault.All(err)
	out := make([]error, len(all))
	for i, f := range all {
		out[i] = f
		at := slices.IndexFunc(lengths, func(l length) bool { return l.api == f.Field })
		if at < 0 {
			continue
		}
		least, _ := f.Args["Min"].(int)
		most, _ := f.Args["Max"].(int)
		out[i] = f.At(lengths[at].field).With("Min", minutesOf(time.Duration(least)*time.Second)).With("Max", minutesOf(time.Duration(most)*time.Second))
	}
	return fault.Join(out...)
}

func settingsTabsOf(tag lang.Tag, at string) []choice {
	return []choice{
		{Text: tag.Text("web.settings.organisation", nil), Href: "/settings", Chosen: at == "/settings"},
		{Text: tag.Text("web.watch.title", nil), Href: "/settings/watch", Chosen: at == "/settings/watch"},
		{Text: tag.Text("web.token.title", nil), Href: "/settings/tokens", Chosen: at == "/settings/tokens"},
		{Text: tag.Text("web.wire.title", nil), Href: wiresPage, Chosen: at == wiresPage},
	}
}

// minutesOf writes a length as people type it: minutes, with a decimal point
// where there are seconds.
func minutesOf(d time.Duration) string { return strconv.FormatFloat(d.Minutes(), 'f', -1, 64) }

// minutesFrom reads what minutesOf writes, with a comma as well.
func minutesFrom(text, field string) (time.Duration, error) {
	n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || !(n >= 0 && n <= 24*60) {
		return 0, fault.New(fault.Invalid, "out_of_range").At(field).With("Min", 0).With("Max", 24*60)
	}
	return time.Duration(math.Round(n*60)) * time.Second, nil
}

func (s *site) saveSettings(w http.ResponseWriter, r *http.Request, v *visit) error {
	o := v.org
	o.Name, o.TimeZone, o.Language = r.PostFormValue("name"), r.PostFormValue("time_zone"), r.PostFormValue("language")
	lengths := (&settingsView{}).lengths(&o)
	var errs []error
	for _, l := range lengths {
		var err error
		*l.value, err = minutesFrom(r.PostFormValue(l.field), l.field)
		if *l.value == 0 {
			*l.value = -1 // the room takes nothing for its usual length, which is not what was typed
		}
		errs = append(errs, err)
	}
	err := fault.Join(errs...)
	if err == nil {
		err = inMinutes(roster.UpdateOrganisation(r.Context(), s.Store, v.who, o), lengths)
	}
	if err == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, "/settings")
	}
	view, verr := s.settingsView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "settings", view, err)
}

func (s *site) tokens(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.tokensView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "tokens", view)
}

func (s *site) tokensView(w http.ResponseWriter, r *http.Request, v *visit) (*tokensView, error) {
	all, err := s.Gate.Tokens(r.Context(), v.who, v.who.Org)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.token.title", "/settings")
	if err != nil {
		return nil, err
	}
	view := &tokensView{Frame: f, Tabs: settingsTabsOf(v.tag, "/settings/tokens"), Name: r.PostFormValue("name"), Roles: roleChoices(v.tag, "")[1:]}
	for _, t := range all {
		if !t.Revoked.IsZero() {
			continue
		}
		row := tokenRow{ID: string(t.ID), Name: t.Name, Made: t.Created, Used: t.Used}
		for _, m := range t.Roles {
			row.Role = v.tag.Text("web.role."+string(m.Role), nil)
		}
		view.Tokens = append(view.Tokens, row)
	}
	return view, nil
}

// makeToken answers with the page itself and not 303: the secret is on it
// once, and on no address that could be opened again.
func (s *site) makeToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	secret, _, err := s.Gate.MakeToken(r.Context(), v.who, v.who.Org, identity.TokenSpec{
		Name: r.PostFormValue("name"), Roles: []actor.Membership{{Role: actor.Role(r.PostFormValue("role"))}},
	})
	view, verr := s.tokensView(w, r, v)
	if verr != nil {
		return verr
	}
	if err != nil {
		return s.again(w, r, "tokens", view, err)
	}
	view.Fresh, view.Name = secret, ""
	return s.show(w, r, "tokens", view)
}

func (s *site) revokeToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	t, err := id.Parse[id.Token](r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.Gate.RevokeToken(r.Context(), v.who, v.who.Org, t); err != nil {
		return err
	}
	s.say(w, said{Key: "web.token.revoked"})
	return see(w, r, "/settings/tokens")
}
