package carrier

import (
	"muster/deliver/email"
	"muster/deliver/setting"
	"muster/deliver/smpp"
	"muster/deliver/twilio"
	"muster/deliver/voice/sip"
	"muster/deliver/whatsapp"
)

// The kinds of carriers.
const (
	SMTP     = "smtp"
	Twilio   = "twilio"
	SMPP     = "smpp"
	SIP      = "sip"
	WhatsApp = "whatsapp"
)

// Kind is a sort of carrier: what has to be known of one, and which channels
// it serves.
type Kind struct {
	Name     string
	Channels []string
	Fields   []Field

	scheme func(values map[string]string) string // nil: the server's own address has it
	check  func(setting string) error
}

// Field is one thing to know of a carrier.
type Field struct {
	Name    string // as the setting calls it, or setting.Server and its like
	Rule    string // what it must be: code of a fault
	Needed  bool
	Secret  bool     // never shown again
	Binds   bool     // where the secrets go, or how: with another one they are given anew
	More    bool     // seldom touched
	Usual   string   // what a new carrier begins with
	Choices []string // it is one of these; the first stands for nothing said
}

// Kinds are all there are, in the order in which they are offered.
func Kinds() []Kind { return kinds }

// KindOf finds a kind by its name.
func KindOf(name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Field finds one by its name.
func (k Kind) Field(name string) (Field, bool) {
	for _, f := range k.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

var kinds = []Kind{
	{
		Name: SMTP, Channels: []string{"email"}, check: email.Check,
		scheme: func(v map[string]string) string {
			return map[bool]string{false: "smtp", true: "smtps"}[v["tls"] == "implicit"]
		},
		Fields: []Field{
			{Name: setting.Server, Rule: "carrier_server", Needed: true, Binds: true},
			{Name: setting.User, Rule: "carrier_login", Binds: true},
			{Name: setting.Password, Rule: "carrier_login", Secret: true},
			{Name: "from", Rule: "carrier_mail"},
			{Name: "tls", Rule: "carrier_choice", Binds: true, Choices: []string{"", "required", "implicit"}},
			{Name: "connections", Rule: "carrier_connections", More: true},
		},
	},
	{
		Name: Twilio, Channels: []string{"sms", "voice"}, check: twilio.Check,
		Fields: []Field{
			{Name: setting.Server, Rule: "carrier_url", Needed: true, Binds: true, Usual: "https://api.twilio.com"},
			{Name: setting.User, Rule: "carrier_sid", Needed: true, Binds: true},
			{Name: setting.Password, Rule: "carrier_secret", Needed: true, Secret: true},
			{Name: "from", Rule: "carrier_twilio_sender"},
			{Name: "service", Rule: "carrier_service"},
			{Name: "voice", Rule: "carrier_number"},
		},
	},
	{
		Name: SMPP, Channels: []string{"sms"}, check: smpp.Check,
		scheme: func(v map[string]string) string {
			return map[bool]string{false: "smpp", true: "smpps"}[v["tls"] == "implicit"]
		},
		Fields: []Field{
			{Name: setting.Server, Rule: "carrier_server", Needed: true, Binds: true},
			{Name: "tls", Rule: "carrier_choice", Binds: true, Choices: []string{"", "implicit"}},
			{Name: setting.User, Rule: "carrier_system_id", Needed: true, Binds: true},
			{Name: setting.Password, Rule: "carrier_secret", Secret: true},
			{Name: "from", Rule: "carrier_sender", Needed: true},
			{Name: "country", Rule: "carrier_country", More: true},
			{Name: "window", Rule: "carrier_window", More: true},
			{Name: "bind", Rule: "carrier_choice", More: true, Choices: []string{"one", "two"}},
			{Name: "split", Rule: "carrier_choice", More: true, Choices: []string{"udh", "udh16", "sar", "payload"}},
			{Name: "ids", Rule: "carrier_choice", More: true, Choices: []string{"either", "same", "hex", "decimal"}},
			{Name: "type", Rule: "carrier_system_type", More: true},
			{Name: "enquire", Rule: "carrier_enquire", More: true},
		},
	},
	{
		Name: SIP, Channels: []string{"voice"}, check: sip.Check,
		scheme: func(map[string]string) string { return "sip" },
		Fields: []Field{
			{Name: setting.Server, Rule: "carrier_server", Needed: true, Binds: true},
			{Name: "transport", Rule: "carrier_choice", Binds: true, Choices: []string{"udp", "tcp", "tls"}},
			{Name: setting.User, Rule: "carrier_login", Binds: true},
			{Name: setting.Password, Rule: "carrier_secret", Secret: true},
			{Name: "from", Rule: "carrier_number", Needed: true},
			{Name: "register", Rule: "carrier_choice", Choices: []string{"no", "yes"}},
			{Name: "lines", Rule: "carrier_lines", More: true},
			{Name: "ring", Rule: "carrier_ring", More: true},
			{Name: "rtp", Rule: "carrier_rtp", More: true},
			{Name: "listen", Rule: "carrier_listen", More: true},
			{Name: "public", Rule: "carrier_public", More: true},
		},
	},
	{
		Name: WhatsApp, Channels: []string{"whatsapp"}, check: whatsapp.Check,
		Fields: []Field{
			{Name: setting.Server, Rule: "carrier_url", Needed: true, Binds: true, Usual: "https://graph.facebook.com/v23.0"},
			{Name: setting.User, Rule: "carrier_number_id", Needed: true, Binds: true},
			{Name: setting.Password, Rule: "carrier_secret", Needed: true, Secret: true},
			{Name: "secret", Rule: "carrier_app_secret", Needed: true, Secret: true},
			{Name: "verify", Rule: "carrier_verify", Needed: true, Secret: true},
		},
	},
}
