// Package transcript writes down what a carrier and we say to each other while
// one message is handed over, for whoever wants to see why it went as it went.
//
// Whoever wants to know opens a Log in the context of the sending; channels
// write into the one they find there, and none is found for nearly all
// messages, which costs them nothing. A call goes on after it was handed over,
// and so does what is written of it.
//
// Secrets are struck out wherever they occur, in every form in which they
// travel. What belongs to one message only (its link, its reply address, its
// code) stays: it is what the recipient reads.
package transcript

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Line is one line of a conversation.
type Line struct {
	At   time.Time
	Out  bool // we said it, or note it; otherwise the carrier
	Text string
}

// Log is one conversation. Its methods bear a nil Log, which keeps nothing,
// and are safe for use from many sides.
type Log struct {
	now func() time.Time

	mu      sync.Mutex
	lines   []Line
	size    int // of all lines, in bytes
	secrets []string
}

// A conversation is kept as far as a person would read it.
const (
	mostLines = 400
	mostSize  = 48 << 10
	mostLine  = 2000
)

type key struct{}

// With opens a log for what is done under the context. Its lines have the time
// that now tells.
func With(ctx context.Context, now func() time.Time) (context.Context, *Log) {
	l := &Log{now: now}
	return context.WithValue(ctx, key{}, l), l
}

// From is the log of the context, or nil: nobody listens.
func From(ctx context.Context) *Log {
	l, _ := ctx.Value(key{}).(*Log)
	return l
}

// Lines is what was said so far.
func (l *Log) Lines() []Line {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// Hide makes a secret known, so that it is struck out of all that is said from
// here on. Of less than four characters it would strike out words by chance,
// and is not heeded.
func (l *Log) Hide(secrets ...string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		l.secrets = append(l.secrets, disguises(s)...)
	}
	// The longest first: a form within another would leave its ends.
	slices.SortStableFunc(l.secrets, func(a, b string) int { return len(b) - len(a) })
}

// Said writes down what we said.
func (l *Log) Said(text string) { l.add(true, text) }

// Heard writes down what the carrier said.
func (l *Log) Heard(text string) { l.add(false, text) }

// Note writes down what happened beside what is said.
func (l *Log) Note(text string) { l.add(true, "("+text+")") }

// full is the last line of a conversation that is longer than what is kept.
const full = "(and so on: no more is kept)"

func (l *Log) add(out bool, text string) {
	if l == nil {
		return
	}
	at := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	text = strike(text, l.secrets)
	for line := range strings.Lines(text) {
		if l.size >= mostSize || len(l.lines) >= mostLines {
			if l.lines[len(l.lines)-1].Text != full {
				l.lines = append(l.lines, Line{At: at, Out: true, Text: full})
			}
			return
		}
		line = readable(line)
		l.lines = append(l.lines, Line{At: at, Out: out, Text: line})
		l.size += len(line)
	}
}

// readable is a line without what a page cannot show.
func readable(line string) string {
	line = strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "�")
	line = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '�'
		}
		return r
	}, line)
	if len(line) > mostLine {
		line = strings.ToValidUTF8(line[:mostLine], "") + "…"
	}
	return line
}
