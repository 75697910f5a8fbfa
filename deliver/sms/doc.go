// Package sms sends text messages through Twilio's REST interface or one that
// speaks the same, and takes in the signed reports that come back.
package sms
