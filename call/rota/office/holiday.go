package office

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/us"

	"muster/call/rota/civil"
)

// Holiday is a public holiday.
type Holiday struct {
	Day  civil.Day
	Name string // in the country's own language
}

// countries are the public holidays that are known, by ISO 3166-1 code, and
// by ISO 3166-2 code where they differ within a country. GB is England and
// Wales. The definitions are the library's; what laws have changed since its
// last release is put right here.
var countries = map[string][]*cal.Holiday{
	"AT": at.Holidays, "BE": be.Holidays, "CZ": cz.Holidays, "ES": es.Holidays, "FI": finland, "FR": fr.Holidays,
	"GB": gb.Holidays, "IE": ie.Holidays, "LT": lt.Holidays, "LV": lv.Holidays, "NO": no.Holidays, "SE": se.Holidays, "US": us.Holidays,
	// Constitution day closes schools and banks only.
	"DK": without(dk.Holidays, dk.Grundlovsdag),
	// Neither is a day off by law.
	"NL": without(nl.Holidays, nl.GoedeVrijdag, nl.BevrijdingsDag),
	// A day off again from 2026 on.
	"IT": with(it.Holidays, &cal.Holiday{Name: "San Francesco d’Assisi", Month: time.October, Day: 4, StartYear: 2026, Func: cal.CalcDayOfMonth}),
	// A day off from 2025 on.
	"PL": with(pl.Holidays, &cal.Holiday{Name: "Wigilia Bożego Narodzenia", Month: time.December, Day: 24, StartYear: 2025, Func: cal.CalcDayOfMonth}),
	// Working days since 2024 to 2026, though holidays by name.
	"SK": slices.DeleteFunc(slices.Clone(sk.Holidays), func(h *cal.Holiday) bool {
		return h.Month == time.September || h.Month == time.May && h.Day == 8 || h.Month == time.November && h.Day == 17
	}),
	"DE": de.Holidays, "DE-BW": de.HolidaysBW, "DE-BY": de.HolidaysBY, "DE-BE": de.HolidaysBE, "DE-BB": de.HolidaysBB,
	"DE-HB": de.HolidaysHB, "DE-HH": de.HolidaysHH, "DE-HE": de.HolidaysHE, "DE-NI": de.HolidaysNI, "DE-NW": de.HolidaysNW,
	"DE-RP": de.HolidaysRP, "DE-SL": de.HolidaysSL, "DE-SN": de.HolidaysSN, "DE-ST": de.HolidaysST, "DE-SH": de.HolidaysSH, "DE-TH": de.HolidaysTH,
	// A day off from 2023 on.
	"DE-MV": with(de.HolidaysMV, &cal.Holiday{Name: "Internationaler Frauentag", Month: time.March, Day: 8, StartYear: 2023, Func: cal.CalcDayOfMonth}),
}

// finland is missing from the library. Midsummer is the Saturday from 20 June
// on, All Saints' the Saturday from 31 October on.
var finland = []*cal.Holiday{
	aa.NewYear.Clone(&cal.Holiday{Name: "Uudenvuodenpäivä"}),
	aa.Epiphany.Clone(&cal.Holiday{Name: "Loppiainen"}),
	aa.GoodFriday.Clone(&cal.Holiday{Name: "Pitkäperjantai"}),
	aa.Easter.Clone(&cal.Holiday{Name: "Pääsiäispäivä"}),
	aa.EasterMonday.Clone(&cal.Holiday{Name: "Toinen pääsiäispäivä"}),
	aa.WorkersDay.Clone(&cal.Holiday{Name: "Vappu"}),
	aa.AscensionDay.Clone(&cal.Holiday{Name: "Helatorstai"}),
	aa.Pentecost.Clone(&cal.Holiday{Name: "Helluntaipäivä"}),
	{Name: "Juhannuspäivä", Month: time.June, Day: 20, Weekday: time.Saturday, Offset: 1, Func: cal.CalcWeekdayFrom},
	{Name: "Pyhäinpäivä", Month: time.October, Day: 31, Weekday: time.Saturday, Offset: 1, Func: cal.CalcWeekdayFrom},
	{Name: "Itsenäisyyspäivä", Month: time.December, Day: 6, Func: cal.CalcDayOfMonth},
	aa.ChristmasDay.Clone(&cal.Holiday{Name: "Joulupäivä"}),
	aa.ChristmasDay2.Clone(&cal.Holiday{Name: "Tapaninpäivä"}),
}

func with(all []*cal.Holiday, more ...*cal.Holiday) []*cal.Holiday {
	return append(slices.Clone(all), more...)
}

func without(all []*cal.Holiday, less ...*cal.Holiday) []*cal.Holiday {
	return slices.DeleteFunc(slices.Clone(all), func(h *cal.Holiday) bool { return slices.Contains(less, h) })
}

// Calendars are the codes of the countries, and of parts of some, whose public
// holidays are known.
func Calendars() []string { return slices.Sorted(maps.Keys(countries)) }

// years keeps what Holidays has reckoned: a plan asks for the same few years
// again and again.
var years sync.Map // yearOf → []Holiday

type yearOf struct {
	calendar string
	year     int
}

// Holidays are the public holidays of a year, in order, with the days that
// stand in for those that fall on a weekend. A calendar that is not known has
// none.
func Holidays(calendar string, year int) []Holiday {
	key := yearOf{calendar, year}
	if kept, ok := years.Load(key); ok {
		return kept.([]Holiday)
	}
	var all []Holiday
	for _, h := range countries[calendar] {
		actual, instead := h.Calc(year)
		for _, t := range []time.Time{actual, instead} {
			if !t.IsZero() {
				y, m, d := t.Date()
				all = append(all, Holiday{civil.On(y, m, d), h.Name})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Holiday) int { return cmp.Compare(a.Day, b.Day) })
	all = slices.CompactFunc(all, func(a, b Holiday) bool { return a.Day == b.Day })
	if _, known := countries[calendar]; known { // what is asked for by mistake is not kept
		years.Store(key, all)
	}
	return all
}
