package main

import (
	"strings"
	"time"

	"muster/fault"
	"muster/identity/sso"
	"muster/lang"
)

// signOn is the flags about the identity provider at which staff sign in.
type signOn struct {
	Issuer string        `name:"oidc-issuer" env:"MUSTER_OIDC_ISSUER" placeholder:"https://…" help:"Identity provider at which staff sign in, as its own metadata has it. Staff then come in by nothing else."`
	Client string        `name:"oidc-client-id" env:"MUSTER_OIDC_CLIENT_ID" help:"Muster's id there."`
	Secret string        `name:"oidc-client-secret" env:"MUSTER_OIDC_CLIENT_SECRET" help:"Muster's secret there."`
	Name   string        `name:"oidc-name" env:"MUSTER_OIDC_NAME" help:"What staff call it; default its host."`
	ACR    []string      `name:"oidc-acr" env:"MUSTER_OIDC_ACR" help:"Values of acr that stand for a second factor, separated by commas. With any, amr does not count."`
	AMR    []string      `name:"oidc-amr" env:"MUSTER_OIDC_AMR" help:"Values of amr that prove a second factor; default mfa, otp, hwk, swk, sc, pop, fido."`
	MaxAge time.Duration `name:"oidc-max-age" env:"MUSTER_OIDC_MAX_AGE" help:"How long ago staff may have been asked for their factors; at most and by default 12h."`
}

// setting is what the flags say; the zero one where there is no identity
// provider.
func (s signOn) setting() (sso.Setting, error) {
	set := sso.Setting{
		Issuer: s.Issuer, Client: s.Client, Secret: s.Secret, Name: s.Name, ACR: words(s.ACR), AMR: words(s.AMR), MaxAge: s.MaxAge,
	}
	if s.Issuer == "" && s.Client == "" && s.Secret == "" {
		return sso.Setting{}, nil
	}
	set, err := set.Checked()
	if err != nil {
		f := fault.From(err)
		flag := map[string]string{"issuer": "MUSTER_OIDC_ISSUER", "client": "MUSTER_OIDC_CLIENT_ID", "secret": "MUSTER_OIDC_CLIENT_SECRET", "max-age": "MUSTER_OIDC_MAX_AGE"}[f.Field]
		return set, wrong(flag, "%s", lang.Fault(lang.English, f))
	}
	return set, nil
}

// words drops what is empty around and between commas.
func words(all []string) (out []string) {
	for _, w := range all {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}
