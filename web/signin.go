package web

// signInView asks who it is.
type signInView struct {
	Frame
	Email, Next  string
	WithPassword bool // the password part was used and stays open
}

// codeView asks for the code that was mailed.
type codeView struct {
	Frame
	Email, Next string
}

// linkView stands between a sign-in link and signing in, since opening a link
// must change nothing.
type linkView struct {
	Frame
	Action string
}

// chooseView asks somebody who is on several rosters for which one.
type chooseView struct {
	Frame
	Choices []choice
}
