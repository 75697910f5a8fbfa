package email

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail/log"
	"github.com/wneessen/go-mail/smtp"

	"muster/deliver/transcript"
)

// story writes down what package smtp says and hears while a session is opened.
// The package leaves out what is secret, and refusals, which its errors have.
type story struct{ log *transcript.Log }

func (s story) Debugf(l log.Log) {
	text := strings.ReplaceAll(fmt.Sprintf(l.Format, l.Messages...), "<SMTP auth data redacted>", transcript.Struck)
	if l.Direction == log.DirClientToServer {
		s.log.Said(text)
	} else {
		s.log.Heard(text)
	}
}

func (s story) Infof(l log.Log)  { s.Debugf(l) }
func (s story) Warnf(l log.Log)  { s.Debugf(l) }
func (s story) Errorf(l log.Log) { s.Debugf(l) }

// follow has the client tell the log, until end is called with how it went.
func follow(client *smtp.Client, log *transcript.Log) (end func(error)) {
	if log == nil {
		return func(error) {}
	}
	client.SetLogger(story{log})
	client.SetDebugLog(true)
	return func(err error) {
		client.SetDebugLog(false)
		failed(log, err)
	}
}

// failed writes down why a session could not be opened.
func failed(log *transcript.Log, err error) {
	switch said, refused := errors.AsType[*textproto.Error](err); {
	case err == nil:
	case refused:
		log.Heard(fmt.Sprint(said.Code, " ", said.Msg))
	default:
		log.Note(err.Error())
	}
}

// secured writes down how the connection is kept from others.
func secured(log *transcript.Log, c *config, state tls.ConnectionState) {
	if log == nil {
		return
	}
	checked := "its certificate was checked"
	if c.tls().InsecureSkipVerify {
		checked = "its certificate was not checked"
	}
	name := ""
	if len(state.PeerCertificates) > 0 {
		name = " of " + state.PeerCertificates[0].Subject.String()
	}
	log.Note(tls.VersionName(state.Version) + name + ": " + checked)
}

// sent writes down of a mail what its header says, and how much follows.
func sent(log *transcript.Log, text []byte) {
	if log == nil {
		return
	}
	header, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	log.Said(string(header))
	log.Note(fmt.Sprintf("and %d bytes of text", len(body)))
	log.Said(".")
}
