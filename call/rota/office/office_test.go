package office

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"muster/call/rota/civil"
)

// Days off by law, as the countries publish them, and days beside them that
// are none.
func TestSS9PublicHolidaysOfACountry(t *testing.T) {
	for calendar, days := range map[string]map[string]bool{
		"FI": {"2026-12-06": true, "2027-03-26": true, "2027-06-26": true, "2027-11-06": true, "2027-05-06": true, "2027-06-25": false, "2026-12-24": false},
		"FR": {"2027-07-14": true, "2027-05-17": true, "2027-11-11": true, "2027-03-26": false},
		"GB": {"2027-12-27": true, "2027-12-28": true, "2027-05-03": true, "2027-08-30": true, "2027-05-01": false},
		"DE": {"2027-10-03": true, "2027-03-29": true, "2027-11-01": false}, "DE-BY": {"2027-11-01": true, "2027-05-27": true},
		"DE-MV": {"2027-03-08": true}, "DE-BB": {"2027-10-31": true},
		"IT": {"2026-10-04": true, "2025-10-04": false, "2027-04-25": true}, "PL": {"2026-12-24": true, "2024-12-24": false, "2027-05-03": true},
		"DK": {"2027-04-23": false, "2027-05-06": true}, "SE": {"2027-06-06": true, "2027-06-26": true}, "NL": {"2027-04-27": true, "2027-03-26": false},
		"US": {"2027-11-25": true, "2027-07-05": true}, "SK": {"2027-11-17": false, "2027-08-29": true},
		"": {"2027-12-25": false}, "XX": {"2027-12-25": false},
	} {
		o := Office{Calendar: calendar}
		for text, want := range days {
			day, err := civil.ParseDay(text)
			if err != nil {
				t.Fatal(err)
			}
			if name, closed := o.Closed(day); closed != want || closed && name == "" {
				t.Errorf("%s %s: closed %t (%s), want %t", calendar, text, closed, name, want)
			}
		}
	}
	if n := len(Calendars()); n < 30 {
		t.Errorf("only %d calendars", n)
	}
	for _, calendar := range Calendars() {
		for year := 2024; year <= 2040; year++ {
			if n := len(Holidays(calendar, year)); n < 7 || n > 20 {
				t.Errorf("%s has %d holidays in %d", calendar, n, year)
			}
		}
	}
}

func TestSS9OwnDaysComeBeforeTheCalendar(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	o := Usual("FI")
	o.Days = []Special{{Day: civil.On(2027, 1, 6), Name: "Stocktaking", Open: true}, {Day: civil.On(2026, 12, 24), Name: "Jouluaatto"}}
	o, err = o.settled()
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{
		"2026-11-23T07:59:00": false, "2026-11-23T08:00:00": true, "2026-11-23T15:59:59": true, "2026-11-23T16:00:00": false,
		"2026-11-22T12:00:00": false, // Sunday
		"2027-01-06T12:00:00": true,  // Epiphany, on which it works
		"2026-12-24T12:00:00": false, // Thursday, its own day off
		"2026-12-25T12:00:00": false, // Friday, Christmas
	} {
		when, err := time.ParseInLocation("2006-01-02T15:04:05", at, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.open(when, zone); got != want {
			t.Errorf("%s: open %t", at, got)
		}
	}
}

func TestOfficesThatAreRefused(t *testing.T) {
	for name, o := range map[string]Office{
		"ends before it begins": {Hours: []Span{{time.Monday, 600, 480}}}, "after midnight": {Hours: []Span{{time.Monday, 600, 1441}}},
		"no such day": {Hours: []Span{{7, 480, 600}}}, "no such country": {Calendar: "XX"},
		"a day twice":    {Days: []Special{{Day: civil.On(2026, 12, 24)}, {Day: civil.On(2026, 12, 24), Open: true}}},
		"before time":    {Days: []Special{{Day: -1}}},
		"a long name":    {Days: []Special{{Day: civil.On(2026, 12, 24), Name: string(make([]rune, 101))}}},
		"too many spans": {Hours: make([]Span, 101)},
	} {
		if _, err := o.settled(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Between is in order, does not overlap, and agrees with open.
func TestStaffedTimesAgreeWithEachInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Helsinki", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		o := Office{Calendar: rapid.SampledFrom([]string{"", "FI", "FR"}).Draw(t, "calendar")}
		for range rapid.IntRange(0, 8).Draw(t, "spans") {
			from := 15 * rapid.IntRange(0, 90).Draw(t, "from")
			o.Hours = append(o.Hours, Span{time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")), from, from + 15*rapid.IntRange(1, 5).Draw(t, "long")})
		}
		begin := time.Date(2027, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "date"), 3, 0, 0, 0, time.UTC)
		all := o.Between(begin, begin.Add(8*24*time.Hour), zone)
		for i := range all {
			if i > 0 && !all[i].From.After(all[i-1].To) {
				t.Fatalf("%v and %v are one", all[i-1], all[i])
			}
		}
		for at := begin; at.Before(begin.Add(8 * 24 * time.Hour)); at = at.Add(15 * time.Minute) {
			in := false
			for _, i := range all {
				in = in || !at.Before(i.From) && at.Before(i.To)
			}
			if got := o.open(at, zone); got != in {
				t.Fatalf("%s: open %t, listed %t", at, got, in)
			}
		}
	})
}
