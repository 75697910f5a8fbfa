package smpp

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"muster/deliver"
	"muster/lang/gsm"
)

var everything = cmp.AllowUnexported(message{}, address{}, option{}, pdu{})

func drawText(t *rapid.T, label string, most int) string {
	return string(rapid.SliceOfN(rapid.ByteRange(1, 255), 0, most).Draw(t, label))
}

func drawAddress(t *rapid.T, label string) address {
	return address{rapid.Byte().Draw(t, label), rapid.Byte().Draw(t, label), drawText(t, label, mostAddress)}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octet := func(label string) byte { return rapid.Byte().Draw(t, label) }
		m := message{
			service: drawText(t, "service", mostService), source: drawAddress(t, "source"), dest: drawAddress(t, "dest"),
			class: octet("class"), protocol: octet("protocol"), priority: octet("priority"),
			schedule: drawText(t, "schedule", mostDate), validity: drawText(t, "validity", mostDate),
			registered: octet("registered"), replace: octet("replace"), coding: octet("coding"), prepared: octet("prepared"),
			text: rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "text"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "options") {
			m.options = append(m.options, option{rapid.Uint16().Draw(t, "tag"), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")})
		}
		sent := pdu{rapid.Uint32().Draw(t, "command"), rapid.Uint32().Draw(t, "status"), rapid.Uint32().Draw(t, "sequence"), m.bytes()}
		got, err := read(bufio.NewReader(bytes.NewReader(sent.append(nil))))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got, everything); diff != "" {
			t.Fatal(diff)
		}
		again, err := parse(got.body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, again, everything, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestALengthThatCannotBeEndsTheStream(t *testing.T) {
	for _, head := range []string{
		"\x00\x00\x00\x0f", "\x00\x00\x00\x00", "\x00\x00\x40\x01", "\xff\xff\xff\xff",
	} {
		raw := head + strings.Repeat("\x00", 64)
		if _, err := read(bufio.NewReader(strings.NewReader(raw))); !errors.Is(err, errLength) {
			t.Errorf("%x: %v", head, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	m := message{source: address{1, 1, "358401234567"}, text: []byte("hello"), class: esmReceipt, options: []option{{tagState, []byte{2}}}}
	f.Add(pdu{command: deliverSM, sequence: 1, body: m.bytes()}.append(nil))
	f.Add([]byte("\x00\x00\x00\x10\x00\x00\x00\x15\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Add(pdu{command: deliverSM, body: message{class: esmHeader, text: []byte{5, 0, 3, 1, 2, 1, 'a'}}.bytes()}.append(nil))
	c := config{ids: idsEither, country: "358"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := read(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		if len(p.body) > maxPDU {
			t.Fatal("more than may be read")
		}
		messageID(p.body)
		m, err := parse(p.body)
		if err != nil {
			return
		}
		if again, err := parse(m.bytes()); err != nil || !cmp.Equal(m, again, everything, cmpopts.EquateEmpty()) {
			t.Errorf("read %+v, written and read again %+v, %v", m, again, err)
		}
		c.receipt(m)
		if s, ok := c.segment(m); ok && (s.n < 1 || s.n > s.of || !e164.MatchString(s.from)) {
			t.Errorf("%+v", s)
		}
	})
}

// What goes out in parts comes in as the same text, whichever way it is cut.
func TestPartsAreReadAsTheyWereCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := config{from: address{1, 1, "358457000000"}}
		c.split = rapid.SampledFrom([]string{splitUDH, splitUDH16, splitSar, splitPayload}).Draw(t, "split")
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "ä", "€", "[", "ш", "😀", " ", "Hello"}), 0, 300).Draw(t, "text"), "")
		all, size := c.messages(deliver.Outgoing{To: "+358401234567", Text: text, Attempt: "att_1", Urgent: true, Valid: time.Hour})
		again := ""
		for i, m := range all {
			if len(m.text) > 254 || m.registered != wantReceipt || m.priority != urgentPriority || m.validity != "000000010000000R" {
				t.Fatalf("%+v", m)
			}
			if raw := m.text; m.coding == codingUnicode && len(raw) > 140 || m.coding == codingDefault && c.split != splitPayload && len(raw) > 160 {
				t.Fatalf("%d octets", len(raw))
			}
			m, err := parse(m.bytes())
			if err != nil {
				t.Fatal(err)
			}
			m.source, m.dest = m.dest, m.source
			s, ok := c.segment(m)
			if !ok || c.split != splitPayload && (s.n != i+1 || s.of != len(all)) || s.from != "+358401234567" {
				t.Fatalf("%+v of %+v", s, m)
			}
			again += s.body
		}
		if again != text || size.Unicode == gsm.Fits(text) {
			t.Fatalf("%q became %q", text, again)
		}
	})
}

func TestReceiptsAreReadByParameterFirst(t *testing.T) {
	c := config{ids: idsSame, user: "u", address: "h:1"}
	id := func(s string) string { return c.account + "-" + s }
	text := "id:0123 sub:001 dlvrd:000 submit date:2611221205 done date:2611221206 stat:UNDELIV err:027 text:id:9 stat:DELIVRD"
	for name, one := range map[string]struct {
		m    message
		want deliver.Report
		ok   bool
	}{
		"by parameter": {
			message{class: esmReceipt, text: []byte(text), options: []option{{tagReceipted, []byte("ABC\x00")}, {tagState, []byte{2}}}},
			deliver.Report{ProviderID: id("abc"), State: deliver.Delivered, Detail: "DELIVRD"},
			true,
		},
		"by text": {
			message{class: esmReceipt, text: []byte(text)},
			deliver.Report{ProviderID: id("123"), State: deliver.Failed, Detail: "UNDELIV, error 027", Code: "027"},
			true,
		},
		"in the payload, in capitals": {
			message{class: esmReceipt, options: []option{{tagPayload, []byte("ID:7 STAT:expired ERR:1")}}},
			deliver.Report{ProviderID: id("7"), State: deliver.Failed, Detail: "expired, error 1", Code: "1"},
			true,
		},
		"error of the network": {
			message{class: esmReceipt, options: []option{{tagReceipted, []byte("7")}, {tagState, []byte{5}}, {tagNetwork, []byte{3, 0, 27}}}},
			deliver.Report{ProviderID: id("7"), State: deliver.Failed, Detail: "UNDELIV, error 27", Code: "27"},
			true,
		},
		"without its class": {
			message{options: []option{{tagReceipted, []byte("7")}, {tagState, []byte{8}}}},
			deliver.Report{ProviderID: id("7"), State: deliver.Failed, Detail: "REJECTD"},
			true,
		},
		"on its way": {
			message{class: esmInterim, options: []option{{tagReceipted, []byte("7")}, {tagState, []byte{1}}}},
			deliver.Report{ProviderID: id("7"), Detail: "ENROUTE"},
			true,
		},
		"letters that grow when they are made small": {
			message{class: esmReceipt, text: []byte(strings.Repeat("Ⱥ", 170) + "text:")},
			deliver.Report{},
			true,
		},
		"a text": {message{text: []byte("id:7 stat:DELIVRD")}, deliver.Report{}, false},
	} {
		got, ok := c.receipt(one.m)
		if diff := cmp.Diff(one.want, got); diff != "" || ok != one.ok {
			t.Errorf("%s: %t\n%s", name, ok, diff)
		}
	}
}

// A centre may answer with hexadecimal digits what its receipts write as a
// decimal.
func TestIdsAreKnownInEitherSpelling(t *testing.T) {
	for _, one := range []struct{ ids, id, name, or string }{
		{idsEither, "0001e240", "1e240", "123456"},
		{idsEither, "123456", "123456", "1e240"},
		{idsEither, "7", "7", ""},
		{idsEither, "A-9", "a-9", ""},
		{idsEither, "99999999999999999999", "99999999999999999999", ""},
		{idsSame, "123456", "123456", ""},
		{idsHex, "0123456", "1e240", ""},
		{idsDecimal, "1000", "4096", ""},
		{idsSame, "000", "000", ""},
	} {
		c := config{ids: one.ids}
		name, or := c.name(one.id)
		name, or = strings.TrimPrefix(name, c.account+"-"), strings.TrimPrefix(or, c.account+"-")
		if name != one.name || or != one.or {
			t.Errorf("%s %s: %s or %s, want %s or %s", one.ids, one.id, name, or, one.name, one.or)
		}
	}
}

func TestSettingIsCheckedByKeyAndRule(t *testing.T) {
	const good = "smpp://user:s3cret@centre.example?from=%2B358457000000"
	for raw, rule := range map[string]string{
		"":                                "must begin with smpp://",
		"http://user:s3cret@c?from=1234":  "must begin with smpp://",
		"smpp://?from=1234":               "must name a host",
		"smpp://centre.example?from=1234": "system id and password",
		"smpp://a-very-long-user:s3cret@centre.example?from=1234": "up to 15",
		"smpp://user:s3cret@centre.example":                       "must have option from",
		"smpp://user:s3cret@centre.example/x?from=1234":           "nothing between",
		"smpp://user:s3cret@centre.example:x?from=1234":           "must look like",
		good + "&window=0":                  "option window",
		good + "&window=x":                  "option window",
		good + "&bind=three":                "option bind",
		good + "&split=s3cret":              "option split",
		good + "&ids=s3cret":                "option ids",
		good + "&type=much-too-long-a-type": "option type",
		good + "&country=0":                 "option country",
		good + "&enquire=1ms":               "option enquire",
		good + "&x=y":                       "unknown option",
	} {
		_, err := readSetting(raw)
		if err == nil || !strings.HasPrefix(err.Error(), Key+" ") || !strings.Contains(err.Error(), rule) ||
			strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for from, want := range map[string]address{
		"%2B358457000000": {1, 1, "358457000000"}, "+358457000000": {1, 1, "358457000000"}, "12345": {3, 0, "12345"}, "Muster": {5, 0, "Muster"},
	} {
		c, err := readSetting("smpps://user:p%40ss@[::1]?window=50&from=" + from)
		if err != nil || c.from != want || c.address != "[::1]:3550" || c.host != "::1" || !c.tls || c.pass != "p@ss" || c.window != 50 {
			t.Errorf("%s: %+v, %v", from, c, err)
		}
	}
}

func TestNumbersThatTextsComeFrom(t *testing.T) {
	for _, one := range []struct {
		a             address
		country, want string
	}{
		{address{1, 1, "358401234567"}, "", "+358401234567"},
		{address{0, 1, "358401234567"}, "", "+358401234567"},
		{address{0, 1, "+358401234567"}, "", "+358401234567"},
		{address{0, 1, "00358401234567"}, "", "+358401234567"},
		{address{0, 1, "0401234567"}, "358", "+358401234567"},
		{address{2, 1, "401234567"}, "358", "+358401234567"},
		{address{2, 1, "0401234567"}, "", ""},
		{address{0, 1, "0401234567"}, "", ""},
		{address{5, 0, "Bank"}, "358", ""},
		{address{5, 0, "33612345678"}, "", ""}, // names can be bought
		{address{3, 0, "4712345678"}, "", ""},
		{address{3, 0, "12345"}, "358", ""},
	} {
		if got := (config{country: one.country}).number(one.a); got != one.want {
			t.Errorf("%+v %s: %q, want %q", one.a, one.country, got, one.want)
		}
	}
}
