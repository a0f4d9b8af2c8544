// Package sshd reads what Linux writes about logging on: the messages of
// OpenSSH's server, of PAM, sudo, su, login and of account tools, as they stand
// in auth.log or secure behind the head of a syslog line.
//
// The log source is product linux, service sshd for the SSH server and service
// auth for the others. The fields are program, pid, message, and where the message
// has them user, srcip, srcport, method, protocol, key, invalid_user, tty,
// target_user, command, directory, rhost and repeated. User names are the attacker's choice and
// may hold blanks and whole made-up messages; what the program itself wrote behind them
// decides.
package sshd
