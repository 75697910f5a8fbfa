// Package gsm is how a text travels as short messages: in which alphabet, in
// how many parts, and in what lesser spelling it costs less (3GPP TS 23.038
// and 23.040).
package gsm

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The 7-bit default alphabet in the order of its codes, and its extension,
// whose characters take an escape and a code of their own (TS 23.038 §6.2.1).
// The escape itself stands as U+001B.
const alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

var extension = map[byte]rune{
	0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
}

const escape = 0x1b

// septet is how a character is written: its code, and whether an escape comes
// before it.
type septet struct {
	code    byte
	escaped bool
}

var (
	runeOf [128]rune
	codeOf = map[rune]septet{}
	ascii  [128]septet // the same for most of what is written
	known  [128]bool
)

func init() {
	at := 0
	for _, r := range alphabet {
		if r != escape {
			codeOf[r] = septet{code: byte(at)}
		}
		runeOf[at] = r
		at++
	}
	for code, r := range extension {
		codeOf[r] = septet{code, true}
	}
	for r, s := range codeOf {
		if r < 128 {
			ascii[r], known[r] = s, true
		}
	}
}

func codeFor(r rune) (septet, bool) {
	if r >= 0 && r < 128 {
		return ascii[r], known[r]
	}
	s, ok := codeOf[r]
	return s, ok
}

// Size is what a text takes.
type Size struct {
	Parts   int
	Units   int  // septets, or UTF-16 units
	Unicode bool // the 7-bit alphabet was not enough
}

// String writes a size as people compare it: 2 × UCS-2.
func (s Size) String() string {
	alphabet := "GSM-7"
	if s.Unicode {
		alphabet = "UCS-2"
	}
	return strconv.Itoa(s.Parts) + " × " + alphabet
}

// Room of one short message, in octets, and what the header of a part with a
// reference of 8 or 16 bits takes of it (TS 23.040 §9.2.3.24).
const (
	octets   = 140
	Header8  = 6
	Header16 = 7
)

// Measure tells what a text takes, as most carriers count: 160 septets or 70
// UTF-16 units in one part, 153 or 67 in each of several.
func Measure(text string) Size {
	parts, unicode := Split(text, Header8)
	s := Size{Parts: len(parts), Unicode: unicode}
	for _, p := range parts {
		s.Units += units(p, unicode)
	}
	return s
}

// Split cuts a text into parts, each with a header of so many octets if there
// are several. No character is cut in two, so a part may be a unit short. An
// empty text is one part.
func Split(text string, header int) (parts []string, unicode bool) {
	unicode = !Fits(text)
	one, each := octets*8/7, (octets-header)*8/7
	if unicode {
		one, each = octets/2, (octets-header)/2
	}
	if units(text, unicode) <= one {
		return []string{text}, unicode
	}
	start, taken := 0, 0
	for at, r := range text {
		n := width(r, unicode)
		if taken+n > each {
			parts = append(parts, text[start:at])
			start, taken = at, 0
		}
		taken += n
	}
	return append(parts, text[start:]), unicode
}

func units(text string, unicode bool) (n int) {
	for _, r := range text {
		n += width(r, unicode)
	}
	return n
}

func width(r rune, unicode bool) int {
	if unicode {
		if r > 0xffff {
			return 2
		}
		return 1
	}
	if s, _ := codeFor(r); s.escaped {
		return 2
	}
	return 1
}

// Fits tells whether the 7-bit alphabet has all of a text's characters.
func Fits(text string) bool {
	for _, r := range text {
		if _, ok := codeFor(r); !ok {
			return false
		}
	}
	return true
}

// Encode writes a text in the 7-bit alphabet, one septet to an octet. What the
// alphabet lacks becomes a question mark.
func Encode(text string) []byte {
	out := make([]byte, 0, len(text)+4)
	for _, r := range text {
		s, ok := codeFor(r)
		switch {
		case !ok:
			out = append(out, '?')
		case s.escaped:
			out = append(out, escape, s.code)
		default:
			out = append(out, s.code)
		}
	}
	return out
}

// Decode reads what Encode writes. An escape before what the extension lacks
// is passed over, as handsets do (TS 23.038 §6.2.1.1).
func Decode(septets []byte) string {
	var b strings.Builder
	b.Grow(len(septets))
	escaped := false
	for _, c := range septets {
		if c == escape {
			escaped = true
			continue
		}
		r, ok := extension[c]
		if !escaped || !ok {
			r = runeOf[c&0x7f]
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}

// EncodeUnicode writes a text as UTF-16, the higher octet first.
func EncodeUnicode(text string) []byte {
	var out []byte
	for _, r := range text {
		out = appendUTF16(out, r)
	}
	return out
}

func appendUTF16(out []byte, r rune) []byte {
	if r <= 0xffff {
		return binary.BigEndian.AppendUint16(out, uint16(r))
	}
	high, low := utf16.EncodeRune(r)
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, uint16(high)), uint16(low))
}

// DecodeUnicode reads what EncodeUnicode writes; half a character at the end
// is left out.
func DecodeUnicode(octets []byte) string {
	all := make([]uint16, 0, len(octets)/2)
	for i := 0; i+1 < len(octets); i += 2 {
		all = append(all, binary.BigEndian.Uint16(octets[i:]))
	}
	return string(utf16.Decode(all))
}
