package webpush

import (
	"bytes"
	"crypto/ecdh"
	"testing"
)

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := b64.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The example of RFC 8291, section 5 and appendix A.
func TestBodyIsThatOfTheStandard(t *testing.T) {
	key, err := ecdh.P256().NewPrivateKey(unbase64(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	s := Subscription{
		Key:  unbase64(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
		Auth: unbase64(t, "BTBZMqHH6r4Tts7J_aSIgg"),
	}
	got, err := wrap([]byte("When I grow up, I want to be a watermelon"), s, key, unbase64(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	want := unbase64(t, "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	if !bytes.Equal(got, want) {
		t.Errorf("got %s", b64.EncodeToString(got))
	}
}

func TestEveryBodyHasKeysOfItsOwn(t *testing.T) {
	s := Subscription{
		Key:  unbase64(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
		Auth: unbase64(t, "BTBZMqHH6r4Tts7J_aSIgg"),
	}
	plain := bytes.Repeat([]byte("x"), most)
	one, err1 := encrypt(plain, s)
	two, err2 := encrypt(plain, s)
	if err1 != nil || err2 != nil || bytes.Equal(one[:saltSize], two[:saltSize]) || bytes.Equal(one[saltSize+5:headSize], two[saltSize+5:headSize]) {
		t.Errorf("salt or key stays the same: %v %v", err1, err2)
	}
	if len(one) != recordSize {
		t.Errorf("the longest body has %d bytes", len(one))
	}
	if _, err := encrypt(nil, Subscription{Key: []byte("x")}); err == nil {
		t.Error("a key that is none was used")
	}
}
