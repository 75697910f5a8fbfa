package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/call/wire"
	"muster/deliver/dc09"
	"muster/fault"
	"muster/id"
)

// wiresPage is where wires and panels are kept.
const wiresPage = "/settings/wires"

// wiresView lists wires and panels.
type wiresView struct {
	Frame
	Tabs   []choice
	Wires  []wireRow
	Panels []panelRow
}

type wireRow struct {
	ID, Name, Where, State string
	Bad                    bool
}

// wireForm is a wire as it is typed.
type wireForm struct {
	Name, Hosts, Account, Line, Receiver, Poll, Codes, Without, URL string
	Kinds, Formats, Networks                                        []choice
	Fallback, Decimal, Active, Own                                  bool
}

// wireView is one wire with its frames, or the form of a new one.
type wireView struct {
	Frame
	Tabs    []choice
	ID      string // empty: a new one
	Fresh   string // a webhook's secret that was just made; shown once
	Webhook bool
	Hook    *hookView // how a webhook stands; nil of others
	Keyed   bool
	Form    wireForm
	Rows    []wire.Receiver
	Frames  []frameRow
}

// frameRow is one frame as a line of a table.
type frameRow struct {
	At                                    time.Time
	Peer, Sent, Got, Verdict, Took, Alarm string
	Good                                  bool
	Count                                 int
}

func (s *site) lines() wire.Office {
	return wire.Office{Store: s.Store, Keys: s.Keys, Allowed: s.Networks}
}

func (s *site) wireRoutes(in func(string, handler)) {
	in("GET "+wiresPage, s.wires)
	in("POST "+wiresPage, s.addWire)
	in("GET "+wiresPage+"/new", s.newWire)
	in("GET "+wiresPage+"/{wire}", s.wire)
	in("POST "+wiresPage+"/{wire}", s.saveWire)
	in("POST "+wiresPage+"/{wire}/{act}", s.actOnWire)
	in("POST /settings/panels", s.addPanel)
	in("GET /settings/panels/new", s.newPanel)
	in("GET /settings/panels/{panel}", s.panel)
	in("POST /settings/panels/{panel}", s.savePanel)
	in("POST /settings/panels/{panel}/remove", s.removePanel)
}

func (s *site) wires(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.wiresView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "wires", view)
}

func (s *site) wiresView(w http.ResponseWriter, r *http.Request, v *visit) (*wiresView, error) {
	wires, err := s.lines().List(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	panels, err := s.lines().Panels(r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.wire.title", "/settings")
	if err != nil {
		return nil, err
	}
	view := &wiresView{Frame: f, Tabs: settingsTabsOf(v.tag, wiresPage)}
	for _, one := range wires {
		view.Wires = append(view.Wires, rowOfWire(v, one))
	}
	for _, p := range panels {
		view.Panels = append(view.Panels, panelRow{ID: string(p.ID), Name: p.Name, Account: p.Account, Keyed: p.Keyed, Lost: p.Lost, Heard: p.Heard})
	}
	return view, nil
}

func rowOfWire(v *visit, one wire.Wire) wireRow {
	row := wireRow{ID: string(one.ID), Name: one.Name, Where: strings.Join(one.Hosts, ", "), State: "web.wire.state.untried"}
	if one.Kind == wire.Webhook {
		row.Where, row.State = one.URL, "web.wire.state."+hookState(one.Health)
		row.Bad = !one.Health.Failing.IsZero() || !one.Health.Off.IsZero()
	}
	for _, r := range one.Receivers {
		if row.State != "web.wire.state.down" {
			row.State = "web.wire.state.up"
		}
		if !r.Up {
			row.State, row.Bad = "web.wire.state.down", true
		}
	}
	if !one.Active {
		row.State, row.Bad = "web.wire.state.off", false
	}
	row.State = v.tag.Text(row.State, nil)
	return row
}

// formOfWire shows a wire as it is typed.
func formOfWire(v *visit, w wire.Wire) wireForm {
	f := wireForm{
		Name: w.Name, Hosts: strings.Join(w.Hosts, "\n"), Account: w.Account, Line: w.Line, Receiver: w.Settings.Receiver,
		Without: w.Dialect.Without, URL: w.URL, Fallback: w.Fallback, Decimal: w.Dialect.Decimal, Active: w.Active, Own: w.Own,
		Codes: codesText(w.Dialect.Codes),
		Kinds: []choice{
			{Value: wire.DC09, Text: "SIA DC-09", Chosen: w.Kind != wire.Webhook},
			{Value: wire.Webhook, Text: v.tag.Text("web.wire.webhook", nil), Chosen: w.Kind == wire.Webhook},
		},
		Formats: []choice{{Value: dc09.CID, Text: "ADM-CID (Contact ID)", Chosen: w.Format != dc09.SIA}, {Value: dc09.SIA, Text: "SIA-DCS", Chosen: w.Format == dc09.SIA}},
		Networks: []choice{
			{Value: "tcp", Text: "TCP", Chosen: !w.UDP}, {Value: "udp", Text: "UDP", Chosen: w.UDP},
		},
	}
	if w.Poll > 0 {
		f.Poll = strconv.Itoa(int(w.Poll.Seconds()))
	}
	return f
}

// typed puts back what was typed, so that nothing is lost when it was wrong.
func (f *wireForm) typed(r *http.Request) {
	for name, to := range map[string]*string{
		"name": &f.Name, "hosts": &f.Hosts, "account": &f.Account, "line": &f.Line, "receiver": &f.Receiver,
		"poll": &f.Poll, "codes": &f.Codes, "without": &f.Without, "url": &f.URL,
	} {
		*to = r.PostFormValue(name)
	}
	for name, to := range map[string]*bool{"fallback": &f.Fallback, "decimal": &f.Decimal, "active": &f.Active, "own": &f.Own} {
		*to = r.PostFormValue(name) != ""
	}
	for name, all := range map[string][]choice{"kind": f.Kinds, "format": f.Formats, "network": f.Networks} {
		for i := range all {
			all[i].Chosen = all[i].Value == r.PostFormValue(name)
		}
	}
}

// wireFrom reads a wire from the form.
func wireFrom(r *http.Request, w *wire.Wire) (wire.Secret, error) {
	var f wireForm
	f.typed(r)
	w.Name, w.Active, w.Own = f.Name, f.Active, f.Own
	codes, err := codesFrom(f.Codes)
	poll, err2 := secondsFrom(f.Poll)
	w.Settings = wire.Settings{
		Hosts: strings.Fields(f.Hosts), UDP: r.PostFormValue("network") == "udp", Receiver: f.Receiver, Line: f.Line, Account: f.Account,
		Format: r.PostFormValue("format"), Fallback: f.Fallback, Poll: poll, URL: f.URL,
		Dialect: dc09.Dialect{Codes: codes, Decimal: f.Decimal, Without: strings.ToUpper(strings.TrimSpace(f.Without))},
	}
	return keyFrom(r), fault.Join(err, err2)
}

// keyFrom is the key as it was typed: nothing leaves it as it is, a dash takes
// it away.
func keyFrom(r *http.Request) wire.Secret {
	key := strings.TrimSpace(r.PostFormValue("key"))
	switch key {
	case "":
		return wire.Secret{}
	case "-":
		key = ""
	}
	return wire.Secret{Key: &key}
}

func secondsFrom(text string) (time.Duration, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 24*60*60 {
		return 0, fault.New(fault.Invalid, "out_of_range").At("poll").With("Min", 10).With("Max", 24*60*60)
	}
	return time.Duration(n) * time.Second, nil
}

// codesFrom reads a centre's own codes, one event a line: help 101 QA QH.
func codesFrom(text string) (map[string]dc09.Code, error) {
	codes := map[string]dc09.Code{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		words = append(words, "-", "-", "-")
		for i := range words {
			if words[i] == "-" {
				words[i] = ""
			}
		}
		if len(words) > 7 {
			return nil, fault.New(fault.Invalid, "dc09_codes").At("codes").With("Name", words[0])
		}
		codes[words[0]] = dc09.Code{CID: words[1], SIA: words[2], Restore: words[3]}
	}
	return codes, nil
}

func codesText(codes map[string]dc09.Code) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		c := codes[name]
		b.WriteString(name)
		for _, code := range []string{c.CID, c.SIA, c.Restore} {
			if code == "" {
				code = "-"
			}
			b.WriteString(" " + code)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// newWire is the form of a new wire.
func (s *site) newWire(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.freshWire(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "wire", view)
}

func (s *site) freshWire(w http.ResponseWriter, r *http.Request, v *visit) (*wireView, error) {
	if _, err := s.lines().List(r.Context(), v.who); err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.wire.add", "/settings")
	return &wireView{Frame: f, Tabs: settingsTabsOf(v.tag, wiresPage), Form: formOfWire(v, wire.Wire{Active: true, Own: true, Settings: wire.Settings{Poll: usualPoll, Fallback: true}})}, err
}

// usualPoll is between supervision polls where nothing else is agreed.
const usualPoll = 85 * time.Second

// addWire answers a new webhook with the page itself and not 303: the secret
// is on it once, and on no address that could be opened again.
func (s *site) addWire(w http.ResponseWriter, r *http.Request, v *visit) error {
	made := wire.Wire{Kind: r.PostFormValue("kind")}
	secret, err := wireFrom(r, &made)
	var fresh string
	if err == nil {
		made, fresh, err = s.lines().Add(r.Context(), v.who, made, secret)
	}
	if err != nil {
		view, verr := s.freshWire(w, r, v)
		if verr != nil {
			return verr
		}
		view.Form.typed(r)
		return s.again(w, r, "wire", view, err)
	}
	if fresh == "" {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, wiresPage+"/"+string(made.ID))
	}
	view, err := s.wireView(w, r, v, made.ID)
	if err != nil {
		return err
	}
	view.Fresh = fresh
	return s.show(w, r, "wire", view)
}

func (s *site) wire(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Wire](r.PathValue("wire"))
	if err != nil {
		return err
	}
	view, err := s.wireView(w, r, v, which)
	if err != nil {
		return err
	}
	return s.show(w, r, "wire", view)
}

// shownFrames is how many frames a page shows.
const shownFrames = 50

func (s *site) wireView(w http.ResponseWriter, r *http.Request, v *visit, which id.Wire) (*wireView, error) {
	one, err := s.lines().Get(r.Context(), v.who, which)
	if err != nil {
		return nil, err
	}
	frames, err := s.lines().Frames(r.Context(), v.who, which, "", shownFrames)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.wire.title", "/settings")
	if err != nil {
		return nil, err
	}
	f.Title = one.Name
	view := &wireView{
		Frame: f, Tabs: settingsTabsOf(v.tag, wiresPage), ID: string(one.ID), Webhook: one.Kind == wire.Webhook,
		Keyed: one.Keyed, Form: formOfWire(v, one), Rows: one.Receivers, Frames: frameRows(v, frames, "web.wire.verdict."),
	}
	if view.Webhook {
		view.Hook, err = s.hookOf(r, v, one)
	}
	return view, err
}

func frameRows(v *visit, frames []wire.Frame, prefix string) (rows []frameRow) {
	for _, f := range frames {
		row := frameRow{At: f.At, Peer: f.Peer, Sent: strings.TrimSpace(f.Sent), Got: strings.TrimSpace(f.Got), Alarm: string(f.Alarm), Count: f.Count}
		row.Good = f.Verdict == "" || f.Verdict == string(dc09.Taken)
		verdict := f.Verdict
		if verdict == "" {
			verdict = string(dc09.Taken)
		}
		row.Verdict = v.tag.Text(prefix+verdict, nil)
		if row.Got == "" {
			row.Got = f.Problem
		}
		if f.Took > 0 {
			row.Took = v.tag.Text("web.hook.took", map[string]any{"Count": f.Took.Milliseconds()})
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *site) saveWire(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Wire](r.PathValue("wire"))
	if err != nil {
		return err
	}
	changed := wire.Wire{ID: which}
	secret, err := wireFrom(r, &changed)
	if err == nil {
		_, _, err = s.lines().Change(r.Context(), v.who, changed, secret)
	}
	if err == nil {
		s.say(w, said{Key: "web.person.saved"})
		return see(w, r, wiresPage+"/"+string(which))
	}
	view, verr := s.wireView(w, r, v, which)
	if verr != nil {
		return verr
	}
	view.Form.typed(r)
	return s.again(w, r, "wire", view, err)
}

// actOnWire tests a wire, gives a webhook a new secret or switches it on again,
// or takes it away.
func (s *site) actOnWire(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Wire](r.PathValue("wire"))
	if err != nil {
		return err
	}
	switch r.PathValue("act") {
	case "test":
		if _, err := s.lines().Test(r.Context(), v.who, which); err != nil {
			return err
		}
		s.say(w, said{Key: "web.wire.tested"})
		return see(w, r, wiresPage+"/"+string(which))
	case "on":
		return s.resumeWire(w, r, v, which)
	case "remove":
		if err := s.lines().Remove(r.Context(), v.who, which); err != nil {
			return err
		}
		s.say(w, said{Key: "web.wire.removed"})
		return see(w, r, wiresPage)
	case "rotate":
		one, err := s.lines().Get(r.Context(), v.who, which)
		if err != nil {
			return err
		}
		_, fresh, err := s.lines().Change(r.Context(), v.who, one, wire.Secret{Rotate: true})
		if err != nil {
			return err
		}
		view, err := s.wireView(w, r, v, which)
		if err != nil {
			return err
		}
		view.Fresh = fresh
		return s.show(w, r, "wire", view)
	}
	return fault.New(fault.NotFound, "not_found")
}
