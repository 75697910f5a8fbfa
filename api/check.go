package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"muster/fault"
)

// The library checks bodies and parameters against their schemas and says what
// is wrong in English. Here its sentences become codes, "code|value", that
// are worded later in the reader's language. It offers no other door to them
// than these package variables; they are set before anything is registered.
func init() {
	const (
		badFormat  = "bad_format"
		outOfRange = "bad_value"
	)
	for message, code := range map[*string]string{
		&validation.MsgUnexpectedProperty:           "unknown_field",
		&validation.MsgExpectedRFC3339DateTime:      "bad_time",
		&validation.MsgExpectedBoolean:              "not_boolean",
		&validation.MsgExpectedNumber:               "not_number",
		&validation.MsgExpectedInteger:              "not_integer",
		&validation.MsgExpectedString:               "not_text",
		&validation.MsgExpectedArray:                "not_list",
		&validation.MsgExpectedObject:               "not_object",
		&validation.MsgExpectedOneOf:                "not_one_of|%s",
		&validation.MsgExpectedMinimumNumber:        "too_small|%v",
		&validation.MsgExpectedMaximumNumber:        "too_large|%v",
		&validation.MsgExpectedMinLength:            "too_short|%d",
		&validation.MsgExpectedMaxLength:            "too_long|%d",
		&validation.MsgExpectedMinItems:             "too_few|%d",
		&validation.MsgExpectedMaxItems:             "too_many|%d",
		&validation.MsgExpectedRequiredProperty:     "required|%s",
		&validation.MsgExpectedArrayItemsUnique:     badFormat,
		&validation.MsgExpectedBase64String:         badFormat,
		&validation.MsgExpectedMatchPattern:         badFormat + "|%s",
		&validation.MsgExpectedBePattern:            badFormat + "|%s",
		&validation.MsgExpectedPropertyNameInObject: outOfRange,
	} {
		*message = code
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return problem(ctx.Context(), refusal(status, msg, errs))
	}
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return &Problem{Status: status} // for the schema of refusals only
	}
}

// refusal turns what the library complains of into faults.
func refusal(status int, msg string, errs []error) error {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.Invalid, "body_too_large")
	case http.StatusRequestTimeout:
		return fault.New(fault.Invalid, "body_too_slow")
	case http.StatusUnsupportedMediaType:
		return fault.New(fault.Invalid, "bad_media_type")
	case http.StatusBadRequest:
		if len(errs) == 0 {
			return fault.New(fault.Invalid, "body_required")
		}
		return fault.New(fault.Invalid, "bad_json")
	case http.StatusUnprocessableEntity:
		all := make([]error, 0, len(errs))
		for _, err := range errs {
			all = append(all, complaint(err))
		}
		if joined := fault.Join(all...); joined != nil {
			return joined
		}
	}
	return fault.New(fault.Internal, "internal").Wrap(fault.Join(append(errs, fault.New(fault.Internal, msg))...))
}

// complaint turns one of them into the fault of a field.
func complaint(err error) error {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return fault.New(fault.Invalid, "bad_format").Wrap(err)
	}
	e := d.ErrorDetail()
	_, field, _ := strings.Cut(e.Location, ".") // "body.note", "query.limit"
	code, value, _ := strings.Cut(e.Message, "|")
	number, numeric := strconv.Atoi(value)
	switch code {
	case "required":
		return fault.New(fault.Invalid, code).At(strings.TrimPrefix(field+"."+value, "."))
	case "not_one_of":
		return fault.New(fault.Invalid, code).At(field).With("Values", value)
	case "too_small", "too_short", "too_few":
		if numeric == nil {
			return fault.New(fault.Invalid, code).At(field).With("Min", number)
		}
	case "too_large", "too_long", "too_many":
		if numeric == nil {
			return fault.New(fault.Invalid, code).At(field).With("Max", number)
		}
	case "unknown_field", "bad_time", "not_boolean", "not_number", "not_integer", "not_text", "not_list", "not_object":
		return fault.New(fault.Invalid, code).At(field)
	}
	return fault.New(fault.Invalid, "bad_format").At(field).Wrap(err)
}
