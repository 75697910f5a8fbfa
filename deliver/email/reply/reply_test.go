package reply_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"muster/deliver/email/part"
	"muster/deliver/email/reply"
	"muster/lang"
)

func words(t *testing.T, mail string) string {
	t.Helper()
	m, err := part.Read([]byte(strings.ReplaceAll(mail, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return reply.Words(&m)
}

func TestOnlyTheWritersOwnWordsCount(t *testing.T) {
	for name, body := range map[string]string{
		"Gmail":          "\n\nOn my way.\n\nOn Sun, 22 Nov 2026 at 14:05, Muster <muster@example.org> wrote:\n> HELP\n> OK\n",
		"Gmail, wrapped": "\n\nOn my way.\n\nOn Sun, 22 Nov 2026 at 14:05, Muster\n<muster@example.org> wrote:\n> HELP\n",
		"Gmail, fi":      "\n\nOn my way.\n\nsu 22.11.2026 klo 14.05 Muster (muster@example.org) kirjoitti:\n\n> APUA\n",
		"Gmail, fr":      "\n\nOn my way.\n\nLe dim. 22 nov. 2026 à 14:05, Muster <muster@example.org> a écrit :\n\n> AU SECOURS\n",
		"Outlook":        "\n\nOn my way.\n\n________________________________\nFrom: Muster <muster@example.org>\nSent: Sunday\n",
		"Outlook, old":   "\n\nOn my way.\n\n-----Original Message-----\nFrom: Muster\n",
		"Outlook, fi":    "\n\nOn my way.\n\nLähettäjä: Muster <muster@example.org>\nLähetetty: sunnuntai\n",
		"dated, own":     "\n\nOn my way.\n\n22.11.2026 14.05, Muster:\n> OK\n",
		"signature":      "\n\nOn my way.\n\n-- \nJonathan\nOK Ltd\n",
		"HTML":           "Content-Type: text/html\n\n<html><head><style>p{}</style></head><body><p>On&nbsp;my way.</p><div class=\"gmail_quote\">OK</div></body></html>",
		"HTML, Outlook":  "Content-Type: text/html; charset=utf-8\n\n<div>On my way.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Muster</div>",
		"HTML, quote":    "Content-Type: text/html\n\nOn my way.<blockquote>OK</blockquote>",
		"both":           "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nOn my way.\n--b\nContent-Type: text/html\n\n<p>OK</p>\n--b--\n",
		"turned around":  "\n\nOn my way.\u202e\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(body, "\n\n") || strings.HasPrefix(body, "\n\n") {
				body = "From: a@b.example\nContent-Type: text/plain; charset=utf-8" + body
			}
			if got := words(t, body); got != "On my way." {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestWhatSomebodySaysIsNotTakenForAQuotation(t *testing.T) {
	for _, said := range []string{
		"On my way, 10 minutes", "To room 2026?", "On site at 14:05", "Le temps d'arriver : 15 min", "La porte est fermée depuis 14h05", "Please note: OK", "Su tulossa 14.05",
	} {
		if got := words(t, "Content-Type: text/plain; charset=utf-8\n\n"+said+"\n"); got != said {
			t.Errorf("%q became %q", said, got)
		}
	}
}

func TestAFewClearWordsTakeCharge(t *testing.T) {
	for _, c := range []struct {
		tag   lang.Tag
		words string
		takes bool
	}{
		{lang.English, "OK", true},
		{lang.English, "ok.", true},
		{lang.English, "Ack", true},
		{lang.English, "OK, on my way!", true},
		{lang.English, "I’m on it", true},
		{lang.English, "OK\n\nSent from my telephone, not intended for others", true},
		{lang.Finnish, "Kuittaan", true},
		{lang.Finnish, "OK, lähden heti", true},
		{lang.Finnish, "ok", true},
		{lang.French, "Je prends.", true},
		{lang.French, "OK, j’y vais", true},
		{lang.French, "on it", true},

		{lang.English, "", false},
		{lang.English, "...", false},
		{lang.English, "OK?", false},
		{lang.English, "OK, but I cannot come", false},
		{lang.English, "ok thanks", false},
		{lang.English, "Not ok", false},
		{lang.English, "I am not on my way", false},
		{lang.English, "Who is on it?", false},
		{lang.English, "Hello\nOK", false},
		{lang.English, "Kuittaan", false},
		{lang.Finnish, "En ota", false},
		{lang.Finnish, "Kuka hoitaa?", false},
		{lang.French, "Je ne prends pas", false},
		{lang.French, "D'accord", false},
	} {
		if got := reply.TakesCharge(c.tag, c.words); got != c.takes {
			t.Errorf("%s %q: %t", c.tag, c.words, got)
		}
	}
}

func TestAYesMayHaveAComma(t *testing.T) {
	for words, yes := range map[string]bool{
		"Yes, I consent.": true, "I consent": true, "yes i consent!": true, "Consent, agreed": true,
		"Yes": false, "Yes, but I consent to nothing": false, "I consent?": false, "No, I consent": false,
	} {
		if got := reply.Consents(lang.English, words); got != yes {
			t.Errorf("%q: %t", words, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Content-Type: text/html\r\n\r\n<p>ok<blockquote")
	f.Add("A: b\r\n\r\nok\r\n> no")
	f.Fuzz(func(t *testing.T, raw string) {
		m, err := part.Read([]byte(raw))
		if err != nil {
			return
		}
		got := reply.Words(&m)
		if len(got) > 1000 || !utf8.ValidString(got) {
			t.Errorf("%d bytes, valid %t", len(got), utf8.ValidString(got))
		}
		reply.TakesCharge(lang.Finnish, got)
	})
}
