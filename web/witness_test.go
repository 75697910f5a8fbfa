package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestAccessN6WhoVouchesForTheBookIsOnItsPage(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("North")
	admin := h.as(org, org.Admin)
	admin.get("/book", http.StatusOK).sees(t, "No witness vouches for this book.")
	admin.post("/book/witness", nil, http.StatusNotFound)
	admin.get("/book/witnessed/"+strings.Repeat("0", 64), http.StatusNotFound)
	worker := h.as(org, org.Worker("Aino"))
	worker.post("/book/witness", nil, http.StatusForbidden)
	worker.get("/book/witnessed/"+strings.Repeat("0", 64), http.StatusForbidden)
}
