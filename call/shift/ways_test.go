package shift

import (
	"fmt"
	"testing"

	"muster/roster"
)

func TestAReminderGoesToDevicesBesideTheUsualWay(t *testing.T) {
	mail := roster.Point{Channel: roster.Email, Address: "m", Alarms: true}
	text := roster.Point{Channel: roster.SMS, Address: "t", Alarms: true}
	phone := roster.Point{Channel: roster.WebPush, Address: "p", Alarms: true}
	quiet := roster.Point{Channel: roster.WebPush, Address: "q"}
	for want, c := range map[string]struct {
		points     []roster.Point
		everywhere bool
	}{
		"[[{email m} {sms t}]]":               {points: []roster.Point{mail, text}},
		"[[{webpush p}] [{sms t} {email m}]]": {points: []roster.Point{text, mail, phone}},
		"[[{webpush p}] [{email m}]]":         {points: []roster.Point{phone, mail, quiet}},
		"[[{webpush p}] []]":                  {points: []roster.Point{phone}},
		"[[]]":                                {},
		"[[{sms t} {webpush q}] [{webpush p} {webpush q}]]": {points: []roster.Point{text, phone, quiet}, everywhere: true},
	} {
		if got := fmt.Sprint(ways(roster.Recipient{Points: c.points}, c.everywhere)); got != want {
			t.Errorf("%v: %s, want %s", c.points, got, want)
		}
	}
}
