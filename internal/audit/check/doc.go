// Package check is the contract of the family of audit checks. A Check looks at
// one configuration that was read and gives a Result: a Verdict, the lines of
// the file that it rests on (Evidence), and the commands that would change it.
// A finding is a Result whose verdict is Fail.
//
// What a check may rely on: the configuration's secrets are gone, line numbers
// are those of the file, and Facts does not change while it runs. What it must
// keep: no clock, no database, no network; the same facts give the same
// result; what the file leaves out is Unknown unless the file is whole; what
// follows from a default of FortiOS and not from a line is marked as such.
//
// Defaults of FortiOS on which checks rest, because a backup leaves them out:
//
//	setting                           default            known from
//	system global                     threshold 3, 60 s  maker's hardening guide 5.2
//	  admin-lockout-threshold/-duration
//	vpn ssl settings                  2 attempts, 60 s,  maker's note 194229
//	  login-attempt-limit/-block-time 0 switches it off
//	vpn ssl settings source-address   everyone           general knowledge
//	vpn ssl settings ssl-min-proto-ver tls1-2 from 6.2   general knowledge; before: unknown
//	system global admin-sport/-port   443, 80            general knowledge
//	system admin trusthostN           everyone           general knowledge
//	system admin, user local          no second factor   general knowledge
//	  two-factor
//	firewall policy action            deny               general knowledge
//	firewall policy status            enable             general knowledge
//	firewall policy schedule          always             general knowledge
//	firewall policy logtraffic        utm                general knowledge
//	firewall address without subnet   0.0.0.0/0          general knowledge
//	log targets                       switched off       general knowledge
package check
