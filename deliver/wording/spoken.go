package wording

import (
	"fmt"
	"strings"

	"muster/lang"
)

// Asks tells whether a message of the purpose asks its reader to take charge,
// and so can be answered where it is read.
func Asks(purpose string) bool { return purposes[purpose].act }

// Consents tells whether a message of the purpose asks its reader for a written
// yes, which a mail can be.
func Consents(purpose string) bool { return purposes[purpose].consent }

// unspeakable are the purposes that are a link, or an answer in writing.
var unspeakable = map[string]bool{"sign_in_link": true, "reset_link": true, "invitation": true, "text_reply": true, "mail_reply": true}

// spoken is a message as a voice says it: whose it is, what happened and what
// to do, in whole sentences without links, times and codes as they are read
// aloud. Which key does what is said by the call itself.
func spoken(tag lang.Tag, purpose, key string, facts map[string]any) (string, error) {
	if unspeakable[purpose] {
		return "", fmt.Errorf("wording: purpose %q cannot be said over the telephone", purpose)
	}
	w := purposes[purpose]
	args := arguments(tag, facts, lang.Spoken)
	if code, ok := args["Code"].(string); ok {
		args["Code"] = strings.Join(strings.Split(code, ""), ", ")
	}
	say := []string{tag.Text("message.spoken.news", args)}
	if w.alarm {
		say[0] = tag.Text("message.spoken.alarm", args)
	}
	if drill, _ := facts["Drill"].(bool); drill {
		say = append(say, tag.Text("message.drill.lead", nil))
	}
	switch {
	case tag.Has(key + ".spoken"):
		say = append(say, tag.Text(key+".spoken", args))
	case w.act:
		say = append(say, tag.Text(key+".lead", args))
		if facts["Kind"] == "duress" {
			say = append(say, tag.Text("message.alarm_raised.duress.next", args)) // who must not be called
		}
		say = append(say, tag.Text("message.spoken.board", nil))
	default:
		say = append(say, tag.Text(key+".lead", args))
		if w.next {
			say = append(say, tag.Text(key+".next", args))
		}
	}
	return strings.Join(say, " "), nil
}
