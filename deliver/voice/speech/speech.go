// Package speech makes sound of text, as telephones carry it: 8,000 samples a
// second, 16 bits, one channel. It runs a command for that, espeak-ng unless
// another is set, and keeps what it has made, for the same sentences are said
// to many people.
package speech

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"muster/lang"
)

// Key is the setting that New reads.
const Key = "MUSTER_SPEECH"

// Rate is how many samples a second has.
const Rate = 8000

// usual is the command when none is set: a little slower than it would speak
// by itself, for a telephone swallows much.
const usual = "espeak-ng -v {language} -s 145 -g 2 -w {file} --stdin"

const (
	commandTime = 15 * time.Second
	maxText     = 4000     // bytes
	maxFile     = 32 << 20 // bytes
	keptBytes   = 32 << 20 // some half an hour of speech
)

// Voice speaks. Safe for use from many sides.
type Voice struct {
	command []string
	hands   chan struct{} // how many commands run at once

	mu    sync.Mutex
	known map[text]*list.Element
	order *list.List // of *spoken, the latest used first
	bytes int
}

type text struct {
	tag   lang.Tag
	words string
}

// spoken is one text and its sound, once ready is closed.
type spoken struct {
	text  text
	ready chan struct{}
	sound []int16
	err   error
}

// New makes a voice from the value of MUSTER_SPEECH: a command with its
// arguments, in which {language} stands for en, fi, fr and {file} for the WAV
// file that it is to write; it gets the text, in UTF-8, on its standard input.
// The empty value is espeak-ng.
func New(command string) (*Voice, error) {
	if command == "" {
		command = usual
	}
	v := &Voice{
		command: strings.Fields(command), hands: make(chan struct{}, max(2, runtime.NumCPU())),
		known: map[text]*list.Element{}, order: list.New(),
	}
	if len(v.command) == 0 || strings.HasPrefix(v.command[0], "{") {
		return nil, fmt.Errorf("%s must begin with a program", Key)
	}
	if !strings.Contains(command, "{file}") {
		return nil, fmt.Errorf("%s must say with {file} where the program writes the sound", Key)
	}
	return v, nil
}

// Check tells whether the command can speak every language.
func (v *Voice) Check(ctx context.Context) error {
	for _, tag := range lang.Supported() {
		if _, err := v.Say(ctx, tag, "1"); err != nil {
			return err
		}
	}
	return nil
}

// Say gives the sound of a text. The slice is shared and must not be changed.
func (v *Voice) Say(ctx context.Context, tag lang.Tag, words string) ([]int16, error) {
	if len(words) > maxText {
		words = strings.ToValidUTF8(words[:maxText], "")
	}
	s, first := v.find(text{tag, words})
	if first {
		v.keep(s, v.run)
	}
	select {
	case <-s.ready:
		return s.sound, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// find looks for a text among what is kept or being made; first is true for
// whoever has to make it.
func (v *Voice) find(t text) (s *spoken, first bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e, ok := v.known[t]; ok {
		v.order.MoveToFront(e)
		return e.Value.(*spoken), false
	}
	s = &spoken{text: t, ready: make(chan struct{})}
	v.known[t] = v.order.PushFront(s)
	return s, true
}

// keep makes the sound and counts it, and lets go of what was not used for
// longest. A failure is not kept: the next one tries again.
func (v *Voice) keep(s *spoken, run func(text) ([]int16, error)) {
	sound, err := run(s.text)
	v.mu.Lock()
	defer v.mu.Unlock()
	s.sound, s.err = sound, err
	close(s.ready)
	if err != nil {
		v.drop(v.known[s.text])
		return
	}
	v.bytes += 2 * len(sound)
	for e := v.order.Back(); e != nil && v.bytes > keptBytes; {
		before := e.Prev()
		if e.Value.(*spoken).sound != nil {
			v.drop(e)
		}
		e = before
	}
}

func (v *Voice) drop(e *list.Element) {
	s := v.order.Remove(e).(*spoken)
	delete(v.known, s.text)
	v.bytes -= 2 * len(s.sound)
}

// run has the command speak. It is not bound to whoever asked first, for
// others may wait for the same.
func (v *Voice) run(t text) ([]int16, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	select {
	case v.hands <- struct{}{}:
		defer func() { <-v.hands }()
	case <-ctx.Done():
		return nil, errors.New("speech: too much is to be spoken at once")
	}
	dir, err := os.MkdirTemp("", "muster-speech-")
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "speech.wav")
	fill := strings.NewReplacer("{language}", string(t.tag), "{file}", file)
	args := make([]string, len(v.command))
	for i, a := range v.command {
		args[i] = fill.Replace(a)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(t.words + "\n")
	var said bytes.Buffer
	cmd.Stderr = &limited{&said, 300}
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("speech: the command of %s fails: %w %s", Key, err, strings.TrimSpace(said.String()))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("speech: the command of %s wrote no sound", Key)
	}
	defer f.Close()
	wav, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("speech: %w", err)
	}
	return decode(wav)
}

// limited keeps the first bytes of what a command complains about.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.to.Write(p[:n])
	return len(p), nil
}
