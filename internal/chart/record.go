package chart

import (
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/web"
)

// recordPages are the pages of an opened chart behind the first one.
func recordPages() []web.Page {
	return []web.Page{
		{Name: "matrix", Data: MatrixPage{}}, {Name: "items", Data: ItemsPage{}},
		{Name: "labs", Data: LabsPage{}}, {Name: "cultures", Data: CulturesPage{}}, {Name: "trend", Data: TrendPage{}},
		{Name: "drugs", Data: DrugsPage{}}, {Name: "injections", Data: InjectionsPage{}},
		{Name: "stays", Data: StaysPage{}}, {Name: "orders", Data: OrdersPage{}}, {Name: "reports", Data: ReportsPage{}},
		{Name: "documents", Data: DocumentsPage{}}, {Name: "document", Data: DocumentPage{}}, {Name: "ask", Data: AskPage{}},
		{Name: "original", Data: OriginalPage{}},
	}
}

// recordRoutes are their routes. Each handler goes through Desk.patient.
func (d *Desk) recordRoutes() []web.Route {
	page := func(pattern, name string, do func(*web.Call, *Patient) error) web.Route {
		return web.Route{Pattern: pattern, Perm: right.Read, Do: d.patient(name, do)}
	}
	const at = "GET /chart/p/{id}/"
	return []web.Route{
		page(at+"matrix", "matrix", d.matrixPage), page(at+"items", "matrix", d.itemsPage),
		page(at+"labs", "labs", d.labsPage), page(at+"labs/vitals", "labs", d.vitalsPage), page(at+"labs/cultures", "labs", d.culturesPage), page(at+"labs/trend", "labs", d.trendPage),
		page(at+"drugs", "drugs", d.drugsPage), page(at+"injections", "injections", d.injectionsPage),
		page(at+"stays", "stays", d.staysPage), page(at+"orders", "orders", d.ordersPage), page(at+"orders/reports", "orders", d.reportsPage),
		page(at+"documents", "documents", d.documentsPage), page(at+"document/{ref}", "documents", d.documentPage),
		page("POST /chart/p/{id}/document/{ref}", "documents", d.askedPage),
		page(at+"document/{ref}/file/{n}", "documents", d.filePage), page(at+"document/{ref}/part/{n}", "documents", d.partPage),
		page(at+"original/{ref}", "original", d.originalPage), page(at+"original/{ref}/raw/{n}", "original", d.rawPage),
	}
}

// Link is a word with an address; without one it is where the reader is.
type Link struct {
	Name string
	URL  string
}
