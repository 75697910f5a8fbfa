package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"muster/actor"
	"muster/carrier"
	"muster/fault"
	"muster/id"
	"muster/lang"
)

// carrierView is one carrier as it is typed, or the form of a new one.
type carrierView struct {
	Frame
	ID             string // empty: a new one
	Kind, KindText string
	Name           string
	Active, Unread bool
	Fields, More   []carrierField
	Doors          []fact
	Kinds          []choice // a new one's, while none is chosen
	MoreOpen       bool
	States         []carrierRow
	Test           string // page that tests it; empty: it is not at work
}

type carrierField struct {
	Name, Label, Value, Hint string
	Secret, Needed           bool
	Choices                  []choice
}

func (s *site) newCarrier(w http.ResponseWriter, r *http.Request, v *visit) error {
	view := s.freshCarrier(w, r, v, r.URL.Query().Get("kind"))
	return s.show(w, r, "carrier", view)
}

// freshCarrier is the form of a new carrier, or the choice of its kind.
func (s *site) freshCarrier(w http.ResponseWriter, r *http.Request, v *visit, kind string) *carrierView {
	view := &carrierView{Frame: s.provided(w, r, v, "web.carrier.add", carriersPage), Active: true}
	k, known := carrier.KindOf(kind)
	if !known {
		for _, k := range carrier.Kinds() {
			view.Kinds = append(view.Kinds, choice{Value: k.Name, Text: v.tag.Text("carrier.kind."+k.Name, nil), Href: carriersPage + "/new?kind=" + k.Name})
		}
		return view
	}
	usual := map[string]string{}
	for _, f := range k.Fields {
		usual[f.Name] = f.Usual
	}
	view.fill(v.tag, k, usual, nil)
	return view
}

// fill shows a carrier's values as they are typed.
func (view *carrierView) fill(tag lang.Tag, k carrier.Kind, values map[string]string, kept map[string]bool) {
	view.Kind, view.KindText = k.Name, tag.Text("carrier.kind."+k.Name, nil)
	view.Fields, view.More = nil, nil
	word := func(what, name string) string {
		if key := "carrier." + what + "." + k.Name + "." + name; tag.Has(key) {
			return tag.Text(key, nil)
		}
		return tag.Text("carrier."+what+"."+name, nil)
	}
	for _, f := range k.Fields {
		one := carrierField{Name: f.Name, Label: word("field", f.Name), Secret: f.Secret, Needed: f.Needed && !kept[f.Name]}
		if !f.Secret {
			one.Value = values[f.Name]
		}
		for _, c := range f.Choices {
			one.Choices = append(one.Choices, choice{Value: c, Text: word("choice", f.Name+"."+cmp.Or(c, "none")), Chosen: c == values[f.Name]})
		}
		if f.Choices == nil {
			one.Hint = tag.Text("fault."+f.Rule, nil)
		}
		if kept[f.Name] {
			one.Hint = tag.Text("web.carrier.kept", nil)
		}
		if f.More {
			view.More = append(view.More, one)
			view.MoreOpen = view.MoreOpen || one.Value != "" && one.Choices == nil || view.Wrong(f.Name) != ""
		} else {
			view.Fields = append(view.Fields, one)
		}
	}
}

// carrierFrom reads the form.
func carrierFrom(r *http.Request, k carrier.Kind) carrier.Draft {
	d := carrier.Draft{Kind: k.Name, Name: r.PostFormValue("name"), Active: r.PostFormValue("active") != "", Values: map[string]string{}}
	for _, f := range k.Fields {
		d.Values[f.Name] = r.PostFormValue(f.Name)
	}
	return d
}

func (s *site) addCarrier(w http.ResponseWriter, r *http.Request, v *visit) error {
	k, known := carrier.KindOf(r.PostFormValue("kind"))
	if !known {
		return fault.New(fault.Invalid, "carrier_kind")
	}
	d := carrierFrom(r, k)
	c, err := s.Carriers.Office.Add(r.Context(), v.who, d)
	if err == nil {
		s.say(w, said{Key: "web.carrier.added"})
		return see(w, r, carriersPage+"/"+string(c.ID))
	}
	view := s.freshCarrier(w, r, v, k.Name)
	return s.typedAgain(w, r, v, view, k, d, nil, err)
}

// typedAgain shows the form with what was typed, but for secrets.
func (s *site) typedAgain(w http.ResponseWriter, r *http.Request, v *visit, view *carrierView, k carrier.Kind, d carrier.Draft, kept map[string]bool, cause error) error {
	view.Name, view.Active = d.Name, d.Active
	if !view.wrongInput(cause) {
		return cause
	}
	view.fill(v.tag, k, d.Values, kept)
	return s.showAs(w, r, http.StatusUnprocessableEntity, "carrier", view)
}

func (s *site) carrier(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, _, err := s.carrierView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "carrier", view)
}

func (s *site) carrierView(w http.ResponseWriter, r *http.Request, v *visit) (*carrierView, carrier.Carrier, error) {
	which, err := id.Parse[id.Carrier](r.PathValue("carrier"))
	if err != nil {
		return nil, carrier.Carrier{}, err
	}
	c, err := s.Carriers.Office.Get(r.Context(), v.who, which)
	if err != nil {
		return nil, c, err
	}
	view := &carrierView{Frame: s.provided(w, r, v, "web.carrier.title", carriersPage), ID: string(c.ID), Name: c.Name, Active: c.Active, Unread: c.Unreadable}
	view.Title = c.Name
	k, _ := carrier.KindOf(c.Kind)
	view.fill(v.tag, k, c.Values, c.Kept)
	view.Doors = s.doors(v.tag, c)
	for _, channel := range k.Channels {
		for _, st := range s.Carriers.States(channel) {
			if st.ID == view.ID {
				row := stateRow(v.tag, channel, st, nil)
				row.Kind = v.tag.Text("carrier.channel."+channel, nil)
				view.States, view.Test = append(view.States, row), row.Test
			}
		}
	}
	return view, c, nil
}

// doors are the addresses that have to be entered at the carrier.
func (s *site) doors(tag lang.Tag, c carrier.Carrier) (out []fact) {
	at := strings.TrimSuffix(s.URL, "/") + "/carrier/" + string(c.ID)
	switch c.Kind {
	case carrier.Twilio:
		return []fact{{Label: tag.Text("web.carrier.door.text", nil), Value: at + "/text"}, {Label: tag.Text("web.carrier.door.voice", nil), Value: at + "/voice"}}
	case carrier.WhatsApp:
		return []fact{{Label: tag.Text("web.carrier.door.events", nil), Value: at}}
	}
	return nil
}

func (s *site) saveCarrier(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, c, err := s.carrierView(w, r, v)
	if err != nil {
		return err
	}
	k, _ := carrier.KindOf(c.Kind)
	d := carrierFrom(r, k)
	if err := s.Carriers.Office.Change(r.Context(), v.who, c.ID, d); err != nil {
		return s.typedAgain(w, r, v, view, k, d, c.Kept, err)
	}
	s.say(w, said{Key: "web.person.saved"})
	return see(w, r, carriersPage+"/"+string(c.ID))
}

// actOnCarrier switches a carrier, puts it first or takes it away.
func (s *site) actOnCarrier(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Carrier](r.PathValue("carrier"))
	if err != nil {
		return err
	}
	said, to := said{Key: "web.person.saved"}, carriersPage
	act := map[string]func(context.Context, actor.Actor, id.Carrier) error{
		"lead":   s.Carriers.Office.Lead,
		"remove": s.Carriers.Office.Remove,
		"on": func(ctx context.Context, who actor.Actor, c id.Carrier) error {
			return s.Carriers.Office.Switch(ctx, who, c, true)
		},
		"off": func(ctx context.Context, who actor.Actor, c id.Carrier) error {
			return s.Carriers.Office.Switch(ctx, who, c, false)
		},
	}[r.PathValue("act")]
	if act == nil {
		return fault.New(fault.NotFound, "not_found")
	}
	if err := act(r.Context(), v.who, which); err != nil {
		return err
	}
	if r.PathValue("act") == "remove" {
		said.Key = "web.carrier.removed"
	}
	s.say(w, said)
	return see(w, r, to)
}
