package word

import "testing"

func TestWordsInEveryLanguageWhateverTheirCaseAndAccents(t *testing.T) {
	for text, want := range map[string]Verb{
		"OK": OK, "okay": OK, "Kunnossa": OK, "ÇA VA": OK, "ca va": OK, "Check-In": OK, "d’accord": OK,
		"Help": Help, "SOS!": Help, "apua": Help, "HÄTÄ": Help, "hata": Help, "à l'aide": Help, "a l aide": Help, "Hilfe": Help,
		"start": Start, "Aloita": Start, "démarrer": Start, "demarrer": Start, "töihin": Start,
		"END": End, "lopeta": End, "terminé": End, "Fin.": End,
		"status": Status, "Tilanne": Status, "état": Status,
		"high risk": HighRisk, "HIGHRISK": HighRisk, "haut risque": HighRisk, "riski": HighRisk,
	} {
		if v, ok := Of(text); !ok || v != want {
			t.Errorf("%q: %q %v, want %q", text, v, ok, want)
		}
	}
	for _, text := range []string{"", "no", "okey dokey then", "1234", "helpless"} {
		if v, ok := Of(text); ok {
			t.Errorf("%q is taken for %q", text, v)
		}
	}
}
