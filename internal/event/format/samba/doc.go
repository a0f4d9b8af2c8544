// Package samba reads what a Samba server writes for auditing: the JSON of its
// logging classes auth_json_audit and dsdb_json_audit (logons, changes to the
// directory), and the lines of the module vfs_full_audit, fields between bars,
// that tell what happened to files on a share.
//
// The log source is product samba, service auth, dsdb or full_audit. The fields
// of JSON keep Samba's names without the outermost object (clientAccount,
// status …); those of full_audit, which have none, are called user, ip, machine,
// share, operation, result, error, access, type, disposition, path and newpath.
package samba
