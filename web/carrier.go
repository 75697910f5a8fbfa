package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/carrier"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/setting"
	"muster/deliver/standby"
	"muster/lang"
)

// carriersPage is where the provider's staff keep carriers.
const carriersPage = "/provider/carriers"

// carried are the channels that carriers serve, in the order of the page.
var carried = []string{"email", "sms", "voice", "whatsapp"}

// carriersView shows all channels, each with its carriers.
type carriersView struct {
	Frame
	Channels []carriedRow
	Lanes    []choice // what waits to leave
}

// Doubtful are the channels that somebody should look at: nothing leaves on
// them, the second carrier is used, or one of theirs does not work.
func (v *carriersView) Doubtful() []carriedRow {
	return slices.DeleteFunc(slices.Clone(v.Channels), func(c carriedRow) bool {
		return c.None == "" && !c.Warn && !slices.ContainsFunc(c.Carriers, func(one carrierRow) bool { return one.Bad })
	})
}

// carriedRow is one channel.
type carriedRow struct {
	Name, Title string
	Why         string // which carrier is used, and why; empty where there are not two
	Warn        bool   // the second is used
	None        string // there is no carrier
	Carriers    []carrierRow
	Failures    []failureRow
}

// carrierRow is one carrier in a channel.
type carrierRow struct {
	ID                          string // empty: the environment names it
	Test                        string // page that tests it; empty: it is not at work
	Name, Kind, Where           string
	Use, UseText, State, Detail string
	Bad                         bool
	Since                       time.Time
	Typical                     string
	Figures                     []carriedFigures
}

// carriedFigures is how a carrier fared in one period.
type carriedFigures struct {
	Period                   string
	Taken, Delivered, Failed int
}

type failureRow struct {
	Carrier, Reason, Code string
	Count                 int
	Last                  time.Time
}

func (s *site) carrierRoutes(staff func(string, handler)) {
	if s.Carriers == nil {
		return
	}
	staff("GET "+carriersPage, s.carriers)
	staff("POST "+carriersPage, s.addCarrier)
	staff("GET "+carriersPage+"/new", s.newCarrier)
	staff("GET "+carriersPage+"/{carrier}", s.carrier)
	staff("POST "+carriersPage+"/{carrier}", s.saveCarrier)
	staff("POST "+carriersPage+"/{carrier}/{act}", s.actOnCarrier)
	staff("GET "+carriersPage+"/{carrier}/test", s.trial)
	staff("POST "+carriersPage+"/{carrier}/test", s.sendTrial)
}

func (s *site) carriers(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.Carriers.Office.List(r.Context(), v.who)
	if err != nil {
		return err
	}
	sums, err := s.Carriers.Office.Sums(r.Context(), v.who)
	if err != nil {
		return err
	}
	view := &carriersView{Frame: s.provided(w, r, v, "web.carrier.title", carriersPage)}
	for _, channel := range carried {
		view.Channels = append(view.Channels, s.carriedRow(v.tag, channel, all, sums))
	}
	view.Lanes, err = s.lanes(r.Context(), v.tag)
	if err != nil {
		return err
	}
	return s.show(w, r, "carriers", view)
}

func (s *site) lanes(ctx context.Context, tag lang.Tag) (out []choice, err error) {
	depths, err := deliver.Depths(ctx, s.Store)
	for _, l := range []deliver.Lane{deliver.SOS, deliver.Duty, deliver.Notice, deliver.Bulk} {
		out = append(out, choice{Text: tag.Text("web.carrier.lane."+string(l), nil), Count: depths[l]})
	}
	return out, err
}

// carriedRow gathers what is known of a channel: how its carriers are, as the
// switchboard has them, and those that are switched off.
func (s *site) carriedRow(tag lang.Tag, channel string, all []carrier.Carrier, sums []carrier.Sum) carriedRow {
	row := carriedRow{Name: channel, Title: tag.Text("carrier.channel."+channel, nil)}
	kinds := map[string]string{}
	names := map[string]string{}
	for _, st := range s.Carriers.States(channel) {
		one := stateRow(tag, channel, st, sums)
		if i := slices.IndexFunc(all, func(c carrier.Carrier) bool { return string(c.ID) == st.ID }); i >= 0 {
			one.Where = all[i].Values[setting.Server]
		}
		kinds[st.ID], names[st.ID] = st.Kind, st.Name
		row.Carriers = append(row.Carriers, one)
	}
	used := len(row.Carriers)
	for _, c := range all {
		if k, _ := carrier.KindOf(c.Kind); !c.Active && slices.Contains(k.Channels, channel) {
			kinds[string(c.ID)], names[string(c.ID)] = c.Kind, c.Name
			one := stateRow(tag, channel, switchboard.State{ID: string(c.ID), Kind: c.Kind, Name: c.Name, Use: "off"}, sums)
			one.Where = c.Values[setting.Server]
			row.Carriers = append(row.Carriers, one)
		}
	}
	if used == 0 {
		row.None = tag.Text("carrier.none."+channel, nil)
	}
	if standing, ok := s.Carriers.Standing(channel); ok {
		row.Why, row.Warn = whyUsed(tag, standing)
	}
	row.Failures = failuresOf(tag, channel, sums, kinds, names)
	return row
}

func whyUsed(tag lang.Tag, s standby.Standing) (why string, warn bool) {
	if !s.Second {
		return tag.Text("carrier.why.first", nil), false
	}
	return tag.Text("carrier.why."+s.Why, nil), true
}

func stateRow(tag lang.Tag, channel string, st switchboard.State, sums []carrier.Sum) carrierRow {
	row := carrierRow{
		ID: st.ID, Name: st.Name, Kind: tag.Text("carrier.kind."+st.Kind, nil), Use: st.Use,
		UseText: tag.Text("carrier.use."+st.Use, nil), Detail: st.Detail, Since: st.Since,
	}
	if st.Fixed {
		row.ID, row.Where = "", tag.Text("web.carrier.fixed", nil)
	}
	if st.Use != "off" && st.Use != switchboard.Broken {
		row.Test = carriersPage + "/" + st.ID + "/test"
	}
	switch {
	case st.Use == "off":
	case st.Sort != "":
		row.State, row.Bad = tag.Text("carrier.sort."+st.Sort, nil), true
	case st.Since.IsZero():
		row.State = tag.Text("carrier.untried", nil)
	default:
		row.State = tag.Text("carrier.well", nil)
	}
	row.Figures = []carriedFigures{
		{Period: tag.Text("web.carrier.minute", nil)}, {Period: tag.Text("web.carrier.hour", nil)}, {Period: tag.Text("web.carrier.day", nil)},
	}
	for _, s := range sums {
		if s.Carrier != st.ID || s.Channel != channel {
			continue
		}
		for i, n := range []int{s.Minute, s.Hour, s.Day} {
			switch s.What {
			case carrier.Taken:
				row.Figures[i].Taken += n
			case carrier.Delivered:
				row.Figures[i].Delivered += n
			case carrier.Lost, carrier.Refused, carrier.Failed:
				row.Figures[i].Failed += n
			}
		}
	}
	row.Typical = tag.Text("web.carrier.untimed", nil)
	if d, more, ok := carrier.Typical(sums, st.ID, channel); ok {
		key := map[bool]string{false: "web.carrier.typical", true: "web.carrier.typical_more"}[more]
		row.Typical = tag.Text(key, map[string]any{"Time": tag.Duration(d)})
	}
	return row
}

// failuresOf are a channel's failures by carrier, reason and code, the most
// frequent first. Whom they were about is not known here.
func failuresOf(tag lang.Tag, channel string, sums []carrier.Sum, kinds, names map[string]string) (out []failureRow) {
	for _, s := range sums {
		if s.Channel != channel || s.What != carrier.Lost && s.What != carrier.Refused && s.What != carrier.Failed {
			continue
		}
		name := cmp.Or(names[s.Carrier], "–") // taken away meanwhile
		out = append(out, failureRow{Carrier: name, Reason: reason(tag, kinds[s.Carrier], s), Code: s.Code, Count: s.Day, Last: s.Last})
	}
	slices.SortStableFunc(out, func(a, b failureRow) int { return b.Count - a.Count })
	return out
}

// reason is why something failed, in plain words.
func reason(tag lang.Tag, kind string, s carrier.Sum) string {
	if s.What == carrier.Lost {
		return tag.Text("carrier.sort."+s.Sort, nil)
	}
	code := strings.ReplaceAll(s.Code, ".", "_")
	for _, key := range []string{"carrier.code." + kind + "." + code, "carrier.code.any." + code} {
		if code != "" && tag.Has(key) {
			return tag.Text(key, nil)
		}
	}
	return tag.Text(map[bool]string{true: "carrier.code.refused", false: "carrier.code.failed"}[s.What == carrier.Refused], nil)
}
