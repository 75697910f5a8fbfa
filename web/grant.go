package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
)

// grantView is all about one leave to enter, for the provider or the customer.
type grantView struct {
	Frame
	grantRow
	ID        string
	Base      string // page of this grant
	Back      string
	Provider  bool
	Words     string
	Request   string
	Scope     string
	Span      string
	Used      time.Time
	EndedBy   string
	Why       string
	Reviewer  string
	Extends   string // page of the one that this extends
	Approvals []approvalRow
	Consent   *consentRow
	Wording   grant.Wording // what the customer's administrators are asked
	Said      string        // what somebody typed who refuses or ends it
	May       map[string]bool
	Story     []bookEntry
	Acts      []bookEntry
	OlderActs string // address of the page with those before
	Told      []grantTold
}

type approvalRow struct {
	Name, Groups string
	At           time.Time
}

type consentRow struct {
	Name, How, Words, Digest string
	At                       time.Time
}

// grantTold is one message about it.
type grantTold struct {
	To, What, State string
	At              time.Time
	Bad             bool
}

func (s *site) grantView(w http.ResponseWriter, r *http.Request, v *visit) (*grantView, error) {
	which, err := id.Parse[id.Grant](r.PathValue("grant"))
	if err != nil {
		return nil, err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("acts"), 10, 64)
	f, err := s.Grants.FileFrom(r.Context(), v.who, which, max(before, 0))
	if err != nil {
		return nil, err
	}
	view := &grantView{Provider: v.who.Org == "", Said: r.PostFormValue("why")}
	if view.Provider {
		view.Frame, view.Back = s.provided(w, r, v, "grant.page.one", grantsPage), grantsPage
		view.Feed = providerFeed
	} else if view.Frame, err = s.framed(w, r, v, "grant.page.one", "/let-in"); err != nil {
		return nil, err
	} else {
		view.Back = "/let-in"
	}
	base := map[bool]string{true: grantsPage, false: ownGrantsPage}[view.Provider]
	view.fill(v.tag, base, f)
	return view, nil
}

// fill shows a grant to its reader.
func (view *grantView) fill(tag lang.Tag, base string, f grant.File) {
	view.grantRow = grantRowOf(tag, base, f.Row)
	view.ID, view.Base, view.May = string(f.Row.ID), view.Href, f.May
	view.Title = tag.Text("grant.page.of", map[string]any{"Name": f.Name, "Org": f.Customer})
	view.Words, view.Request, view.Used, view.EndedBy, view.Why, view.Reviewer = f.Words, f.Request, f.Used, f.EndedBy, f.Why, f.Reviewer
	view.Scope, view.Span = tag.Text("grant.scope."+string(f.Scope), nil), tag.Duration(f.For)
	if f.Stage == grant.Fallen {
		view.Why = tag.Text("grant.why."+f.Why, nil)
	}
	if f.After != "" {
		view.Extends = base + "/" + string(f.After)
	}
	for _, a := range f.Approvals {
		row := approvalRow{Name: a.Name, At: a.At}
		var groups []string
		for _, g := range a.Groups {
			groups = append(groups, tag.Text("grant.group."+string(g), nil))
		}
		if row.Groups = strings.Join(groups, ", "); row.Groups == "" && f.Stage == grant.Asked {
			row.Groups = tag.Text("grant.group.none", nil)
		}
		view.Approvals = append(view.Approvals, row)
	}
	if c := f.Grant.Consent; !c.At.IsZero() {
		view.Consent = &consentRow{c.Name, tag.Text("grant.page.by_"+c.How, nil), c.Words, c.Digest, c.At}
	}
	view.Wording = f.Wording(tag, f.Customer)
	view.Story, view.Acts = storyRows(tag, f.Story), storyRows(tag, f.Acts)
	if f.Older > 0 {
		view.OlderActs = view.Base + "?acts=" + strconv.FormatInt(f.Older, 10) + "#acts"
	}
	names := map[id.Person]string{}
	for _, p := range f.People {
		names[p.Person] = p.Name
	}
	for _, m := range f.Told {
		to := names[m.Person]
		if to == "" && len(m.Route) > 0 {
			to = m.Route[0].Address
		}
		what := tag.Text("grant.told."+m.Purpose, nil)
		if news, _ := m.Facts["News"].(string); m.Purpose == "grant_news" && tag.Has("grant.news."+news) {
			by, _ := m.Facts["By"].(string)
			what = upper(tag.Text("grant.news."+news, map[string]any{"By": by}))
		}
		view.Told = append(view.Told, grantTold{
			To: to, What: what, State: tag.Text("incident.message."+string(m.State), nil), At: m.Made, Bad: m.State == "failed" || m.State == "expired",
		})
	}
}

func storyRows(tag lang.Tag, all []ledger.Record) (rows []bookEntry) {
	for _, e := range all {
		row := bookEntry{Index: e.Seq, At: e.At, Who: e.Actor.Name, What: bookSentence(tag, e), From: e.Actor.IP}
		if key := "policy." + e.Rule; e.Rule != "" && tag.Has(key) {
			row.Detail = tag.Text(key, nil)
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *site) grant(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.grantView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "grant", view)
}

// doGrant carries out what somebody wants about a grant.
func (s *site) doGrant(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Grant](r.PathValue("grant"))
	if err != nil {
		return err
	}
	ctx, why, act := r.Context(), r.PostFormValue("why"), r.PathValue("act")
	switch {
	case act == "evidence":
		return s.evidence(w, r, v, which)
	case act == "approve" && v.who.Org == "":
		_, err = s.Grants.Approve(ctx, v.who, which)
	case act == "withdraw" && v.who.Org == "":
		_, err = s.Grants.Withdraw(ctx, v.who, which)
	case act == "return" && v.who.Org == "":
		_, err = s.Grants.Return(ctx, v.who, which)
	case act == "refuse":
		_, err = s.Grants.Refuse(ctx, v.who, which, why)
	case act == "consent" && v.who.Kind == actor.Person:
		_, err = s.Grants.Consent(ctx, v.who, which, lang.Match(r.PostFormValue("language")), r.PostFormValue("mark"))
	case act == "revoke" && v.who.Kind == actor.Person:
		_, err = s.Grants.Revoke(ctx, v.who, which, why)
	case act == "review" && v.who.Kind == actor.Person:
		_, err = s.Grants.Review(ctx, v.who, which, why)
	default:
		return fault.New(fault.NotFound, "not_found")
	}
	if err == nil {
		s.say(w, said{Key: "grant.page.done_" + act})
		return see(w, r, strings.TrimSuffix(r.URL.Path, "/"+act))
	}
	if s.signInFirst(w, r, v, err, strings.TrimSuffix(r.URL.Path, "/"+act)) {
		return nil
	}
	view, verr := s.grantView(w, r, v)
	if verr != nil {
		return verr
	}
	return s.again(w, r, "grant", view, err)
}

// evidence hands out the file about a grant. It is made whole before any of it
// leaves, so that a failure is no half a file.
func (s *site) evidence(w http.ResponseWriter, r *http.Request, v *visit, which id.Grant) error {
	var file bytes.Buffer
	if err := s.Grants.Evidence(r.Context(), v.who, which, &file); err != nil {
		return err
	}
	return handOut(w, string(which), &file)
}

// handOut answers with a file of evidence.
func handOut(w http.ResponseWriter, name string, file *bytes.Buffer) error {
	h := w.Header()
	h.Set("Content-Type", "application/jsonl")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.jsonl"`)
	h.Set("Cache-Control", "no-store")
	_, err := file.WriteTo(w)
	return err
}
