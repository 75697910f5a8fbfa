// Package part takes a mail apart (MIME, RFC 2045 to 2049) within limits: what
// comes from outside may be broken, or made to cost us dear.
package part

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"golang.org/x/net/html/charset"
)

// Limits of one mail. People's programs stay far below them.
const (
	maxDepth  = 8
	maxParts  = 64
	maxHeader = 64 << 10 // bytes
)

// ErrTooMuch says that a mail is beyond the limits.
var ErrTooMuch = errors.New("the mail has too many parts, too deep ones, or too long a header")

// Part is a mail, or a part of one.
type Part struct {
	Header textproto.MIMEHeader
	Type   string            // media type in lower case, text/plain if none can be read
	Params map[string]string // of the media type
	Parts  []Part            // of a multipart type
	Body   []byte            // of every other type, its transfer encoding taken off
}

// Read takes a mail apart. What of it is broken is left out; a mail beyond the
// limits is ErrTooMuch, one without a readable header another error.
func Read(raw []byte) (Part, error) {
	if end := bytes.Index(raw, []byte("\r\n\r\n")); end > maxHeader || end < 0 && len(raw) > maxHeader {
		return Part{}, ErrTooMuch
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Part{}, err
	}
	left := maxParts
	return read(textproto.MIMEHeader(m.Header), m.Body, 1, &left)
}

func read(header textproto.MIMEHeader, body io.Reader, depth int, left *int) (Part, error) {
	*left--
	if depth > maxDepth || *left < 0 {
		return Part{}, ErrTooMuch
	}
	p := Part{Header: header, Type: "text/plain"}
	if kind, params, err := mime.ParseMediaType(header.Get("Content-Type")); err == nil {
		p.Type, p.Params = kind, params
	}
	if boundary := p.Params["boundary"]; strings.HasPrefix(p.Type, "multipart/") && boundary != "" {
		parts := multipart.NewReader(body, boundary)
		for {
			next, err := parts.NextRawPart()
			if err != nil {
				return p, nil // its end, or where it breaks off
			}
			one, err := read(next.Header, next, depth+1, left)
			if err != nil {
				return p, err
			}
			p.Parts = append(p.Parts, one)
		}
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	p.Body, _ = io.ReadAll(body) // as far as it can be read
	return p, nil
}

// Find gives the first part of one of the types, in the order in which a
// reader meets them. A text that is attached as a file is not what the mail
// says, and is passed over.
func (p *Part) Find(types ...string) (found *Part, ok bool) {
	if disposition, _, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition")); disposition == "attachment" && strings.HasPrefix(p.Type, "text/") {
		return nil, false
	}
	for _, t := range types {
		if p.Type == t {
			return p, true
		}
	}
	for i := range p.Parts {
		if found, ok := p.Parts[i].Find(types...); ok {
			return found, true
		}
	}
	return nil, false
}

// Text is the part's body in UTF-8, whatever it came in.
func (p *Part) Text() string {
	if name := p.Params["charset"]; name != "" {
		if r, err := Charset(name, bytes.NewReader(p.Body)); err == nil {
			if text, err := io.ReadAll(r); err == nil {
				return strings.ToValidUTF8(string(text), "\ufffd")
			}
		}
	}
	return strings.ToValidUTF8(string(p.Body), "\ufffd")
}

// Charset reads text of a named character set as UTF-8.
func Charset(name string, r io.Reader) (io.Reader, error) { return charset.NewReaderLabel(name, r) }
