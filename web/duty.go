package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/call/rota"
	"muster/call/rota/calendar"
	"muster/call/rota/civil"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// dutyView is what belongs to the reader: when they are on duty, and what they
// are asked.
type dutyView struct {
	Frame
	Tabs   []choice
	Now    []dutyRow
	Turns  []dutyRow
	Asked  []coverRow // both halves of each swap
	Feeds  []feedRow
	Fresh  string
	Nobody bool // the reader stands on no rota
}

type dutyRow struct {
	Rota, Href, With string
	From, To         time.Time
	Covered          bool
}

type feedRow struct {
	ID      string
	Made    time.Time
	Foreign bool // somebody else made it
}

// coverForm and swapForm are what was typed, or nothing yet.
type coverForm struct {
	From, To, Why string
	Out, In       []choice
}

type swapForm struct{ A, B []choice }

func (s *site) duty(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.dutyView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "duty", view)
}

func (s *site) dutyView(w http.ResponseWriter, r *http.Request, v *visit) (*dutyView, error) {
	f, err := s.framed(w, r, v, "web.duty.title", rotaPage)
	if err != nil {
		return nil, err
	}
	now := s.Store.Now()
	all, err := rota.List(r.Context(), s.Store, v.who, now, now.Add(dutyAhead))
	if err != nil {
		return nil, err
	}
	view := &dutyView{Frame: f, Tabs: rotaTabs(v, "/duty")}
	for _, sheet := range all {
		for _, t := range sheet.Turns {
			if !slices.Contains(t.Team, v.who.Person) {
				continue
			}
			others := slices.DeleteFunc(slices.Clone(t.Team), func(p id.Person) bool { return p == v.who.Person })
			row := dutyRow{Rota: sheet.Name, Href: rotaPage + "/" + string(sheet.ID), With: dutyNames(sheet, others), From: t.From, To: t.To, Covered: len(t.Covered) > 0}
			if t.From.Equal(now) {
				view.Now = append(view.Now, row)
				continue
			}
			view.Turns = append(view.Turns, row)
		}
		for _, c := range coverRows(sheet, v.who.Person, false) {
			if c.Agree != "" || c.Refuse != "" {
				view.Asked = append(view.Asked, c)
			}
		}
	}
	slices.SortStableFunc(view.Turns, func(a, b dutyRow) int { return a.From.Compare(b.From) })
	view.Nobody = len(view.Now)+len(view.Turns) == 0
	feeds, err := calendar.List(r.Context(), s.Store, v.who, "")
	view.Feeds = feedRows(slices.DeleteFunc(feeds, func(f calendar.Feed) bool { return f.Person == "" }), v.who.Person)
	return view, err
}

func feedRows(feeds []calendar.Feed, own id.Person) (out []feedRow) {
	for _, f := range feeds {
		out = append(out, feedRow{ID: string(f.ID), Made: f.Made, Foreign: f.By != own})
	}
	return out
}

// rotaForms fills what the forms of a rota's page offer.
func (s *site) rotaForms(r *http.Request, v *visit, view *rotaView, soon rota.Sheet, zone *time.Location) error {
	var candidates []roster.Person
	err := s.Store.View(r.Context(), v.who.Org, func(tx *store.Tx) (err error) {
		candidates, err = rota.Candidates(tx)
		return err
	})
	if err != nil {
		return err
	}
	chosen := r.PostFormValue
	t := func(key string) string { return v.tag.Text(key, nil) }
	view.Cover = coverForm{
		From: chosen("from"), To: chosen("to"), Why: chosen("why"),
		Out: []choice{{Value: "", Text: t("web.rota.out_none")}, {Value: string(plan.Everyone), Text: t("web.rota.out_all"), Chosen: chosen("out") == string(plan.Everyone)}},
		In:  []choice{{Value: "", Text: t("web.rota.in_none")}},
	}
	if view.Cover.From == "" {
		view.Cover.Out[1].Chosen = true
		tomorrow := civil.Of(soon.Now, zone) + 1
		view.Cover.From, view.Cover.To = tomorrow.String()+"T08:00", (tomorrow+1).String()+"T08:00"
	}
	for _, p := range candidates {
		own := string(p.Person)
		view.Cover.In = append(view.Cover.In, choice{Value: own, Text: p.Name, Chosen: chosen("in") == own})
	}
	for _, p := range onDuty(soon) {
		view.Cover.Out = append(view.Cover.Out, choice{Value: string(p), Text: soon.Names[p], Chosen: chosen("out") == string(p)})
	}
	for _, turn := range soon.Turns {
		for _, p := range turn.Team {
			c := choice{Value: slotValue(p, turn.From, turn.To), Text: soon.Names[p] + ": " + v.tag.Time(turn.From, zone, lang.Short) + " – " + v.tag.Time(turn.To, zone, lang.Short)}
			if p == v.who.Person || view.CanManage {
				a := c
				a.Chosen = a.Value == chosen("a")
				view.Swap.A = append(view.Swap.A, a)
			}
			if p != v.who.Person || view.CanManage {
				c.Chosen = c.Value == chosen("b")
				view.Swap.B = append(view.Swap.B, c)
			}
		}
	}
	view.CanSwap = len(view.Swap.A) > 0 && len(view.Swap.B) > 0
	return nil
}

// onDuty is everybody who has a turn, by name.
func onDuty(s rota.Sheet) (all []id.Person) {
	for _, t := range s.Turns {
		all = append(all, t.Team...)
	}
	slices.SortFunc(all, func(a, b id.Person) int {
		return cmp.Or(strings.Compare(s.Names[a], s.Names[b]), strings.Compare(string(a), string(b)))
	})
	return slices.Compact(all)
}

// slotValue is a duty as a form carries it.
func slotValue(p id.Person, from, to time.Time) string {
	return string(p) + " " + strconv.FormatInt(from.UnixMicro(), 10) + " " + strconv.FormatInt(to.UnixMicro(), 10)
}

func slotFrom(text string) rota.Slot {
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return rota.Slot{}
	}
	from, _ := strconv.ParseInt(parts[1], 10, 64)
	to, _ := strconv.ParseInt(parts[2], 10, 64)
	return rota.Slot{Person: id.Person(parts[0]), From: time.UnixMicro(from).UTC(), To: time.UnixMicro(to).UTC()}
}

// addCover puts somebody else on duty for a while.
func (s *site) addCover(w http.ResponseWriter, r *http.Request, v *visit) error {
	rid, err := id.Parse[id.Rota](r.PathValue("rota"))
	if err != nil {
		return err
	}
	zone, err := lang.Zone(v.zone)
	if err != nil {
		return err
	}
	c := plan.Cover{Out: id.Person(r.PostFormValue("out")), In: id.Person(r.PostFormValue("in")), Why: r.PostFormValue("why")}
	var errs [2]error
	c.From, errs[0] = localTime(r.PostFormValue("from"), "from", zone)
	c.To, errs[1] = localTime(r.PostFormValue("to"), "to", zone)
	if err = fault.Join(errs[:]...); err == nil {
		_, err = rota.AddCover(r.Context(), s.Store, v.who, rid, c)
	}
	return s.afterRota(w, r, v, err, "web.rota.covered")
}

// localTime reads what a field for date and time sends.
func localTime(text, field string, zone *time.Location) (time.Time, error) {
	date, clock, _ := strings.Cut(strings.Replace(text, " ", "T", 1), "T")
	day, err := civil.ParseDay(date)
	if err != nil {
		return time.Time{}, fault.From(err).At(field)
	}
	minute, err := civil.ParseMinute(clock[:min(len(clock), len("08:00"))])
	if err != nil {
		return time.Time{}, fault.From(err).At(field)
	}
	return civil.At(day, minute, zone), nil
}

// swapDuty swaps two duties, or asks for it.
func (s *site) swapDuty(w http.ResponseWriter, r *http.Request, v *visit) error {
	rid, err := id.Parse[id.Rota](r.PathValue("rota"))
	if err != nil {
		return err
	}
	c, err := rota.Swap(r.Context(), s.Store, v.who, rid, slotFrom(r.PostFormValue("a")), slotFrom(r.PostFormValue("b")))
	done := "web.rota.swapped"
	if c.Asked != "" {
		done = "web.rota.swap_asked"
	}
	return s.afterRota(w, r, v, err, done)
}

// changeCover takes an exception back, or answers a swap.
func (s *site) changeCover(w http.ResponseWriter, r *http.Request, v *visit) error {
	rid, err := id.Parse[id.Rota](r.PathValue("rota"))
	if err != nil {
		return err
	}
	c, err := id.Parse[id.Cover](r.PathValue("cover"))
	if err != nil {
		return err
	}
	to, done := rotaPage+"/"+string(rid), "web.rota.uncovered"
	switch r.PathValue("act") {
	case "remove":
		err = rota.RemoveCover(r.Context(), s.Store, v.who, rid, c)
	case "agree":
		to, done = "/duty", "web.rota.swapped"
		err = rota.Answer(r.Context(), s.Store, v.who, rid, c, true)
	case "refuse":
		to, done = "/duty", "web.rota.swap_refused"
		err = rota.Answer(r.Context(), s.Store, v.who, rid, c, false)
	default:
		return fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return err
	}
	s.say(w, said{Key: done})
	return see(w, r, to)
}

func (s *site) afterRota(w http.ResponseWriter, r *http.Request, v *visit, cause error, done string) error {
	if cause == nil {
		s.say(w, said{Key: done})
		return see(w, r, rotaPage+"/"+r.PathValue("rota"))
	}
	view, err := s.rotaView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "rota", view, cause)
}

// makeFeed answers with the page itself and not 303: the address is on it
// once, and on no page that could be opened again.
func (s *site) makeFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	path, _, err := calendar.Make(r.Context(), s.Store, v.who, id.Rota(r.PathValue("rota")))
	if err != nil {
		return err
	}
	if r.PathValue("rota") == "" {
		view, err := s.dutyView(w, r, v)
		if err != nil {
			return err
		}
		view.Fresh = strings.TrimSuffix(s.URL, "/") + path
		return s.show(w, r, "duty", view)
	}
	view, err := s.rotaView(w, r, v)
	if err != nil {
		return err
	}
	view.Fresh = strings.TrimSuffix(s.URL, "/") + path
	return s.show(w, r, "rota", view)
}

func (s *site) closeFeed(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := id.Parse[id.Feed](r.PathValue("feed"))
	if err != nil {
		return err
	}
	if err := calendar.Close(r.Context(), s.Store, v.who, f); err != nil {
		return err
	}
	s.say(w, said{Key: "web.rota.feed_closed"})
	return see(w, r, back(r.PostFormValue("back")))
}

// readFeed is a calendar for whoever has its address.
func (s *site) readFeed(w http.ResponseWriter, r *http.Request, _ *visit) error {
	ics, err := calendar.Read(r.Context(), s.Store, r.PathValue("name"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="rota.ics"`)
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(ics)
	return nil
}

// gapsSoon is how far the board looks ahead: somebody can still be found
// before the night begins.
const gapsSoon = 24 * time.Hour

// boardGaps are the rotas on which nobody can be reached now or soon. They are
// looked for when the whole page or they themselves are asked for, not each
// time a worker checks in.
func (s *site) boardGaps(r *http.Request, v *visit) (rows []rotaRow, err error) {
	if region := r.URL.Query().Get("region"); region != "" && region != "gaps" {
		return nil, nil
	}
	now := s.Store.Now()
	all, err := rota.List(r.Context(), s.Store, v.who, now, now.Add(gapsSoon))
	if fault.KindOf(err) == fault.Forbidden {
		return nil, nil
	}
	for _, sheet := range all {
		if len(sheet.Gaps) > 0 {
			rows = append(rows, rotaRow{Href: rotaPage + "/" + string(sheet.ID), Name: sheet.Name, Gaps: gapRows(sheet)})
		}
	}
	return rows, err
}
