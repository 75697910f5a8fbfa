package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"muster/fault"
)

func newKeys(t testing.TB, text string) *Keys {
	t.Helper()
	k, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedOpensOnlyUnchangedAndForItsPurpose(t *testing.T) {
	k, other := newKeys(t, Generate(1)), newKeys(t, Generate(1))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "plain")
		sealed, err := k.Seal("token", plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.Open("token", sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v; want %x", got, err, plain)
		}
		bad := fault.New(fault.Invalid, "bad_seal")
		if _, err := k.Open("cookie", sealed); !errors.Is(err, bad) {
			t.Fatalf("other purpose: %v", err)
		}
		if _, err := other.Open("token", sealed); !errors.Is(err, bad) {
			t.Fatalf("other installation: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		sealed[i] ^= bit
		if _, err := k.Open("token", sealed); !errors.Is(err, bad) {
			t.Fatalf("bit changed: %v", err)
		}
		sealed[i] ^= bit
		if _, err := k.Open("token", sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")]); !errors.Is(err, bad) {
			t.Fatalf("cut off: %v", err)
		}
	})
}

func TestEqualValuesSealDifferently(t *testing.T) {
	k := newKeys(t, Generate(1))
	a, _ := k.Seal("pin", []byte("4711"))
	b, _ := k.Seal("pin", []byte("4711"))
	if bytes.Equal(a, b) {
		t.Error("sealing twice gave the same bytes")
	}
}

func TestMACBindsPurposePartsAndTheirBorders(t *testing.T) {
	k := newKeys(t, Generate(1))
	mac := k.MAC("link", "alm_1", "per_2")
	if !k.Check(mac, "link", "alm_1", "per_2") {
		t.Fatal("its own MAC is refused")
	}
	for name, ok := range map[string]bool{
		"other purpose":  k.Check(mac, "token", "alm_1", "per_2"),
		"moved border":   k.Check(mac, "link", "alm_1p", "er_2"),
		"swapped":        k.Check(mac, "link", "per_2", "alm_1"),
		"one less":       k.Check(mac, "link", "alm_1"),
		"empty more":     k.Check(mac, "link", "alm_1", "per_2", ""),
		"cut":            k.Check(mac[:32], "link", "alm_1", "per_2"),
		"nothing":        k.Check(nil, "link", "alm_1", "per_2"),
		"unknown key":    k.Check(append([]byte{9}, mac[1:]...), "link", "alm_1", "per_2"),
		"other keys":     newKeys(t, Generate(1)).Check(mac, "link", "alm_1", "per_2"),
		"sealing subkey": bytes.Equal(k.macKey(1, "link"), k.derive(slot{"seal", 1, "link"})),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestACutMACIsCheckedAndNeverTooShort(t *testing.T) {
	k := newKeys(t, Generate(1))
	mac := k.MAC("link", "msg_1")
	for n := range len(mac) + 1 {
		if got, want := k.CheckPrefix(mac[:n], "link", "msg_1"), n >= shortest; got != want {
			t.Errorf("%d bytes: %t", n, got)
		}
	}
	cut := append([]byte(nil), mac[:shortest]...)
	cut[shortest-1] ^= 1
	if k.CheckPrefix(cut, "link", "msg_1") || k.CheckPrefix(mac[:shortest], "link", "msg_2") || k.CheckPrefix(append(mac, 0), "link", "msg_1") {
		t.Error("a wrong MAC is accepted")
	}
}

func TestANewKeySealsAndTheOldOneStillOpens(t *testing.T) {
	first := Generate(1)
	old := newKeys(t, first)
	sealed, _ := old.Seal("x", []byte("kept"))
	mac := old.MAC("x", "a")
	both := newKeys(t, first+"\n"+Generate(2)+"\n")
	if got, err := both.Open("x", sealed); err != nil || string(got) != "kept" {
		t.Errorf("after rotation: %q, %v", got, err)
	}
	if !both.Check(mac, "x", "a") {
		t.Error("after rotation the old MAC is refused")
	}
	fresh, _ := both.Seal("x", []byte("new"))
	if fresh[0] != 2 || both.MAC("x", "a")[0] != 2 {
		t.Error("the new key is not in use")
	}
	if _, err := old.Open("x", fresh); err == nil {
		t.Error("the old key opens what the new one sealed")
	}
}

func TestParseTakesOnlyWholeKeys(t *testing.T) {
	good := Generate(1)
	_, bare, _ := strings.Cut(good, ":")
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"numbered":    {good, true},
		"bare":        {bare, true},
		"unpadded":    {strings.TrimRight(bare, "="), true},
		"spaces":      {"\n " + bare + " \n", true},
		"two":         {good + " " + Generate(255), true},
		"empty":       {" ", false},
		"short":       {base64.StdEncoding.EncodeToString(make([]byte, 31)), false},
		"long":        {base64.StdEncoding.EncodeToString(make([]byte, 33)), false},
		"number 0":    {"0:" + bare, false},
		"number 256":  {"256:" + bare, false},
		"same number": {good + " " + Generate(1), false},
		"two bare":    {bare + " " + bare, false},
	} {
		_, err := Parse(c.text)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), bare) {
			t.Errorf("%s: the error tells the key", name)
		}
	}
}

func TestKeyFileIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	var wg sync.WaitGroup
	made := make([]*Keys, 8)
	for i := range made {
		wg.Go(func() {
			k, err := LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = k
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	mac := made[0].MAC("x", "a")
	for _, k := range made {
		if !k.Check(mac, "x", "a") {
			t.Error("two starts at once made two keys")
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o620, 0o604} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreate(path); err == nil || !strings.Contains(err.Error(), "0600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestABrokenKeyFileIsNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for _, text := range []string{"", "broken", "1:AAAA"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreate(path); err == nil {
			t.Errorf("%q: no error", text)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("%q was replaced", text)
		}
	}
	if _, err := LoadOrCreate(t.TempDir()); err == nil {
		t.Error("a folder was taken for a key file")
	}
}

func FuzzOpen(f *testing.F) {
	k := newKeys(f, Generate(1))
	sealed, _ := k.Seal("x", []byte("hello"))
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := k.Open("x", data); err == nil && !bytes.Equal(data, sealed) {
			t.Errorf("forged: %x opened as %x", data, plain)
		}
	})
}

func BenchmarkMACAndCheck(b *testing.B) {
	k := newKeys(b, Generate(1))
	for b.Loop() {
		if !k.Check(k.MAC("link", "alm_1", "per_2"), "link", "alm_1", "per_2") {
			b.Fatal("refused")
		}
	}
}
