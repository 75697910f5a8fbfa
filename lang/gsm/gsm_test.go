package gsm_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"muster/lang/gsm"
)

func TestPartsAreCountedAsCarriersDo(t *testing.T) {
	for _, c := range []struct {
		text    string
		parts   int
		unicode bool
	}{
		{"", 1, false},
		{strings.Repeat("a", 160), 1, false},
		{strings.Repeat("a", 161), 2, false},
		{strings.Repeat("a", 306), 2, false},
		{strings.Repeat("a", 307), 3, false},
		{strings.Repeat("€", 80), 1, false},
		{strings.Repeat("€", 81), 2, false},
		{strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, false}, // an escape is not parted from its code
		{"Ääni Öljy Ça é", 1, false},
		{"fête", 1, true},
		{strings.Repeat("ш", 70), 1, true},
		{strings.Repeat("ш", 71), 2, true},
		{strings.Repeat("😀", 35), 1, true},
		{strings.Repeat("😀", 36), 2, true},
		{strings.Repeat("😀", 67), 3, true}, // 33 in each of several, since none is cut in two
	} {
		if got := gsm.Measure(c.text); got.Parts != c.parts || got.Unicode != c.unicode {
			t.Errorf("%.20q: %+v, want %d %t", c.text, got, c.parts, c.unicode)
		}
	}
}

// texts are of all kinds of characters, those at the alphabet's edge most.
var texts = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{"a", "ä", "€", "[", "Δ", "@", "ê", "ш", "😀", "\n", " ", "ß"}),
		rapid.StringN(1, 1, 4),
	), 0, 400).Draw(t, "text"), "")
})

func TestPartsMakeTheTextAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		header := rapid.SampledFrom([]int{gsm.Header8, gsm.Header16}).Draw(t, "header")
		parts, unicode := gsm.Split(text, header)
		if strings.Join(parts, "") != text {
			t.Fatal("the parts are another text")
		}
		again := ""
		for _, p := range parts {
			var octets int
			if unicode {
				raw := gsm.EncodeUnicode(p)
				octets, again = len(raw), again+gsm.DecodeUnicode(raw)
				if len(raw) != 2*len(utf16.Encode([]rune(p))) {
					t.Fatal("not UTF-16")
				}
			} else {
				raw := gsm.Encode(p)
				octets, again = (len(raw)*7+7)/8, again+gsm.Decode(raw)
			}
			if room := 140; octets > room || len(parts) > 1 && octets > room-header {
				t.Fatalf("a part of %d octets", octets)
			}
		}
		if again != text {
			t.Fatalf("%q became %q", text, again)
		}
		if unicode == gsm.Fits(text) {
			t.Fatal("the lesser alphabet was enough")
		}
	})
}

func TestFoldKeepsWhatCanBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"Aino Virtanen-Hämäläinen":      "Aino Virtanen-Hämäläinen",
		"Zoë Crête, Françoise":          "Zoe Crete, Francoise",
		"Łukasz Żółć":                   "Lukasz Zolc",
		"Юлия Щербакова":                "Iuliia Shcherbakova",
		"Олександр Їжак":                "Oleksandr Izhak",
		"Δημήτρης Παπαδόπουλος":         "ΔHMHTPHΣ ΠAΠAΔOΠOYΛOΣ",
		"Nguyễn Thị Ánh":                "Nguyen Thi Anh",
		"İbrahim Şahin, ığdır":          "Ibrahim Sahin, igdir",
		"👷 Aino 👍🏽":                     "Aino",
		"王小明":                           "",
		"“so”\u00a0– it’s…":             `"so" - it's...`,
		"A\u0308\u0301 e\u0302 ﬁn № 5²": "Ä e fin No 52",
	} {
		if got := gsm.Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		if got := gsm.Fold(text); !gsm.Fits(got) || gsm.Fold(got) != got {
			t.Errorf("%q folds to %q", text, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x1b, 0x65, 0x1b, 0x1b, 0x41, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		text := gsm.Decode(raw)
		if !gsm.Fits(text) {
			t.Errorf("%x is %q", raw, text)
		}
		if again := gsm.Decode(gsm.Encode(text)); again != text {
			t.Errorf("%q became %q", text, again)
		}
	})
}
