package ledger

import "github.com/torideproject/toride/internal/web"

// ActorOf gives the signed-in person of a call as an actor.
func ActorOf(c *web.Call) Actor {
	return Actor{ID: c.Person.ID, Name: c.Person.Name, Login: c.Person.Login, Via: c.From()}
}
