package speech

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"muster/lang"
)

func TestOA5EveryLanguageIsSpoken(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Fatal("the program espeak-ng is missing; scripts/peers installs it")
	}
	v, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]lang.Tag{}
	for _, tag := range lang.Supported() {
		sound, err := v.Say(t.Context(), tag, tag.Text("message.spoken.board", nil))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, s := range sound {
			sum += float64(s) * float64(s)
		}
		if seconds := float64(len(sound)) / Rate; seconds < 0.8 || seconds > 6 || math.Sqrt(sum/float64(len(sound))) < 500 {
			t.Errorf("%s: %.1f s at a level of %.0f", tag, seconds, math.Sqrt(sum/float64(len(sound))))
		}
		if other, same := seen[len(sound)]; same {
			t.Errorf("%s sounds as long as %s", tag, other)
		}
		seen[len(sound)] = tag
	}
}

// script is a voice of a shell script.
func script(t *testing.T, text string) *Voice {
	t.Helper()
	file := filepath.Join(t.TempDir(), "voice")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	v, err := New(file + " {language} {file}")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheSameTextIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sound"), tone(8000, 1, 800), 0o600); err != nil {
		t.Fatal(err)
	}
	v := script(t, `echo "$1 $(cat)" >>`+dir+`/said; cp `+dir+`/sound "$2"`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := v.Say(t.Context(), lang.Finnish, "Hei; rm -rf $(x) `y`"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := v.Say(t.Context(), lang.French, "Hei"); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(dir, "said"))
	if err != nil || string(said) != "fi Hei; rm -rf $(x) `y`\nfr Hei\n" {
		t.Errorf("%q, %v", said, err)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	v := script(t, "")
	for i := range 40 {
		s, first := v.find(text{lang.English, strings.Repeat("x", i)})
		if !first {
			t.Fatal("known before it was made")
		}
		v.keep(s, func(text) ([]int16, error) { return make([]int16, 1<<20), nil })
	}
	if v.bytes > keptBytes || v.bytes != 2*len(v.known)<<20 || len(v.known) != v.order.Len() || len(v.known) == 0 {
		t.Errorf("%d bytes in %d texts, %d in order", v.bytes, len(v.known), v.order.Len())
	}
	if _, first := v.find(text{lang.English, strings.Repeat("x", 39)}); first {
		t.Error("the latest was let go")
	}
}

func TestACommandThatFailsIsTriedAgainAndSaysWhy(t *testing.T) {
	dir := t.TempDir()
	v := script(t, `test -e `+dir+`/well || { echo no voice here >&2; exit 3; }; cp `+dir+`/well "$2"`)
	if _, err := v.Say(t.Context(), lang.English, "1"); err == nil || !strings.Contains(err.Error(), "no voice here") || !strings.Contains(err.Error(), Key) {
		t.Errorf("%v", err)
	}
	if err := v.Check(t.Context()); err == nil {
		t.Error("it is said to be well")
	}
	if err := os.WriteFile(filepath.Join(dir, "well"), tone(22050, 2, 22050), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Check(t.Context()); err != nil {
		t.Error(err)
	}
	v, err := New("/nowhere/voice {file}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Say(t.Context(), lang.English, "1"); err == nil {
		t.Error("a command that is not there speaks")
	}
	if _, err := script(t, "true").Say(t.Context(), lang.English, "1"); err == nil || !strings.Contains(err.Error(), "no sound") {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if s, first := v.find(text{lang.English, "slow"}); !first || s == nil {
		t.Fatal("known")
	}
	if _, err := v.Say(ended, lang.English, "slow"); err == nil {
		t.Error("nobody waits, and it is waited for")
	}
	for _, bad := range []string{"espeak-ng --stdin", "{file}", "   "} {
		if _, err := New(bad); err == nil || !strings.HasPrefix(err.Error(), Key) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// tone is a WAV file of a tone of 440 Hz.
func tone(rate, channels, samples int) []byte {
	var b bytes.Buffer
	size := uint32(2 * channels * samples)
	b.WriteString("RIFF")
	le := func(vs ...any) {
		for _, v := range vs {
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
	}
	le(36 + size)
	b.WriteString("WAVEfmt ")
	le(uint32(16), uint16(1), uint16(channels), uint32(rate), uint32(2*channels*rate), uint16(2*channels), uint16(16))
	b.WriteString("data")
	le(size)
	for i := range samples {
		for range channels {
			le(int16(10000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate))))
		}
	}
	return b.Bytes()
}

func TestSoundKeepsItsPitchAtTheTelephonesRate(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 24000, 44100, 48000} {
		for _, channels := range []int{1, 2} {
			sound, err := decode(tone(rate, channels, rate))
			if err != nil || len(sound) < Rate-2 || len(sound) > Rate {
				t.Fatalf("%d: %d samples, %v", rate, len(sound), err)
			}
			worst := 0.0
			for i := 200; i < len(sound)-200; i++ {
				worst = max(worst, math.Abs(float64(sound[i])-10000*math.Sin(2*math.Pi*440*float64(i)/Rate)))
			}
			if worst > 100 {
				t.Errorf("from %d Hz it is %.0f off", rate, worst)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(tone(22050, 1, 100))
	f.Add(tone(8000, 2, 3))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wav []byte) {
		if sound, err := decode(wav); err == nil && len(sound) > len(wav) {
			t.Errorf("%d samples of %d bytes", len(sound), len(wav))
		}
	})
}
