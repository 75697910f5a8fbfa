package address

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"muster/fault"
)

// Country tells whether c is a country (ISO 3166-1 alpha-2, upper case) whose
// telephone numbers are known, which is every one with telephones.
func Country(c string) bool { return phonenumbers.GetCountryCodeForRegion(c) != 0 }

// Mobile checks a number that text messages must reach, as dialled in the
// country (ISO 3166-1 alpha-2), and returns it in E.164 form. A landline is
// refused, because a text message to it would vanish without a word.
//
// Faults: those of Phone, and phone_is_landline.
//
// Valid is what libphonenumber's tables say, and blocks too new for them.
func Mobile(s, country string) (string, error) {
	n, err := number(s, country)
	if err != nil {
		return "", err
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE,
		phonenumbers.PERSONAL_NUMBER, phonenumbers.VOIP, phonenumbers.UNKNOWN: // unknown: see young
		return phonenumbers.Format(n, phonenumbers.E164), nil
	default:
		return "", fault.New(fault.Invalid, "phone_is_landline")
	}
}

// Phone checks a number on which a person can be rung, and returns it in
// E.164 form. Faults: phone_missing, phone_form (letters or an extension),
// phone_rounded (an office program cut digits off), phone_ambiguous (may be
// of two countries), phone_invalid (no such number), phone_premium.
func Phone(s, country string) (string, error) {
	n, err := number(s, country)
	if err != nil {
		return "", err
	}
	if phonenumbers.GetNumberType(n) == phonenumbers.PREMIUM_RATE {
		return "", fault.New(fault.Invalid, "phone_premium")
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// number reads a dialled number. Excel and its kin drop a leading 0 or + when
// they take a number for a quantity; it is put back where only one country's
// numbering allows it.
func number(s, country string) (*phonenumbers.PhoneNumber, error) {
	s = Line(s)
	if s == "" {
		return nil, fault.New(fault.Invalid, "phone_missing")
	}
	s = strings.TrimPrefix(strings.ToLower(s), "tel:")
	if rounded(s) {
		return nil, fault.New(fault.Invalid, "phone_rounded")
	}
	if len(s) > 40 || !dialled(s) {
		return nil, fault.New(fault.Invalid, "phone_form")
	}
	home, okHome := valid(s, country)
	if strings.HasPrefix(s, "+") {
		if !okHome && !young(home) {
			return nil, fault.New(fault.Invalid, "phone_invalid")
		}
		return home, nil
	}
	digits := phonenumbers.NormalizeDigitsOnly(s)
	abroad, okAbroad := valid("+"+strings.TrimPrefix(digits, "00"), country)
	switch {
	case okHome && okAbroad && !same(home, abroad) && !writtenAtHome(digits, country):
		return nil, fault.New(fault.Invalid, "phone_ambiguous")
	case okHome:
		return home, nil
	case okAbroad:
		return abroad, nil
	case writtenAtHome(digits, country) && young(home):
		return home, nil
	}
	return nil, fault.New(fault.Invalid, "phone_invalid")
}

func valid(s, country string) (*phonenumbers.PhoneNumber, bool) {
	n, err := phonenumbers.Parse(s, country)
	if err != nil || n.GetExtension() != "" {
		return nil, false
	}
	return n, phonenumbers.IsValidNumber(n)
}

// young tells a number in a block that was opened after the library's tables
// were made: the block beside it, which differs in the third digit only, is
// already one of mobiles. Refusing it would keep a real worker off the
// roster; a number that does not exist fails its verification anyway.
func young(n *phonenumbers.PhoneNumber) bool {
	if n == nil {
		return false
	}
	digits := []byte(phonenumbers.GetNationalSignificantNumber(n))
	if len(digits) < 7 || digits[0] == '0' {
		return false
	}
	for d := byte('0'); d <= '9'; d++ {
		digits[2] = d
		beside, err := phonenumbers.Parse("+"+strconv.Itoa(int(n.GetCountryCode()))+string(digits), "")
		if err != nil {
			continue
		}
		if kind := phonenumbers.GetNumberType(beside); kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE {
			return true
		}
	}
	return false
}

func same(a, b *phonenumbers.PhoneNumber) bool {
	return phonenumbers.Format(a, phonenumbers.E164) == phonenumbers.Format(b, phonenumbers.E164)
}

// writtenAtHome tells whether digits are written the way people of the
// country write their own numbers: with the trunk prefix, where there is one.
// Without it, a sheet may have lost a leading 0 or a leading +, and nobody
// can know which.
func writtenAtHome(digits, country string) bool {
	trunk := phonenumbers.GetNddPrefixForRegion(country, true)
	return trunk == "" || strings.HasPrefix(digits, trunk)
}

// dialled tells whether s holds only what a number is written with.
func dialled(s string) bool {
	for i, r := range s {
		if r == '+' && i > 0 || r != '+' && !unicode.IsDigit(r) && !strings.ContainsRune(" ()-./‐‑‒–", r) {
			return false
		}
	}
	return strings.ContainsFunc(s, unicode.IsDigit)
}

// rounded tells the scientific form that office programs leave in text files
// for long numbers ("3,58E+11"), whose last digits are gone.
func rounded(s string) bool {
	mantissa, exponent, ok := strings.Cut(s, "e")
	return ok && onlyOf(mantissa, "0123456789.,") && onlyOf(exponent, "+0123456789")
}

func onlyOf(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }
