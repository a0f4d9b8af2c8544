package app_test

import (
	"testing"

	"github.com/torideproject/toride/internal/web/webtest"
)

// TestModules checks every page of every domain against the type of its data,
// so that a domain which forgot to do it is found here.
func TestModules_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	modules := h.Modules()
	if len(modules) < 12 {
		t.Fatalf("only %d modules", len(modules))
	}
	for _, m := range modules {
		webtest.CheckTemplates(t, m)
	}
}
