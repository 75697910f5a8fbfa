package sheet

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	xenc "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
)

// page is a single-byte encoding that office programs of our languages write.
type page struct {
	name    string
	enc     xenc.Encoding
	letters string // beyond ASCII, in lower case, that its languages use
	langs   string // that are written in it when nothing else decides
}

const (
	western  = "äöüßåéèêëàâæçîïôœùûÿìòóíúñø"
	central  = "ąćęłńóśźżäöüßáčďéěíňřšťúůýžőűâăîțş"
	cyrillic = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў"
)

var pages = []page{
	{"windows-1252", charmap.Windows1252, western, "en de fr it fi"},
	{"windows-1251", charmap.Windows1251, cyrillic, "ru"},
	{"windows-1250", charmap.Windows1250, central, "pl"},
	{"iso-8859-2", charmap.ISO8859_2, central, ""},
}

// decode turns a text file into UTF-8 and names the encoding it was in: by
// its byte order mark, by zero bytes, by being valid UTF-8, or else by which
// single-byte encoding reads most like words.
func decode(data []byte, lang string) (text []byte, name string) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], "utf-8"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeAs(xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM), data), "utf-16"
	}
	if endian, ok := zeroBytes(data); ok {
		return decodeAs(xunicode.UTF16(endian, xunicode.IgnoreBOM), data), "utf-16"
	}
	if utf8.Valid(data) {
		return data, "utf-8"
	}
	best, least := pages[0], 0
	for i, p := range pages {
		odd := 2 * oddness(decodeAs(p.enc, data), p.letters)
		if !strings.Contains(p.langs, lang) || lang == "" {
			odd++ // decides only between equals
		}
		if i == 0 || odd < least {
			best, least = p, odd
		}
	}
	return decodeAs(best.enc, data), best.name
}

func decodeAs(e xenc.Encoding, data []byte) []byte {
	text, err := e.NewDecoder().Bytes(data)
	if err != nil {
		// These decoders replace what they cannot read; U+FFFD is then
		// found in the cell where it stands.
		return bytes.ToValidUTF8(data, []byte("\ufffd"))
	}
	return text
}

// zeroBytes tells UTF-16 without a mark: nearly all text of our languages has
// a zero in one half of each pair, and no other encoding has zeros at all.
func zeroBytes(data []byte) (xunicode.Endianness, bool) {
	head := data[:min(len(data), 4096)&^1]
	var even, odd int
	for i := 0; i < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	switch enough := max(1, len(head)/8); {
	case odd >= enough && odd > even:
		return xunicode.LittleEndian, true
	case even >= enough:
		return xunicode.BigEndian, true
	}
	return xunicode.LittleEndian, false
}

// oddness counts what would not stand in a table written in the encoding:
// strangers among the letters, signs inside words, capitals after small
// letters, two scripts in one word.
func oddness(text []byte, letters string) int {
	n := 0
	prev := ' '
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError:
			n += 4
		case unicode.IsLetter(r):
			if r > unicode.MaxASCII && !strings.ContainsRune(letters, unicode.ToLower(r)) {
				n += 2
			}
			if unicode.IsLetter(prev) && scripts(prev, r) || r > unicode.MaxASCII && unicode.IsLower(prev) && unicode.IsUpper(r) {
				n++
			}
		case r > unicode.MaxASCII && !strings.ContainsRune("\u00a0’‘“”„«»–—…€№°", r):
			n += 2
		}
		prev = r
	}
	return n
}

func scripts(a, b rune) bool {
	return unicode.Is(unicode.Cyrillic, a) != unicode.Is(unicode.Cyrillic, b)
}
