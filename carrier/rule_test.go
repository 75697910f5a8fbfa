package carrier

import (
	"slices"
	"strings"
	"testing"

	"muster/deliver/setting"
	"muster/fault"
	"muster/lang"
)

// whole has each kind with all its fields.
var whole = map[string]map[string]string{
	SMTP:   {setting.Server: "relay.example.org:587", setting.User: "muster", setting.Password: "p/w@:?#é", "from": "Alarms <alarms@example.org>", "tls": "required", "connections": "8"},
	Twilio: {setting.Server: "https://api.twilio.com", setting.User: "AC1", setting.Password: "s3cret+/", "from": "+358457000000", "voice": "+358457000001"},
	SMPP: {
		setting.Server: "smpp.example.org", "tls": "implicit", setting.User: "muster", setting.Password: "pass", "from": "+358457000000", "country": "358",
		"window": "20", "bind": "two", "split": "sar", "ids": "hex", "type": "VMA", "enquire": "20s",
	},
	SIP: {
		setting.Server: "trunk.example.org:5060", "transport": "tcp", setting.User: "muster", setting.Password: "pass", "from": "+358457000000", "register": "yes",
		"lines": "4", "ring": "30", "rtp": "20000-20099", "listen": ":5062", "public": "192.0.2.1",
	},
	WhatsApp: {setting.Server: "https://graph.facebook.com/v23.0", setting.User: "123456789", setting.Password: "EAAG", "secret": "0123456789abcdef", "verify": "a-long-word"},
}

func kindOf(t *testing.T, name string) Kind {
	t.Helper()
	k, ok := KindOf(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

func TestWhatIsTypedIsWhatTheEnvironmentWouldTake(t *testing.T) {
	for name, values := range whole {
		k := kindOf(t, name)
		for _, f := range k.Fields {
			if values[f.Name] == "" && f.Name != "service" {
				t.Errorf("%s: the test leaves out %s", name, f.Name)
			}
		}
		_, kept, err := k.checked(Draft{Name: "x", Values: values}, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := k.compose(kept)
		if err != nil || k.check(text) != nil {
			t.Errorf("%s: %v, %v", name, err, k.check(text))
		}
		least := map[string]string{}
		for _, f := range k.Fields {
			if f.Needed {
				least[f.Name] = values[f.Name]
			}
		}
		if name == Twilio {
			least["service"] = "MG1"
		}
		if _, _, err := k.checked(Draft{Name: "x", Values: least}, nil); err != nil {
			t.Errorf("%s with no more than it needs: %v", name, err)
		}
	}
}

func TestWhatIsWrongIsSaidAtItsField(t *testing.T) {
	for _, c := range []struct{ kind, field, value, code string }{
		{SMTP, setting.Server, "", "required"},
		{SMTP, setting.Server, "relay example", "carrier_server"},
		{SMTP, setting.Server, "user@relay", "carrier_server"},
		{SMTP, setting.Server, "relay:99999", "carrier_server"},
		{SMTP, setting.Server, "relay/x?y", "carrier_server"},
		{SMTP, setting.Password, "", "carrier_login"},
		{SMTP, "from", "nobody", "carrier_mail"},
		{SMTP, "tls", "maybe", "carrier_choice"},
		{SMTP, "connections", "900", "carrier_connections"},
		{Twilio, setting.Server, "http://api.twilio.com", "carrier_url"},
		{Twilio, setting.Server, "https://x:y@api.twilio.com", "carrier_url"},
		{Twilio, "from", "a name that is too long", "carrier_twilio_sender"},
		{Twilio, "from", "", "carrier_twilio_sender"},
		{Twilio, "service", "XX", "carrier_service"},
		{Twilio, "voice", "0401234567", "carrier_number"},
		{SMPP, setting.User, "a name of more than fifteen", "carrier_system_id"},
		{SMPP, "window", "0", "carrier_window"},
		{SMPP, "country", "Finland", "carrier_country"},
		{SMPP, "enquire", "never", "carrier_enquire"},
		{SIP, "from", "muster", "carrier_number"},
		{SIP, setting.User, "", "carrier_login"},
		{SIP, "rtp", "20000-20001", "carrier_rtp"},
		{SIP, "public", "here", "carrier_public"},
		{SIP, "listen", "5060", "carrier_listen"},
		{SIP, "ring", "900", "carrier_ring"},
		{WhatsApp, setting.User, "+358", "carrier_number_id"},
		{WhatsApp, "secret", "short", "carrier_app_secret"},
		{WhatsApp, "verify", "x", "carrier_verify"},
	} {
		k := kindOf(t, c.kind)
		values := map[string]string{}
		for name, v := range whole[c.kind] {
			values[name] = v
		}
		if c.field == "service" {
			delete(values, "from")
		}
		values[c.field] = c.value
		_, _, err := k.checked(Draft{Name: "x", Values: values}, nil)
		all := fault.All(err)
		if len(all) == 0 || all[0].Code != c.code || !strings.HasPrefix(all[0].Code, "carrier_login") && all[0].Field != c.field {
			t.Errorf("%s %s=%q: %v", c.kind, c.field, c.value, err)
		}
		for _, f := range k.Fields {
			if v := values[f.Name]; f.Secret && len(v) > 3 && err != nil && strings.Contains(err.Error(), v) {
				t.Errorf("%s: the error quotes %s", c.kind, f.Name)
			}
		}
	}
}

// Whoever could have a password sent to a server of their own would learn it.
func TestASecretDoesNotFollowToAnotherServer(t *testing.T) {
	for name, was := range whole {
		k := kindOf(t, name)
		for _, f := range k.Fields {
			if f.Secret {
				continue
			}
			d := Draft{Name: "x", Values: map[string]string{}}
			for n, v := range was {
				if s, _ := k.Field(n); !s.Secret {
					d.Values[n] = v
				}
			}
			if _, kept, err := k.checked(d, was); err != nil || kept[setting.Password] != was[setting.Password] {
				t.Fatalf("%s: nothing was changed: %v", name, err)
			}
			switch {
			case f.Choices != nil:
				i := slices.Index(f.Choices, was[f.Name])
				d.Values[f.Name] = f.Choices[(i+1)%len(f.Choices)]
			default:
				d.Values[f.Name] += "1"
			}
			_, _, err := k.checked(d, was)
			asks := slices.ContainsFunc(fault.All(err), func(x *fault.Fault) bool { return x.Code == "carrier_again" })
			if asks != f.Binds {
				t.Errorf("%s: with another %s: %v", name, f.Name, err)
			}
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	for name, values := range whole {
		k := kindOf(t, name)
		shown, kept := k.open(values)
		for _, f := range k.Fields {
			if f.Secret && (shown[f.Name] != "" || !kept[f.Name]) || !f.Secret && shown[f.Name] != values[f.Name] {
				t.Errorf("%s: %s is shown as %q", name, f.Name, shown[f.Name])
			}
		}
	}
}

func TestEveryFieldHasItsWords(t *testing.T) {
	has := func(tag lang.Tag, what, kind, name string) bool {
		return tag.Has("carrier."+what+"."+kind+"."+name) || tag.Has("carrier."+what+"."+name)
	}
	for _, tag := range lang.Supported() {
		for _, k := range Kinds() {
			if !tag.Has("carrier.kind."+k.Name) || !tag.Has("carrier.kind_text."+k.Name) {
				t.Errorf("%s: %s has no name", tag, k.Name)
			}
			for _, f := range k.Fields {
				if !has(tag, "field", k.Name, f.Name) || !tag.Has("fault."+f.Rule) {
					t.Errorf("%s: %s %s has no words", tag, k.Name, f.Name)
				}
				for _, c := range f.Choices {
					if c == "" {
						c = "none"
					}
					if !has(tag, "choice", k.Name, f.Name+"."+c) {
						t.Errorf("%s: %s %s=%s has no words", tag, k.Name, f.Name, c)
					}
				}
			}
		}
	}
}
