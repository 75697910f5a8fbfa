package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/fault"
	"muster/seal"
)

// A link in a mail is opened by scanners, previewers and archives long before
// a person sees it; some of them run scripts and submit every form they find.
// So acting on a link asks for something that only reading the sentence on the
// page tells: which two of nine numbers to select. A form that is sent as it
// stands, or with the first, the last, one or all of the boxes ticked, does
// nothing, and each question is good for one try. It works without scripts, by
// keyboard and for those who listen.
type challenge struct {
	First, Second int
	Numbers       []int
	Token         string
}

const (
	challengePurpose = "web-challenge"
	challengeLatest  = 30 * time.Minute
	challengeTries   = 4 // wrong pairs per link, until its questions have run out of time
)

// examiner makes challenges and marks the answers. What was used is kept in
// memory: another node could accept one question a second time, which gains a
// guesser nothing, since the answer stays the same.
type examiner struct {
	keys *seal.Keys

	mu    sync.Mutex
	used  map[string]time.Time // question → when it was answered
	tries map[string]int       // link → wrong answers
	swept time.Time
}

func newExaminer(keys *seal.Keys) *examiner {
	return &examiner{keys: keys, used: map[string]time.Time{}, tries: map[string]int{}}
}

// ask makes a question for one link.
func (x *examiner) ask(link string, now time.Time) *challenge {
	nonce := make([]byte, 17)
	binary.BigEndian.PutUint64(nonce, uint64(now.UnixMilli()))
	_, _ = rand.Read(nonce[8:]) // crypto/rand never fails
	text := base64.RawURLEncoding.EncodeToString(nonce)
	mac := x.keys.MAC(challengePurpose, link, text)
	c := &challenge{Numbers: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, Token: text + "." + base64.RawURLEncoding.EncodeToString(mac)}
	c.First, c.Second = answer(mac)
	return c
}

// answer takes two different numbers from 2 to 8 out of the question's seal:
// the first and the last box of the form are never right.
func answer(mac []byte) (int, int) {
	first := 2 + int(mac[len(mac)-1])%7
	second := 2 + (first-2+1+int(mac[len(mac)-2])%6)%7
	return min(first, second), max(first, second)
}

// mark tells whether the two numbers that were asked for were selected. Every
// way of being wrong is a fault that says what to do.
func (x *examiner) mark(link, token string, selected []string, now time.Time) error {
	text, seal64, _ := strings.Cut(token, ".")
	nonce, err1 := base64.RawURLEncoding.DecodeString(text)
	mac, err2 := base64.RawURLEncoding.DecodeString(seal64)
	if err1 != nil || err2 != nil || len(nonce) != 17 || len(mac) < 2 || !x.keys.Check(mac, challengePurpose, link, text) {
		return fault.New(fault.Invalid, "challenge_wrong")
	}
	asked := time.UnixMilli(int64(binary.BigEndian.Uint64(nonce)))
	if !x.spend(link, text, now) {
		return fault.New(fault.Limited, "limited")
	}
	first, second := answer(mac)
	switch {
	case now.Sub(asked) > challengeLatest:
		return fault.New(fault.Invalid, "challenge_old")
	case len(selected) != 2: // cannot be right, so it is no guess that counts
		return fault.New(fault.Invalid, "challenge_wrong")
	case selected[0] != strconv.Itoa(first) || selected[1] != strconv.Itoa(second):
		x.mu.Lock()
		defer x.mu.Unlock()
		x.tries[link]++
		return fault.New(fault.Invalid, "challenge_wrong")
	}
	return nil
}

// spend uses up a question; it is false for one that was answered before, and
// for a link with too many wrong answers.
func (x *examiner) spend(link, question string, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now.Sub(x.swept) > challengeLatest {
		x.swept = now
		clear(x.tries)
		for q, at := range x.used {
			if now.Sub(at) > challengeLatest {
				delete(x.used, q)
			}
		}
	}
	if _, before := x.used[question]; before || x.tries[link] >= challengeTries {
		return false
	}
	x.used[question] = now
	return true
}
