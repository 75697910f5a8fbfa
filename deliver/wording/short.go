package wording

import (
	"maps"
	"strings"

	"muster/lang"
	"muster/lang/gsm"
)

// named are the facts of a short text that people have written; they may be
// cut. The rest, and the link most of all, stays whole.
var named = [...]string{"Who", "By", "Org", "Rota", "Wire", "Staff"}

// least is how short a name is made at most, in characters.
const least = 6

// short is what a telephone shows. It travels in one part if it can: a text in
// several costs as many times more, and is worth nothing when one of them is
// lost. For that it is spelled in the 7-bit alphabet where its own letters are
// too dear, and names are cut, the longest first; mail and pages have them
// whole.
//
// Where it is said what to send back, that is left out sooner than it would
// make a second part.
func short(tag lang.Tag, key string, args map[string]any, drill bool) string {
	if args["Reply"] != nil {
		if text := fitted(tag, key, args, drill); one(text) {
			return text
		}
		args = maps.Clone(args)
		delete(args, "Reply")
	}
	return fitted(tag, key, args, drill)
}

func fitted(tag lang.Tag, key string, args map[string]any, drill bool) string {
	write := func() string {
		text := tag.Text(key+".short", args)
		if args["Reply"] != nil {
			text = tag.Text("message.reply.short", map[string]any{"Text": text, "Reply": args["Reply"]})
		}
		if drill {
			text = tag.Text("message.drill.short", map[string]any{"Text": text})
		}
		return gsm.Plain(text)
	}
	text := write()
	link, _ := args["Link"].(string)
	if one(text) || !gsm.Fits(link) {
		return text
	}
	args = maps.Clone(args)
	for _, name := range named {
		if s, ok := args[name].(string); ok {
			args[name] = legible(tag, s)
		}
	}
	for {
		text = gsm.Fold(write())
		if one(text) || !cut(args, gsm.Measure(text).Units-160) {
			return text
		}
	}
}

func one(text string) bool { return gsm.Measure(text).Parts == 1 }

// legible spells a name in the 7-bit alphabet. Of a name in a script that
// cannot be spelled so nothing is left, and it is said that there is one.
func legible(tag lang.Tag, name string) string {
	if s := gsm.Fold(name); s != "" {
		return s
	}
	return tag.Text("message.nameless", nil)
}

// cut makes the longest name shorter, by as many characters as are too much if
// it comes to that. It tells whether any could be.
func cut(args map[string]any, tooMuch int) bool {
	longest, size := "", least
	for _, name := range named {
		if s, _ := args[name].(string); len([]rune(s)) > size {
			longest, size = name, len([]rune(s))
		}
	}
	if longest == "" {
		return false
	}
	args[longest] = shorter(args[longest].(string), tooMuch)
	return true
}

// shorter drops a name's middle words one by one, then makes an initial of its
// first, then leaves out the end.
func shorter(name string, tooMuch int) string {
	words := strings.Fields(name)
	if len(words) > 2 {
		return strings.Join(append(words[:1], words[2:]...), " ")
	}
	if len(words) == 2 {
		if first := []rune(words[0]); len(first) > 2 {
			return string(first[:1]) + ". " + words[1]
		}
	}
	all := []rune(name)
	left := max(least-1, len(all)-1-max(1, tooMuch))
	return strings.TrimRight(string(all[:left]), " -.'") + "."
}
