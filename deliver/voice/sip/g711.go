package sip

import "math/bits"

// The two laws of ITU-T G.711, one byte a sample: a sign, three bits that say
// in which segment it lies, four that say where in it.

// alaw encodes a 16-bit sample by the A-law.
func alaw(sample int16) byte {
	s, sign := int(sample), byte(0x80)
	if s < 0 {
		s, sign = -s-1, 0
	}
	s >>= 3 // 13 bits, sign apart 12
	code := byte(s >> 1)
	if s >= 32 {
		segment := bits.Len(uint(s)) - 5 // 32…63 is segment 1
		code = byte(segment<<4) | byte(s>>segment)&0x0f
	}
	return (code | sign) ^ 0x55
}

// ulaw encodes a 16-bit sample by the µ-law.
func ulaw(sample int16) byte {
	const bias, clip = 0x84, 32635
	s, sign := int(sample), byte(0)
	if s < 0 {
		s, sign = -s, 0x80
	}
	s = min(s, clip) + bias
	segment := bits.Len(uint(s)) - 8
	return ^(sign | byte(segment<<4) | byte(s>>(segment+3))&0x0f)
}
