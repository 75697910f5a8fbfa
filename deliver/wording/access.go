package wording

import "muster/lang"

// access adds what messages about somebody's access say of it.
func access(tag lang.Tag, facts, args map[string]any) {
	if why := reason(tag, facts); why != "" {
		args["Reason"] = why
	}
	if news := line(facts["News"]); news != "" {
		args["News"] = tag.Text("grant.news."+news, args)
	}
	switch stage := line(facts["Stage"]); stage {
	case "":
	case "asked", "open":
		until, _ := moment(facts["Until"]) // which may be days away
		args["Standing"] = tag.Text("grant.standing."+stage, map[string]any{"Until": tag.Time(until, zone(facts), lang.Short)})
	default:
		args["Standing"] = tag.Text("grant.standing.over", nil)
	}
}

// reason is why somebody must get in, in words.
func reason(tag lang.Tag, facts map[string]any) string {
	why := line(facts["Reason"])
	if why == "" {
		return ""
	}
	return tag.Text("grant.reason."+why, nil)
}
