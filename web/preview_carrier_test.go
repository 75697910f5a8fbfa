package web

import (
	"time"

	"muster/carrier"
	"muster/carrier/switchboard"
	"muster/deliver/setting"
	"muster/deliver/standby"
	"muster/lang"
)

// carrierSamples are the pages of the provider's staff.
func carrierSamples(tag lang.Tag) []sample {
	frame := func(title string) Frame {
		return Frame{
			Title: title, Lang: tag, Zone: "UTC", Now: sampleNow, Path: carriersPage, Staff: true, Person: "Olga Operator",
			Org: tag.Text("web.carrier.provider", nil), Nav: []navItem{{Href: carriersPage, Icon: "send", Text: tag.Text("web.carrier.title", nil), Current: true, Bottom: true}},
		}
	}
	sum := func(id, channel, what, sort, code string, day, hour, minute int) carrier.Sum {
		return carrier.Sum{Carrier: id, Channel: channel, What: what, Sort: sort, Code: code, Day: day, Hour: hour, Minute: minute, Last: sampleNow.Add(-3 * time.Minute)}
	}
	sums := []carrier.Sum{
		sum("car_1", "sms", carrier.Taken, "", "", 18234, 812, 14), sum("car_1", "sms", carrier.Delivered, "", "", 17990, 801, 12),
		sum("car_1", "sms", carrier.After, "5s", "", 17990, 801, 12), sum("car_1", "sms", carrier.Failed, "", "30003", 41, 3, 0),
		sum("car_1", "sms", carrier.Lost, switchboard.Timeout, "", 7, 7, 2), sum("smpp", "sms", carrier.Refused, "", "bad_number", 1, 0, 0),
	}
	row := func(channel string, st switchboard.State, where string) carrierRow {
		r := stateRow(tag, channel, st, sums)
		if !st.Fixed {
			r.Where = where
		}
		return r
	}
	why, warn := whyUsed(tag, standby.Standing{Second: true, Why: standby.Slow})
	texts := carriedRow{
		Name: "sms", Title: tag.Text("carrier.channel.sms", nil), Why: why, Warn: warn,
		Carriers: []carrierRow{
			row("sms", switchboard.State{ID: "car_1", Kind: carrier.Twilio, Name: "Twilio Ireland", Use: switchboard.StandsBy, Sort: switchboard.Timeout, Since: sampleNow.Add(-9 * time.Minute)}, "https://api.twilio.com"),
			row("sms", switchboard.State{ID: "smpp", Kind: carrier.SMPP, Name: "MUSTER_SMPP", Use: switchboard.InUse, Fixed: true, Since: sampleNow.Add(-time.Hour)}, ""),
			row("sms", switchboard.State{ID: "car_2", Kind: carrier.SMPP, Name: "Telia", Use: switchboard.Broken, Sort: switchboard.Login, Detail: "smpp: the message centre does not let us bind: 0x0e invalid password", Since: sampleNow.Add(-time.Hour)}, "smpp.example.org:2775"),
		},
		Failures: failuresOf(tag, "sms", sums, map[string]string{"car_1": carrier.Twilio, "smpp": carrier.SMPP}, map[string]string{"car_1": "Twilio Ireland", "smpp": "MUSTER_SMPP"}),
	}
	first, _ := whyUsed(tag, standby.Standing{})
	mail := carriedRow{Name: "email", Title: tag.Text("carrier.channel.email", nil), Why: first, Carriers: []carrierRow{
		row("email", switchboard.State{ID: "car_3", Kind: carrier.SMTP, Name: "Postfix", Use: switchboard.InUse, Since: sampleNow.Add(-time.Hour)}, "relay.example.org:587"),
		row("email", switchboard.State{ID: "car_4", Kind: carrier.SMTP, Name: "Backup relay", Use: switchboard.StandsBy}, "backup.example.org"),
		row("email", switchboard.State{ID: "car_5", Kind: carrier.SMTP, Name: "Old relay", Use: "off"}, "old.example.org"),
	}}
	var none []carriedRow
	for _, c := range carried {
		none = append(none, carriedRow{Name: c, Title: tag.Text("carrier.channel."+c, nil), None: tag.Text("carrier.none."+c, nil)})
	}
	lanes := []choice{{Text: tag.Text("web.carrier.lane.sos", nil)}, {Text: tag.Text("web.carrier.lane.duty", nil), Count: 3}, {Text: tag.Text("web.carrier.lane.notice", nil), Count: 1240}, {Text: tag.Text("web.carrier.lane.bulk", nil)}}
	form := func(kind string, values map[string]string, kept map[string]bool) *carrierView {
		k, _ := carrier.KindOf(kind)
		v := &carrierView{Frame: frame("carriers"), Active: true}
		v.fill(tag, k, values, kept)
		return v
	}
	list := []sample{
		{"carriers", "carriers", &carriersView{Frame: frame(tag.Text("web.carrier.title", nil)), Lanes: lanes, Channels: append([]carriedRow{mail, texts}, none[2:]...)}},
		{"carriers-empty", "carriers", &carriersView{Frame: frame(tag.Text("web.carrier.title", nil)), Lanes: lanes, Channels: none}},
		{"carrier-kinds", "carrier", (&site{}).sampleKinds(tag, frame(tag.Text("web.carrier.add", nil)))},
	}
	for _, k := range carrier.Kinds() {
		v := form(k.Name, map[string]string{setting.Server: k.Fields[0].Usual}, nil)
		v.Title = tag.Text("web.carrier.add", nil)
		list = append(list, sample{"carrier-new-" + k.Name, "carrier", v})
	}
	one := form(carrier.Twilio, map[string]string{setting.Server: "https://api.twilio.com", setting.User: "AC0123456789", "from": "+358457000000"}, map[string]bool{setting.Password: true})
	one.ID, one.Name, one.Title = "car_1", "Twilio Ireland", "Twilio Ireland"
	one.Doors = []fact{{tag.Text("web.carrier.door.text", nil), "https://muster.example.org/carrier/car_01936a7c5d0e7b3f9a4c2e1d0f8b7a65/text"}, {tag.Text("web.carrier.door.voice", nil), "https://muster.example.org/carrier/car_01936a7c5d0e7b3f9a4c2e1d0f8b7a65/voice"}}
	one.States = texts.Carriers[:1]
	wrong := form(carrier.SMPP, map[string]string{setting.Server: "smpp example", "window": "5000"}, nil)
	wrong.Title = tag.Text("web.carrier.add", nil)
	wrong.Errors = []fieldError{{Field: setting.Server, Text: tag.Text("fault.carrier_server", nil)}, {Field: "window", Text: tag.Text("fault.carrier_window", nil)}}
	wrong.MoreOpen = true
	trial := &trialView{
		Frame: frame(tag.Text("web.carrier.test", nil)), ID: "car_1", Name: "Twilio Ireland", To: "+358401234567", Done: true, Taken: true,
		Outcome: tag.Text("web.carrier.test_taken", nil), Detail: "queued, 1 part", Languages: languageChoices(string(tag)),
		Channels: []choice{{Value: "sms", Text: tag.Text("carrier.channel.sms", nil)}, {Value: "voice", Text: tag.Text("carrier.channel.voice", nil)}},
		Lines: []talkLine{
			{sampleNow, true, "POST /2010-04-01/Accounts/AC0123456789/Messages.json\nHost: api.twilio.com\nAuthorization: Basic •••\n\nBody=TEST: alarms from Muster would reach you here.\nTo=+358401234567"},
			{sampleNow.Add(300 * time.Millisecond), false, "HTTP/2.0 201 Created\n\n{\n  \"sid\": \"SM1\",\n  \"status\": \"queued\"\n}"},
		},
	}
	return append(list, sample{"carrier", "carrier", one}, sample{"carrier-wrong", "carrier", wrong}, sample{"carrier-test", "carrier-test", trial})
}

func (s *site) sampleKinds(tag lang.Tag, f Frame) *carrierView {
	v := &carrierView{Frame: f}
	for _, k := range carrier.Kinds() {
		v.Kinds = append(v.Kinds, choice{Value: k.Name, Text: tag.Text("carrier.kind."+k.Name, nil), Href: carriersPage + "/new?kind=" + k.Name})
	}
	return v
}
