package plan

import (
	"fmt"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"muster/call/rota/civil"
	"muster/call/rota/office"
	"muster/id"
)

// thirty zones: those whose clocks move at odd hours, by odd amounts, at
// midnight, or that have left out or doubled a day.
var thirty = []string{
	"Europe/Helsinki", "Europe/Paris", "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Warsaw", "Europe/Moscow",
	"Europe/Istanbul", "Atlantic/Azores", "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo",
	"America/Santiago", "America/Havana", "America/Asuncion", "America/Nuuk", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut",
	"Asia/Amman", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Australia/Lord_Howe", "Australia/Sydney",
	"Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia",
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

var (
	aino, bo, cai = id.Person("per_aino"), id.Person("per_bo"), id.Person("per_cai")
	names         = []id.Person{aino, bo, cai, "per_dag", "per_eva"}
)

// clockModel is a second opinion that knows nothing of instants: it walks the
// calendar and asks a clock on the wall, in steps of a minute, whether the
// hand-over has come. It goes on where it was, so it can be asked of rising
// times only.
type clockModel struct {
	pattern Pattern
	zone    *time.Location
	at      time.Time
	turn    int // turns begun so far
}

func (m *clockModel) on(t time.Time) Team {
	for ; !m.at.After(t); m.at = m.at.Add(time.Minute) {
		shown := m.at.In(m.zone).Format("2006-01-02 15:04")
		for shown >= m.wall(m.turn) {
			m.turn++
		}
	}
	if m.turn == 0 {
		return nil
	}
	return m.pattern.Order[(m.turn-1)%len(m.pattern.Order)]
}

// wall is what the clock shows when turn n begins.
func (m *clockModel) wall(n int) string {
	y, mo, d := m.pattern.Start.Date()
	day := time.Date(y, mo, d+n*m.pattern.Days, 0, 0, 0, 0, time.UTC)
	return day.Format("2006-01-02") + fmt.Sprintf(" %02d:%02d", m.pattern.Handover/60, m.pattern.Handover%60)
}

// In 30 zones and over 40 years, a rota that rotates has exactly one team at
// each instant, every turn begins where the one before ends, and who is on
// duty is what the model says.
func TestARotationHasNeitherGapNorOverlap(t *testing.T) {
	for _, name := range thirty {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc := location(t, name)
			start := civil.On(1998, 1, 5)
			for _, p := range []Pattern{
				{Kind: Rotating, Start: start, Handover: 2*60 + 30, Days: 1, Order: []Team{{aino}, {bo}, {cai}}},
				{Kind: Rotating, Start: start, Handover: 0, Days: 7, Order: []Team{{aino, bo}, {cai}}},
				{Kind: Rotating, Start: start, Handover: 3 * 60, Days: 10, Order: []Team{{bo}, {aino}, {bo}, {cai}}},
			} {
				plan := Plan{Pattern: p, Zone: loc}
				wholeYears(t, plan)
			}
		})
	}
}

// wholeYears walks 40 years of a plan in pieces that do not meet its turns.
func wholeYears(t *testing.T, plan Plan) {
	t.Helper()
	from := civil.At(plan.Start, plan.Handover, plan.Zone)
	end := from.AddDate(40, 0, 0)
	n, due := 0, from
	for at := from; at.Before(end); at = at.Add(500 * 24 * time.Hour) {
		for _, turn := range plan.Between(at, at.Add(500*24*time.Hour)) {
			if !turn.From.Equal(due) {
				t.Fatalf("a turn begins %s, the one before ended %s", turn.From, due)
			}
			for n < 20_000 && !plan.handover(n+1).After(turn.From) {
				n++
			}
			if want := plan.Order[n%len(plan.Order)]; !slices.Equal(turn.Team, want) {
				t.Fatalf("from %s: %v, want %v", turn.From, turn.Team, want)
			}
			due = turn.To
		}
	}
	if gaps := plan.Gaps(from, from.Add(700*24*time.Hour), func(id.Person) Reason { return "" }); len(gaps) > 0 {
		t.Fatalf("gaps %v", gaps)
	}
}

// The same against the clock on the wall, minute by minute around the days on
// which it is moved.
func TestARotationAgreesWithTheClockOnTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(thirty).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		around := moved(loc, rapid.IntRange(2000, 2039).Draw(t, "year"), rapid.IntRange(0, 1).Draw(t, "which"))
		// Most hand-overs worth trying are at the very time that is skipped or
		// comes twice.
		last := around.Add(-time.Minute).In(loc)
		p := Pattern{
			Kind: Rotating, Start: civil.Of(around, loc) - civil.Day(rapid.IntRange(-1, 20).Draw(t, "start")),
			Handover: (last.Hour()*60 + last.Minute() + rapid.IntRange(-70, 130).Draw(t, "minute") + civil.Midnight) % civil.Midnight,
			Days:     rapid.SampledFrom([]int{1, 1, 1, 2, 7}).Draw(t, "days"),
		}
		for range rapid.IntRange(1, 4).Draw(t, "teams") {
			p.Order = append(p.Order, Team{rapid.SampledFrom(names).Draw(t, "who")})
		}
		plan := Plan{Pattern: p, Zone: loc}
		model := clockModel{pattern: p, zone: loc, at: civil.At(min(p.Start, civil.Of(around, loc))-3, 0, time.UTC)}
		for at := around.Add(-26 * time.Hour).Truncate(time.Minute); at.Before(around.Add(26 * time.Hour)); at = at.Add(7 * time.Minute) {
			if got, want := plan.At(at), model.on(at); !slices.Equal(got, want) {
				t.Fatalf("%s (%s there): %v, the clock says %v", at, at.In(loc), got, want)
			}
		}
	})
}

// moved is when clocks are moved in a year, the first or second time; a day in
// spring where they are not.
func moved(loc *time.Location, year, which int) time.Time {
	at := time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC)
	for range which + 1 {
		_, end := at.In(loc).ZoneBounds()
		if end.IsZero() || end.Year() > year {
			return time.Date(year, 4, 1, 0, 0, 0, 0, time.UTC)
		}
		at = end
	}
	return at.UTC()
}

// A model of weekly duty and covers that asks each minute anew.
func TestWeeklyDutyAndCoversAgreeWithASimpleModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(thirty).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC)
		plan := Plan{Zone: loc, Pattern: Pattern{Kind: Weekly}}
		for range rapid.IntRange(1, 6).Draw(t, "spans") {
			plan.Spans = append(plan.Spans, Span{
				Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), From: 30 * rapid.IntRange(0, 47).Draw(t, "from"),
				To: 30 * rapid.IntRange(0, 48).Draw(t, "to"), Team: Team{rapid.SampledFrom(names).Draw(t, "who")},
			})
		}
		for range rapid.IntRange(0, 4).Draw(t, "covers") {
			from := begin.Add(time.Duration(rapid.IntRange(0, 8*24).Draw(t, "at")) * time.Hour)
			c := Cover{From: from, To: from.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)}
			c.Out = rapid.SampledFrom(append([]id.Person{"", Everyone}, names...)).Draw(t, "out")
			c.In = rapid.SampledFrom(append([]id.Person{""}, names...)).Draw(t, "in")
			plan.Covers = append(plan.Covers, c)
		}
		turns := plan.Between(begin, begin.Add(9*24*time.Hour))
		for i, turn := range turns {
			if i > 0 && turn.From.Before(turns[i-1].To) {
				t.Fatalf("turns overlap at %s", turn.From)
			}
		}
		for at := begin; at.Before(begin.Add(9 * 24 * time.Hour)); at = at.Add(15 * time.Minute) {
			got := []id.Person{}
			for _, turn := range turns {
				if !turn.From.After(at) && turn.To.After(at) {
					got = slices.Clone(turn.Team)
				}
			}
			want := simply(plan, at)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%s (%s): %v, want %v\n%+v", at, at.In(loc), got, want, plan)
			}
		}
	})
}

// simply is who is on duty, found the long way.
func simply(p Plan, at time.Time) []id.Person {
	on := map[id.Person]bool{}
	for d := civil.Of(at, p.Zone) - 2; d <= civil.Of(at, p.Zone)+1; d++ {
		for _, s := range p.Spans {
			end := d
			if s.To <= s.From {
				end++
			}
			if s.Weekday == d.Weekday() && !at.Before(civil.At(d, s.From, p.Zone)) && at.Before(civil.At(end, s.To, p.Zone)) {
				on[s.Team[0]] = true
			}
		}
	}
	for _, c := range p.Covers {
		if at.Before(c.From) || !at.Before(c.To) {
			continue
		}
		switch {
		case c.Out == Everyone:
			clear(on)
		case c.Out != "" && !on[c.Out]:
			continue
		}
		delete(on, c.Out)
		if c.In != "" {
			on[c.In] = true
		}
	}
	people := []id.Person{}
	for p := range on {
		people = append(people, p)
	}
	slices.Sort(people)
	return people
}

func TestGapsCountOnlyWhereSomebodyIsNeeded(t *testing.T) {
	loc := location(t, "Europe/Helsinki")
	monday := civil.On(2026, 11, 23)
	at := func(day, hour int) time.Time { return civil.At(monday+civil.Day(day), hour*60, loc) }
	nights := Plan{Zone: loc, Office: office.Usual("FI"), Pattern: Pattern{Kind: Weekly}}
	for d := range time.Saturday + 1 {
		nights.Spans = append(nights.Spans, Span{Weekday: d, From: 16 * 60, To: 8 * 60, Team: Team{aino}})
	}
	well := func(id.Person) Reason { return "" }
	week := func(need Need) []Gap {
		p := nights
		p.Need = need
		return p.Gaps(at(0, 0), at(7, 0), well)
	}
	if gaps := week(Always); len(gaps) != 7 || !gaps[0].From.Equal(at(0, 8)) || !gaps[0].To.Equal(at(0, 16)) {
		t.Errorf("always: %v", gaps)
	}
	if gaps := week(OutOfHours); len(gaps) != 2 || !gaps[0].From.Equal(at(5, 8)) {
		t.Errorf("outside office hours: %v, want Saturday's and Sunday's day", gaps)
	}
	if gaps := week(InHours); len(gaps) != 5 {
		t.Errorf("in office hours: %v", gaps)
	}
	if gaps := week(InTurnsOnly); len(gaps) != 0 {
		t.Errorf("in its own times: %v", gaps)
	}
	nights.Need = InTurnsOnly
	nights.Covers = []Cover{{From: at(2, 18), To: at(2, 20), Out: aino}}
	if gaps := nights.Gaps(at(0, 0), at(7, 0), well); len(gaps) != 1 || gaps[0].Why != Nobody || !gaps[0].From.Equal(at(2, 18)) {
		t.Errorf("with a hole torn into it: %v", gaps)
	}
	gone := func(id.Person) Reason { return Gone }
	if gaps := nights.Gaps(at(0, 0), at(1, 0), gone); len(gaps) != 2 || gaps[0].Why != Gone || !slices.Equal(gaps[0].Team, Team{aino}) {
		t.Errorf("with nobody left: %v", gaps)
	}
}

// A team is reached while one of it can be.
func TestOneWhoCanBeReachedIsEnough(t *testing.T) {
	p := Plan{Zone: time.UTC, Pattern: Pattern{Kind: Rotating, Start: civil.On(2026, 1, 1), Days: 1, Order: []Team{{aino, bo}}}}
	from := civil.At(civil.On(2026, 5, 1), 0, time.UTC)
	one := func(p id.Person) Reason {
		if p == aino {
			return Unreachable
		}
		return ""
	}
	if gaps := p.Gaps(from, from.Add(48*time.Hour), one); len(gaps) != 0 {
		t.Errorf("gaps %v", gaps)
	}
}

// SS7: what changes less than three days ahead is marked, and counts.
func TestSS7ALateChangeIsMarkedAndCounts(t *testing.T) {
	made := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ahead time.Duration
		late  bool
	}{{72 * time.Hour, false}, {72*time.Hour - time.Second, true}, {0, true}, {-time.Hour, true}} {
		cover := Cover{From: made.Add(c.ahead), To: made.Add(c.ahead + 10*time.Hour), Out: Everyone, In: bo, Made: made}
		if cover.Late() != c.late {
			t.Errorf("%s ahead: late %t", c.ahead, cover.Late())
		}
		p := Plan{Zone: time.UTC, Covers: []Cover{cover}, Pattern: Pattern{Kind: Rotating, Start: civil.On(2026, 1, 1), Days: 1, Order: []Team{{aino}}}}
		if on := p.At(made.Add(c.ahead)); !slices.Equal(on, Team{bo}) {
			t.Errorf("%s ahead: %v on duty", c.ahead, on)
		}
	}
}

func TestPatternsThatAreRefused(t *testing.T) {
	fine := Pattern{Kind: Rotating, Start: civil.On(2026, 1, 1), Handover: 480, Days: 7, Order: []Team{{aino}}}
	for name, change := range map[string]func(*Pattern){
		"no kind": func(p *Pattern) { p.Kind = "" }, "no days": func(p *Pattern) { p.Days = 0 }, "too many days": func(p *Pattern) { p.Days = 367 },
		"no order": func(p *Pattern) { p.Order = nil }, "an empty team": func(p *Pattern) { p.Order = []Team{{}} },
		"twice in a team": func(p *Pattern) { p.Order = []Team{{aino, aino}} }, "midnight of the next day": func(p *Pattern) { p.Handover = civil.Midnight },
		"an unknown need": func(p *Pattern) { p.Need = "sometimes" }, "no spans": func(p *Pattern) { p.Kind = Weekly },
		"before time": func(p *Pattern) { p.Start = 0 }, "too many teams": func(p *Pattern) { p.Order = slices.Repeat([]Team{{aino}}, 101) },
	} {
		p := fine
		change(&p)
		if _, err := p.Settled(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if p, err := fine.Settled(); err != nil || p.Need != Always {
		t.Errorf("%+v %v", p, err)
	}
}
