package deliver

import (
	"testing"

	"muster/fault"
	"muster/id"
	"muster/seal"
)

func TestTokenCannotBeMadeUp(t *testing.T) {
	k, err1 := seal.Parse(seal.Generate(1))
	other, err2 := seal.Parse(seal.Generate(1))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	m := id.New[id.Message]()
	made := token(k, m)
	if got, err := parse(k, made); err != nil || got != m {
		t.Fatalf("own token: %v, %v", got, err)
	}
	if _, err := parse(other, made); fault.KindOf(err) != fault.NotFound {
		t.Error("a token of another installation was taken")
	}
	for i := range made {
		b := []byte(made)
		b[i] ^= 1
		if got, err := parse(k, string(b)); err == nil && got == m {
			t.Errorf("byte %d changed and the token still names the message", i)
		}
	}
}
