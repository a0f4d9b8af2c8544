package app_test

import (
	"strings"
	"testing"
)

// TestNotes: the page of the meal supplier's line says what the other domains
// know of it, and only to those who may look there.
func TestNotes_OnTheLinesPage(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	lines, err := h.Parts.Asset.Lines(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := h.As(t, "suzuki")
	for _, l := range lines {
		body := c.Get("/lines/" + l.ID).Body.String()
		known := strings.Contains(body, "/exposure/cases/") && strings.Contains(body, "/audit/files/") && strings.Contains(body, "/access/requests?line="+l.ID)
		if (l.Name == "給食事業者VPN") != known {
			t.Errorf("%s: notes shown: %v", l.Name, known)
		}
	}
}
