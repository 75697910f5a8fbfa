// Package wording turns what a message is about into what its reader reads: in
// their language and time zone, as long as the channel bears, and with nothing
// in it that could pass for a mail header or another link.
package wording

import (
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"muster/lang"
)

// purposes say, for each purpose a message may have, which of its texts exist
// beside subject, lead, button and short. The texts stand in the catalogue
// under message.<purpose>, with the alarm's kind after it where kinds differ.
//
// Facts are what can be kept as JSON. A fact that is missing leaves a dash, or
// no line at all; it never keeps a message from going out. Known everywhere:
//
//	Org       name of the organisation      Zone   reader's time zone (IANA)
//	Link      where the button leads: Act, or a path of this installation
//	Drill     true marks it as a drill
//	Who       the worker it is about        Phone, Workspace, Place, Note
//	Kind      silence, missed_check_in, high_risk, panel, help, duress (alarm_…)
//	Back      when the worker was to be back in coverage, if that was missed
//	Percent   how full a battery is
//	At        when it happened: check-in due, help called, taken over, closed
//	Since     since when it waits (alarm_repeated, alarm_widened, alarm_open)
//	Until     when it ends: a code's life, the next check-in
//	By        who did it                    Outcome  real, precautionary, false, drill
//	Resolve   a second link, to close the alarm
//	Reply     what to send back to take charge (channels that take replies)
//	Replies   true where a mail that is answered by the right word takes charge
//	Code      one-time code                 Wire   a connection to another alarm system
//	Text      what is said, already in the reader's language (text_reply, mail_reply)
//	Address   an address that is dead       Why    why it is: see deliver/dead
//	Reference, Subject  of a request to support
//	Words     what somebody wrote, in paragraphs (request_…): only mail has them
//	Rota      name of a rota                From, Till  a time to come, with its days
//	Staff     who of the provider's is to enter
//	Reason    why they must, News what is new, Stage how it stands: see package grant
//	Lasts     seconds for which they may    Request  the customer's, by its reference
//	Began     when an incident did          Next     when the next word on it comes
//	Consent   what a written yes says yes to
//	Contact   true where Who is a contact person, working alone or not
//
// Times are time.Time or text as of RFC 3339.
var purposes = map[string]struct {
	byKind bool // own texts for each kind of alarm
	next   bool // a sentence that says what to do
	alarm  bool // somebody may be in danger: the mail looks like it
	act    bool // whoever reads it can take charge, or close the alarm, by a button

	open    bool // it may be passed on: its links do nothing in the reader's name
	consent bool // it asks for a written yes, which an answer to the mail can be
}{
	"alarm_raised":       {byKind: true, next: true, alarm: true, act: true},
	"alarm_again":        {next: true, alarm: true, act: true},
	"alarm_repeated":     {next: true, alarm: true, act: true},
	"alarm_widened":      {next: true, alarm: true, act: true},
	"alarm_acknowledged": {},
	"alarm_resolved":     {},
	"alarm_open":         {next: true, act: true},
	"shift_reminder":     {next: true},
	"shift_overdue":      {next: true},
	"shift_checked_in":   {},
	"shift_ended":        {next: true},
	"contact_verify":     {next: true},
	"sign_in_code":       {next: true},
	"sign_in_link":       {next: true},
	"invitation":         {next: true},
	"test":               {next: true},
	"text_reply":         {},
	"mail_reply":         {},
	"case_opened":        {next: true, alarm: true},
	"case_again":         {next: true, alarm: true},
	"case_waiting":       {next: true, alarm: true},
	"enrolment_waiting":  {next: true},
	"enrolment_late":     {next: true},
	"wire_lost":          {next: true},
	"wire_back":          {},
	"wire_warned":        {next: true},
	"wire_off":           {next: true},
	"wire_gone":          {next: true},
	"rota_gap":           {next: true},
	"shift_unprotected":  {next: true},
	"address_dead":       {next: true},
	"address_dead_of":    {next: true},
	"addresses_doubted":  {next: true},
	"shift_quiet":        {next: true},
	"battery_low":        {next: true},
	"battery_low_of":     {next: true},
	"rota_cover":         {},
	"rota_swap":          {next: true},
	"staff_review":       {next: true},
	"staff_overdue":      {next: true},
	"staff_address":      {next: true},
	"staff_proof":        {next: true},
	"staff_proof_over":   {next: true},
	"drill_announced":    {next: true},
	"drill_unanswered":   {next: true},
	"canary_failed":      {next: true},
	"grant_asked":        {next: true, consent: true},
	"grant_pending":      {next: true},
	"grant_waiting":      {next: true},
	"grant_news":         {},
	"grant_broken":       {next: true},
	"canary_well":        {},
	"policy_published":   {next: true},
	"account_phase":      {},
	"presence_asked":     {next: true},
	"reset_link":         {next: true},
	"support_roster":     {next: true},
	"request_received":   {},
	"request_reply":      {next: true},
	"request_done":       {next: true},
	"request_refused":    {next: true},
	"request_stranger":   {},
	"request_new":        {},
	"request_heard":      {},
	"request_insisted":   {next: true},
	"request_exception":  {next: true},
	"request_decided":    {},
	"request_approval":   {next: true},
	"director_verify":    {next: true},
	"director_agree":     {next: true},
	"director_replaced":  {next: true},
	"book_checkpoint":    {next: true},
	"notice_incident":    {open: true},
	"notice_maintenance": {open: true},
	"notice_late":        {next: true},
	"book_doubted":       {next: true},

	"contact_confirm":     {next: true},
	"contact_unconfirmed": {next: true},
	"contact_stale":       {next: true},
}

// Act, as the value of the fact Link, stands for the message's own action
// link; with Closing after it, for the same link where an alarm is closed.
const (
	Act     = "act"
	Closing = "?act=resolve"
)

var (
	//go:embed template/mail.html
	mailHTML string
	//go:embed template/mail.txt
	mailText string

	htmlMail = htmltemplate.Must(htmltemplate.New("mail.html").Parse(mailHTML))
	textMail = texttemplate.Must(texttemplate.New("mail.txt").Parse(mailText))
)

// mail is what the two mail templates show.
type mail struct {
	Lang, Subject, Lead, Next string
	Words                     []string // paragraphs that somebody wrote
	Drill                     string   // empty when in earnest
	Rows                      []row
	Code                      string
	Button, Link              string
	Resolve, ResolveText      string
	Answer                    string // how to take charge by answering; empty where nobody reads that
	Hint, Footer              string
	Alarm                     bool
}

type row struct {
	name         string
	Label, Value string
	Line         string // both, as the plain text has them
	Href         htmltemplate.URL
}

// Render writes a message of the purpose for one reader. For the channel
// "email" it gives a subject, a plain text and the same as HTML; for "sms" a
// short text, in one part if that can be had; for "voice" what is said; for
// "whatsapp" the text of WhatsApp; for "webpush" the title and the text of a
// notification. The text of an alarm always says who, what and when, and has
// the link where it is not said or shown apart.
func Render(tag lang.Tag, purpose string, facts map[string]any, channel string) (subject, text, html string, err error) {
	w, ok := purposes[purpose]
	if !ok {
		return "", "", "", fmt.Errorf("wording: no texts for purpose %q", purpose)
	}
	key := "message." + purpose
	if w.byKind {
		key += "." + alarmKind(facts)
	}
	args := arguments(tag, facts, lang.Clock)
	drill, _ := facts["Drill"].(bool)
	switch channel {
	case "sms":
		return "", short(tag, key, args, drill), "", nil
	case "voice":
		text, err = spoken(tag, purpose, key, facts)
		return "", text, "", err
	case "webpush":
		m := letter(tag, key, args, facts)
		if drill {
			m.Subject = tag.Text("message.drill.subject", map[string]any{"Text": m.Subject})
		}
		if w.next {
			m.Lead += " " + tag.Text(key+".next", args)
		}
		return m.Subject, m.Lead, "", nil
	case "whatsapp":
		return "", WhatsApp(tag, purpose, facts).Text, "", nil
	case "email":
		m := letter(tag, key, args, facts)
		m.Alarm = w.alarm
		if w.open {
			m.Footer = tag.Text("message.footer_open", args)
		}
		if w.next {
			m.Next = tag.Text(key+".next", args)
		}
		replies, _ := facts["Replies"].(bool)
		switch words := line(facts["Consent"]); {
		case replies && w.act:
			m.Answer = tag.Text("message.reply.mail", nil)
		case replies && w.consent && words != "":
			m.Answer = tag.Text("grant.consent.mail", map[string]any{"Words": words})
		}
		if drill {
			m.Subject = tag.Text("message.drill.subject", map[string]any{"Text": m.Subject})
			m.Drill = tag.Text("message.drill.lead", nil)
		}
		var t, h strings.Builder
		if err := textMail.Execute(&t, m); err != nil {
			return "", "", "", fmt.Errorf("wording: render %s: %w", purpose, err)
		}
		if err := htmlMail.Execute(&h, m); err != nil {
			return "", "", "", fmt.Errorf("wording: render %s: %w", purpose, err)
		}
		return m.Subject, t.String(), h.String(), nil
	}
	return "", "", "", fmt.Errorf("wording: no texts for channel %q", channel)
}

func letter(tag lang.Tag, key string, args, facts map[string]any) mail {
	m := mail{
		Lang:    string(tag),
		Subject: tag.Text(key+".subject", args),
		Lead:    tag.Text(key+".lead", args),
		Rows:    rows(tag, facts),
		Words:   paragraphs(facts["Words"]),
		Code:    line(facts["Code"]),
		Link:    line(facts["Link"]),
		Resolve: line(facts["Resolve"]),
		Footer:  tag.Text("message.footer", args),
	}
	if m.Link != "" {
		m.Button = tag.Text(key+".button", args)
		m.Hint = tag.Text("message.hint", nil)
	}
	if m.Resolve != "" {
		m.ResolveText = tag.Text("message.resolve", args)
	}
	return m
}

// alarmKind falls back to help: of what an alarm may be, the most urgent.
func alarmKind(facts map[string]any) string {
	switch kind, _ := facts["Kind"].(string); kind {
	case "missed_check_in":
		if _, planned := moment(facts["Back"]); planned {
			return "not_back"
		}
		return kind
	case "silence", "high_risk", "panel", "duress":
		return kind
	}
	return "help"
}

// arguments are the facts as the catalogue's sentences take them, with times
// of day in a style.
func arguments(tag lang.Tag, facts map[string]any, clock lang.Style) map[string]any {
	args := make(map[string]any, len(facts)+2)
	loc := zone(facts)
	for _, name := range [...]string{"Org", "Link", "Who", "By", "Code", "Rota", "Text", "Wire", "Percent", "Reply", "Address", "Staff", "Reference", "Subject"} {
		if s := line(facts[name]); s != "" {
			args[name] = s
		}
	}
	for _, name := range [...]string{"At", "Since", "Until", "Back"} {
		if at, ok := moment(facts[name]); ok {
			args[name] = tag.Time(at, loc, clock)
		}
	}
	for _, name := range [...]string{"From", "Till"} {
		if at, ok := moment(facts[name]); ok {
			args[name] = tag.Time(at, loc, lang.Short)
		}
	}
	access(tag, facts, args)
	args["What"] = tag.Text("message.kind."+alarmKind(facts), nil)
	if why := line(facts["Why"]); why != "" {
		args["Why"] = tag.Text("contact.dead."+why, nil)
	}
	if proof := line(facts["Proof"]); proof != "" {
		args["Proof"] = tag.Text("staff.proof."+proof, nil)
	}
	if outcome := line(facts["Outcome"]); outcome != "" {
		args["Outcome"] = tag.Text("message.outcome."+outcome, nil)
	}
	return args
}

func zone(facts map[string]any) *time.Location {
	name, _ := facts["Zone"].(string)
	loc, err := lang.Zone(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func moment(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, !v.IsZero()
	case string:
		at, err := time.Parse(time.RFC3339Nano, v)
		return at, err == nil
	}
	return time.Time{}, false
}

// maxLine bounds what people have written; a link is shorter, too.
const maxLine = 2000

// line makes one line of what people have written: a name with a line break
// would otherwise become a mail header, and marks that turn the direction of
// writing could make a link look like another.
func line(v any) string {
	s, _ := v.(string)
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "")
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && r != '\u00a0':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(clean)
}

// paragraphs are what somebody wrote, a line each: a line break stays one, and
// nothing else in it can pass for more than text.
func paragraphs(v any) (all []string) {
	const most = 10_000
	s, _ := v.(string)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	for text := range strings.Lines(s) {
		if text = line(text); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// dialled keeps of a number what a telephone dials.
func dialled(phone string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
}
