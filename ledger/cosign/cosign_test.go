package cosign_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"muster/ledger/cosign"
)

var secret = ed25519.NewKeyFromSeed([]byte(strings.Repeat("w", ed25519.SeedSize)))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestACosignatureHoldsForItsTextItsKeyAndItsTime(t *testing.T) {
	at := time.Unix(1679315147, 0).UTC()
	const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	signed := must(note.Sign(&note.Note{Text: text}, must(cosign.Signer("witness.example/w1", secret, at))))
	key := must(cosign.KeyOf("witness.example/w1", secret))
	if back := must(cosign.ParseKey(key.String())); back.String() != key.String() {
		t.Errorf("%s comes back as %s", key, back)
	}
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil || len(n.Sigs) != 1 || !cosign.When(n.Sigs[0]).Equal(at) {
		t.Fatalf("%v %+v", err, n)
	}
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize)))
	if _, err := note.Open(signed, note.VerifierList(must(cosign.KeyOf("witness.example/w1", other)))); err == nil {
		t.Error("another's key verifies it")
	}
	if _, err := note.Open([]byte(strings.Replace(string(signed), "20852163", "20852164", 1)), note.VerifierList(key)); err == nil {
		t.Error("it holds for another text")
	}
	for _, bad := range []string{
		"", "w", "w+00000000+AAAA", strings.Replace(key.String(), "w1", "w2", 1),
		must(note.NewEd25519VerifierKey("w", secret.Public().(ed25519.PublicKey))), // a log's
	} {
		if _, err := cosign.ParseKey(bad); err == nil {
			t.Errorf("%q is a witness's key", bad)
		}
	}
}

// logOf is a log of that many entries, with what its heads and proofs are.
type logOf []tlog.Hash

func (l *logOf) add(text string) {
	hashes := must(tlog.StoredHashes(l.size(), []byte(text), l))
	*l = append(*l, hashes...)
}

func (l *logOf) size() int64 {
	n := int64(0)
	for tlog.StoredHashCount(n+1) <= int64(len(*l)) {
		n++
	}
	return n
}

func (l *logOf) ReadHashes(at []int64) (out []tlog.Hash, err error) {
	for _, i := range at {
		out = append(out, (*l)[i])
	}
	return out, nil
}

func (l *logOf) head(n int64) cosign.Head {
	if n == 0 {
		return cosign.Head{Origin: "o", Root: sha256.Sum256(nil)}
	}
	return cosign.Head{Origin: "o", Size: n, Root: must(tlog.TreeHash(n, l))}
}

func grow(word string, n int) *logOf {
	l := &logOf{}
	for i := range n {
		l.add(word + strconv.Itoa(i))
	}
	return l
}

func TestOnlyALogThatGrewHasGrown(t *testing.T) {
	honest, forged := grow("a", 70), grow("b", 70)
	rapid.Check(t, func(t *rapid.T) {
		was := rapid.Int64Range(0, 70).Draw(t, "was")
		is := rapid.Int64Range(0, 70).Draw(t, "is")
		var proof tlog.TreeProof
		if was > 0 && was <= is {
			proof = must(tlog.ProveTree(is, was, honest))
		}
		if got := cosign.Grown(honest.head(was), honest.head(is), proof); got != (was <= is) {
			t.Fatalf("%d to %d: %v", was, is, got)
		}
		if was > 0 && cosign.Grown(honest.head(was), forged.head(is), proof) {
			t.Fatalf("another log of %d passes for what had %d", is, was)
		}
		ask := cosign.Ask{Old: was, Proof: proof, Note: "o\n" + strconv.FormatInt(is, 10) + "\nx\n\n— o AAAA\n"}
		back, err := cosign.ParseAsk(ask.Bytes())
		if err != nil || back.Old != was || len(back.Proof) != len(proof) || back.Note != ask.Note || back.Origin() != "o" {
			t.Fatalf("%+v comes back as %+v: %v", ask, back, err)
		}
	})
}

func FuzzAsk(f *testing.F) {
	f.Add([]byte("old 0\n\no\n1\nx\n\n— o AAAA\n"))
	f.Add([]byte("old 01\n\n"))
	f.Add([]byte("old 3\n" + strings.Repeat("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n", 64) + "\no\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := cosign.ParseAsk(body)
		if err == nil && (a.Old < 0 || len(a.Proof) > 63) {
			t.Errorf("%q is read as %+v", body, a)
		}
	})
}
