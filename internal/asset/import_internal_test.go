package asset

import "github.com/torideproject/toride/internal/web"

// ModuleWithImport is the module with the pages of importing, whether or not
// Module has them.
func ModuleWithImport(g *Register) web.Module {
	m := g.Module()
	for _, p := range m.Pages {
		if p.Name == "import" {
			return m
		}
	}
	m.Pages = append(m.Pages, importPages()...)
	m.Routes = append(m.Routes, importRoutes(g)...)
	return m
}
