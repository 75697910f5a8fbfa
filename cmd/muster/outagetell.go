package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/outage"
)

type outageTellCmd struct {
	lifeboat
	By     string        `help:"Mail address of whoever writes: one of the provider's people."`
	Second string        `help:"Mail address of somebody else of the provider's who answers for it as well, where it reaches many."`
	Notice string        `help:"Go on with this notice (ntc_…); \"new\" begins a new incident."`
	Part   []string      `help:"Part of the service that it is about, by its path, such as \"Helsinki › Database\"; may be given more than once."`
	State  string        `help:"investigating, identified, monitoring or resolved."`
	Phrase string        `help:"Name of the approved phrase."`
	Words  string        `help:"What you want to say beside the phrase, in your own words; read in the language in which it is written."`
	Since  time.Duration `default:"10m" help:"How long ago it began."`
	Next   time.Duration `help:"In how long the next word comes."`
	Phone  string        `help:"Number at which whoever writes is called if the next word is late, once the service is back."`
	Yes    bool          `help:"Send without asking."`
}

// Run tells.
func (c *outageTellCmd) Run(ctx context.Context, s *streams) error {
	f, snap, keys, err := c.open(s)
	if err != nil {
		return err
	}
	if len(snap.Components) == 0 {
		return errors.New("the snapshot knows no parts of the service, so nobody can be told of them")
	}
	ask := &asker{out: s.out}
	before, draft, err := c.draft(f, snap, keys, s.errs, ask)
	if err != nil {
		return err
	}
	by, err := ask.person(snap, "Your mail address", "--by", c.By)
	if err != nil {
		return err
	}
	second := outage.Member{}
	if c.Second != "" {
		if second, err = ask.person(snap, "", "--second", c.Second); err != nil {
			return err
		}
	}
	now := time.Now().UTC()
	run, p, err := snap.Plan(draft, before, by, second, now)
	if errors.Is(err, fault.New(fault.Invalid, "outage_second")) && c.Second == "" {
		fmt.Fprintf(s.out, "This reaches %d organisations, and so two people answer for it.\n", len(p.To))
		if second, err = ask.person(snap, "Mail address of the other", "--second", ""); err == nil {
			run, p, err = snap.Plan(draft, before, by, second, now)
		}
	}
	if err != nil {
		return err
	}
	shown(s.out, run)
	if run.People() == 0 {
		return errUnsaid
	}
	if !c.Yes && ask.line("Type YES to send: ") != "YES" {
		fmt.Fprintln(s.out, "Nothing was sent.")
		return errUnsaid
	}
	run.ID = outage.Name(now, []byte(run.After.ID))
	j, err := f.Begin(keys, run)
	if err != nil {
		return err
	}
	return errors.Join(c.send(ctx, s, snap, j), j.Close())
}

// draft is what is to be said, from flags and, where they say nothing, answers.
func (c *outageTellCmd) draft(f outage.Folder, snap outage.Snapshot, keys *outage.Keys, errs io.Writer, ask *asker) (before notice.Notice, d notice.Draft, err error) {
	open, err := earlier(f, snap, keys, errs)
	if err != nil {
		return before, d, err
	}
	if before, err = c.before(open, ask); err != nil {
		return before, d, err
	}
	d = notice.Draft{Notice: before.ID, Kind: before.Kind, Words: c.Words, Phone: c.Phone}
	now := time.Now().UTC()
	if before.ID == "" {
		d.Since = now.Add(-c.Since)
	}
	d.From, d.Till = before.From, before.Till
	states := []string{}
	for _, one := range before.Next() {
		states = append(states, string(one))
	}
	i, err := ask.choose("How it stands", "--state", states, c.State)
	if err != nil {
		return before, d, err
	}
	d.State = before.Next()[i]
	if d.Components, err = c.parts(snap, before, ask); err != nil {
		return before, d, err
	}
	names := before.Phrases(d.State)
	at := slices.Index(names, c.Phrase)
	if at < 0 && c.Phrase != "" {
		return before, d, wrong("--phrase", "must be one of %s", strings.Join(names, ", "))
	}
	if at < 0 {
		sentences := []string{}
		for _, name := range names {
			sentences = append(sentences, strings.ReplaceAll(snap.Sentences[lang.English][before.Kind][d.State][name], notice.PartsMark, "…"))
		}
		if at, err = ask.choose("What is said", "--phrase", sentences, ""); err != nil {
			return before, d, err
		}
	}
	d.Phrase = names[at]
	if !d.State.Over() && c.Next == 0 {
		minutes, err := strconv.Atoi(ask.line("In how many minutes does the next word come? "))
		if err != nil {
			return before, d, wrong("--next", "must say when the next word comes")
		}
		c.Next = time.Duration(minutes) * time.Minute
	}
	d.Promised = now.Add(c.Next)
	return before, d, nil
}

// before is the notice that the word goes on with.
func (c *outageTellCmd) before(open []notice.Notice, ask *asker) (notice.Notice, error) {
	fresh := notice.Notice{Kind: notice.Incident}
	open = slices.DeleteFunc(open, func(n notice.Notice) bool { return n.State.Over() })
	if c.Notice == "new" || c.Notice == "" && (len(open) == 0 || c.Phrase != "") {
		return fresh, nil
	}
	if c.Notice != "" {
		for _, n := range open {
			if n.ID == id.Notice(c.Notice) {
				return n, nil
			}
		}
		return fresh, wrong("--notice", "no open notice %s is known here", c.Notice)
	}
	names := []string{"a new incident"}
	for _, n := range open {
		names = append(names, fmt.Sprintf("go on with %s (%s, %s)", n.ID, n.Kind, n.State))
	}
	i, err := ask.choose("What is it", "--notice", names, "")
	if err != nil || i == 0 {
		return fresh, err
	}
	return open[i-1], nil
}

// parts are the components that it is about.
func (c *outageTellCmd) parts(snap outage.Snapshot, before notice.Notice, ask *asker) (all []id.Component, err error) {
	known := component.Paths(snap.Components)
	if len(c.Part) == 0 && before.ID != "" {
		return before.Components, nil
	}
	if len(c.Part) == 0 {
		names := []string{}
		for _, one := range known {
			names = append(names, one.Path)
		}
		ask.list("Which parts", names)
		c.Part = strings.Fields(strings.ReplaceAll(ask.line("Numbers: "), ",", " "))
		for i, text := range c.Part {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > len(known) {
				return nil, wrong("--part", "must be parts of the list")
			}
			c.Part[i] = known[n-1].Path
		}
	}
	for _, path := range c.Part {
		i := slices.IndexFunc(known, func(one component.Named) bool {
			return strings.EqualFold(one.Path, path) || strings.EqualFold(one.Name, path)
		})
		if i < 0 {
			return nil, wrong("--part", "there is no part %q", path)
		}
		all = append(all, known[i].ID)
	}
	return all, nil
}

// mostShown bounds how many people a preview names.
const mostShown = 200

// shown prints who would be told what, by organisation.
func shown(out io.Writer, r outage.Run) {
	fmt.Fprintf(out, "\nIt would be told to %d people of %d organisations:\n", r.People(), len(r.Houses))
	n, sentences := 0, map[lang.Tag]string{}
	for _, h := range r.Houses {
		for _, l := range h.Letters {
			if text, ok := l.Facts["Text"].(string); ok {
				sentences[l.Lang] = text
			}
			if n++; n <= mostShown {
				fmt.Fprintf(out, "  %s: %s (%s, %s %s)\n", h.Name, l.Name, l.Lang, l.Route[0].Channel, l.Route[0].Address)
			}
		}
		for _, m := range h.Missing {
			fmt.Fprintf(out, "  %s: %s has no address that counts\n", h.Name, m.Name)
		}
		if len(h.Letters) == 0 {
			fmt.Fprintf(out, "  %s: NOBODY can be told; call them\n", h.Name)
		}
	}
	if n > mostShown {
		fmt.Fprintf(out, "  … and %d more\n", n-mostShown)
	}
	for _, tag := range lang.Supported() {
		if text := sentences[tag]; text != "" {
			fmt.Fprintf(out, "  [%s] %s\n", tag, text)
		}
	}
	if r.Words != "" {
		fmt.Fprintf(out, "  beside it: %s\n", r.Words)
	}
	if !r.After.Promised.IsZero() {
		fmt.Fprintf(out, "  the next word: %s\n", r.After.Promised.Format(time.RFC3339))
	}
	if r.Second.ID != "" {
		fmt.Fprintf(out, "  answered for by %s and %s\n", r.By.Name, r.Second.Name)
	}
}

// asker asks for what flags did not say.
type asker struct{ out io.Writer }

func (a *asker) line(question string) string {
	fmt.Fprint(a.out, question)
	text, err := stdin.ReadString('\n')
	if err != nil {
		fmt.Fprintln(a.out)
	}
	return strings.TrimSpace(text)
}

func (a *asker) list(title string, names []string) {
	fmt.Fprintln(a.out, title+":")
	for i, name := range names {
		fmt.Fprintf(a.out, "  %d. %s\n", i+1, name)
	}
}

// choose gives the place of what was said by a flag, or of the answer.
func (a *asker) choose(title, flag string, names []string, said string) (int, error) {
	if said != "" {
		if i := slices.Index(names, said); i >= 0 {
			return i, nil
		}
		return 0, wrong(flag, "must be one of %s", strings.Join(names, ", "))
	}
	a.list(title, names)
	n, err := strconv.Atoi(a.line("Number: "))
	if err != nil || n < 1 || n > len(names) {
		return 0, wrong(flag, "must be one of the list")
	}
	return n - 1, nil
}

// person is somebody of the provider's.
func (a *asker) person(snap outage.Snapshot, question, flag, said string) (outage.Member, error) {
	if said == "" {
		said = a.line(question + ": ")
	}
	m, ok := snap.Person(said)
	if !ok {
		return m, wrong(flag, "%q is nobody of the provider's who may write news", said)
	}
	return m, nil
}
