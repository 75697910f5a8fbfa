package sms

import (
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit default alphabet and its extension, whose characters take two
// septets (3GPP TS 23.038 §6.2.1).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

// Parts tells in how many parts a text travels, which is what it costs, and
// whether the 7-bit alphabet was enough for it: 160 septets or 70 UTF-16 units
// in one part, 153 or 67 in each of several.
func Parts(text string) (parts int, gsm bool) {
	septets := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmExtension, r):
			septets += 2
		default:
			return split(len(utf16.Encode([]rune(text))), 70, 67), false
		}
	}
	return split(septets, 160, 153), true
}

func split(n, one, each int) int {
	if n <= one {
		return 1
	}
	return (n + each - 1) / each
}
