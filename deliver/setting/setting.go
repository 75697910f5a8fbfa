// Package setting is what the settings of all carriers have in common: how
// one that cannot be used is spoken of.
package setting

// Wrong is a setting that cannot be used. It names a part of the setting and
// the rule that this breaks, and never quotes the value, which has a password.
type Wrong struct {
	Key  string // the variable of the environment that it would stand in
	Part string // Server, User, Password, or an option's name; empty: the whole
	Rule string // in English, for the terminal: "option from must be a mail address"
}

// The parts of a setting that are no options.
const (
	Server   = "server"
	User     = "user"
	Password = "password"
)

func (w *Wrong) Error() string { return w.Key + " " + w.Rule }
