package lang

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed catalogue/*.json
var files embed.FS

// texts are all texts by language and key, parsed once when the program
// starts: a broken catalogue stops it there and not in the night.
var texts = must(load(files))

// message is one text: its plural forms by CLDR name; "other" always exists.
type message map[string][]piece

// piece is literal text, or the name of an argument to put in.
type piece struct {
	text string
	arg  string
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("lang: " + err.Error())
	}
	return v
}

// load reads every catalogue.
func load(fsys fs.FS) (map[Tag]map[string]message, error) {
	all := make(map[Tag]map[string]message)
	for _, t := range supported {
		all[t] = make(map[string]message)
	}
	names, err := fs.Glob(fsys, "catalogue/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		file, err := i18n.ParseMessageFileBytes(data, name, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		in, ok := all[Tag(file.Tag.String())]
		if !ok {
			return nil, fmt.Errorf("%s: language %s is not one of %v", name, file.Tag, supported)
		}
		for _, m := range file.Messages {
			if in[m.ID], err = parse(m); err != nil {
				return nil, fmt.Errorf("%s: key %s: %w", name, m.ID, err)
			}
		}
	}
	return all, nil
}

func parse(m *i18n.Message) (message, error) {
	forms := map[string]string{
		"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other,
	}
	out := make(message)
	for form, src := range forms {
		if src == "" {
			continue
		}
		pieces, err := split(src)
		if err != nil {
			return nil, err
		}
		out[form] = pieces
	}
	if out["other"] == nil {
		return nil, fmt.Errorf("has no text (form \"other\")")
	}
	return out, nil
}

// split cuts a text at its placeholders.
func split(src string) ([]piece, error) {
	var out []piece
	for {
		text, rest, found := strings.Cut(src, "{{")
		if text != "" {
			out = append(out, piece{text: text})
		}
		if !found {
			return out, nil
		}
		inner, after, closed := strings.Cut(rest, "}}")
		name, dotted := strings.CutPrefix(strings.TrimSpace(inner), ".")
		if !closed || !dotted || name == "" || strings.ContainsAny(name, " .|()\"") {
			return nil, fmt.Errorf("only placeholders like {{.Name}} are allowed, found {{%s", inner)
		}
		out = append(out, piece{arg: name})
		src = after
	}
}

// forms knows each language's plural rule: a go-i18n message whose every form
// is the form's own name. (x/text lacks the newer French and Italian "many".)
var forms = func() map[Tag]*i18n.Localizer {
	out := make(map[Tag]*i18n.Localizer)
	for _, t := range supported {
		tag := language.MustParse(string(t))
		b := i18n.NewBundle(tag)
		b.MustAddMessages(tag, &i18n.Message{
			ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other",
		})
		out[t] = i18n.NewLocalizer(b, string(t))
	}
	return out
}()

func (m message) write(t Tag, args map[string]any) string {
	pieces := m["other"]
	if count, ok := args["Count"]; ok && len(m) > 1 {
		form, err := forms[t].Localize(&i18n.LocalizeConfig{MessageID: "form", PluralCount: count})
		if special := m[form]; err == nil && special != nil {
			pieces = special
		}
	}
	if len(pieces) == 1 && pieces[0].arg == "" {
		return pieces[0].text
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
		if p.arg != "" {
			b.WriteString(t.value(args, p.arg))
		}
	}
	return b.String()
}

// value writes one argument. One that was forgotten is a dash: a message about
// a person in need goes out with a hole rather than not at all.
func (t Tag) value(args map[string]any, name string) string {
	switch v := args[name].(type) {
	case nil:
		return "–"
	case string:
		return v
	case int:
		return t.Number(v)
	case int64:
		return t.Number(int(v))
	case time.Duration:
		return t.Duration(v)
	default:
		return fmt.Sprint(v)
	}
}
