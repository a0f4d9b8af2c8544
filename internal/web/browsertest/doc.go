// Package browsertest drives Debian's Chromium through Toride's pages, as a
// reader would. A Browser is one Chromium process; a Page is one tab with
// cookies of its own, which stands for one reader: it finds links, buttons and
// fields by the words a reader sees, counts clicks against a budget, and fails
// its test with what the reader would have met.
//
// Each Page watches the console: an exception, a refused script or style, or a
// file that is not there fails the test when it ends. Axe checks the page's
// accessibility with the pinned axe-core of third_party. Shot, PDF and Vision
// leave pictures in the folder named by the environment variable TORIDE_SHOTS;
// without it they only check that they can be made.
//
//	b := browsertest.Start(t)
//	site := browsertest.Serve(t, handler)
//	p := b.Page(t, site, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: token}})
//	p.Open("/lines")
//	p.Within(2, func() { p.Click("外接点を登録"); p.Fill("名前", "給食業者の保守"); p.Click("保存") })
//	p.See("保存しました").Axe().Fits().Shot("lines")
//
// Without Chromium the tests are skipped at home and fail where CI is set.
package browsertest
