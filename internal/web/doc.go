// Package web is the shell around every page: it checks host, size, session,
// right and origin, sets the constant headers, renders typed pages in the
// reader's language and turns faults into sentences. A Module is one domain's
// share of the site: routes, pages, texts, places in the navigation. A Call is
// one request with the signed-in Person. The shell knows no domain; sessions
// come from whoever implements Sessions.
//
// Every route names the right it needs. A route without one does not start.
package web
